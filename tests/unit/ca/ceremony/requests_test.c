/*
 * requests.json: written, read again, and each way in which one is refused.
 */

#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/err.h"
#include "ceremony/requests.h"

static const char whole[] =
    "{\"assay\":\"ca-requests/"
    "1\",\"number\":3,\"made\":\"2026-11-25T22:00:00Z\","
    "\"public_url\":\"http://pki.example\",\"oid_arc\":\"2.999.1\","
    "\"root\":null,\"previous_root\":null,\"root_algorithm\":null,"
    "\"root_id\":1,"
    "\"certificates\":["
    "{\"name\":\"root\",\"profile\":\"root\",\"issuer_id\":1,"
    "\"serial\":\"0100\",\"country\":\"DE\",\"organisation\":\"Aufsicht\","
    "\"common_name\":\"Root CA\",\"role\":null,\"csr\":null},"
    "{\"name\":\"issuer-5\",\"profile\":\"issuing_ca\",\"issuer_id\":5,"
    "\"serial\":\"0101\",\"country\":\"DE\",\"organisation\":\"Tresor\","
    "\"common_name\":\"TrE CA 5\",\"role\":\"tre\",\"csr\":\"MAA=\"}],"
    "\"crl\":{\"number\":7,\"this_update\":\"2026-11-25T22:00:00Z\","
    "\"next_update\":\"2027-05-25T22:00:00Z\",\"revoked\":["
    "{\"serial\":\"0102\",\"date\":\"2026-11-24T00:00:00Z\","
    "\"reason\":4}]},\"signature\":null}";

static void
reads_what_it_wrote(void **state)
{
	struct requests r, again;
	struct buf first = BUF_EMPTY, second = BUF_EMPTY;

	(void)state;
	assert_int_equal(requests_parse(span_str(whole), &r), 0);
	assert_int_equal(requests_write(&r, &first), 0);
	assert_int_equal(requests_parse(buf_span(&first), &again), 0);
	assert_int_equal(requests_write(&again, &second), 0);
	assert_string_equal(buf_str(&first), buf_str(&second));
	assert_false(again.has_root);
	assert_int_equal(again.root_id, 1);
	assert_int_equal(again.n, 2);
	assert_string_equal(again.public_url, "http://pki.example");
	assert_string_equal(again.certificates[0].role, "");
	assert_int_equal(again.certificates[0].csr.n, 0);
	assert_string_equal(again.certificates[1].role, "tre");
	assert_int_equal(again.certificates[1].issuer_id, 5);
	assert_memory_equal(again.certificates[1].serial, "\1\1", 2);
	assert_memory_equal(again.certificates[1].csr.p, "\x30\0", 2);
	assert_true(again.has_crl);
	assert_int_equal(again.crl_number, 7);
	assert_int_equal(again.revoked[0].reason, 4);
	assert_ptr_equal(
	    requests_find(&again, "issuer-5"), &again.certificates[1]);
	assert_null(requests_find(&again, "issuer-6"));
	requests_free(&r);
	requests_free(&again);
	buf_free(&first);
	buf_free(&second);
}

/* The value at a path such as "certificates.1.serial"; NULL: the member's end.
 */
static void
set(json_t *o, const char *path, const char *value)
{
	char name[64];
	size_t n = strcspn(path, ".");
	json_t *v;

	(void)snprintf(name, sizeof(name), "%.*s", (int)n, path);
	if (path[n] == '.') {
		v = json_is_array(o) ? json_array_get(o, (size_t)atoi(name))
				     : json_object_get(o, name);
		assert_non_null(v);
		set(v, path + n + 1, value);
		return;
	}
	if (value == NULL) {
		assert_int_equal(json_object_del(o, name), 0);
		return;
	}
	v = json_loads(value, JSON_DECODE_ANY, NULL);
	assert_non_null(v);
	if (json_is_array(o))
		json_array_append_new(o, v);
	else
		json_object_set_new(o, name, v);
}

static void
refuses(const char *path, const char *value, const char *says)
{
	json_t *o = json_loads(whole, 0, NULL);
	struct requests r;
	char *text;

	assert_non_null(o);
	set(o, path, value);
	text = json_dumps(o, 0);
	if (requests_parse(span_str(text), &r) == 0)
		fail_msg("taken: %s = %s", path, value);
	assert_int_equal(err_kind(), ERR_INPUT);
	assert_string_equal(err_code(), "REQUESTS_REFUSED");
	if (strstr(err_text(), says) == NULL)
		fail_msg("%s = %s: %s", path, value, err_text());
	requests_free(&r);
	free(text);
	json_decref(o);
}

static void
refuses_what_is_missing_or_unknown(void **state)
{
	static const char *const members[] = { "assay", "made", "public_url",
		"oid_arc", "root", "previous_root", "root_algorithm", "root_id",
		"number", "signature", "certificates", "crl",
		"certificates.1.name", "certificates.1.profile",
		"certificates.1.issuer_id", "certificates.1.serial",
		"certificates.1.country", "certificates.1.organisation",
		"certificates.1.common_name", "certificates.1.role",
		"certificates.1.csr", "crl.number", "crl.this_update",
		"crl.next_update", "crl.revoked", "crl.revoked.0.serial",
		"crl.revoked.0.date", "crl.revoked.0.reason" };

	(void)state;
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		refuses(members[i], NULL, "is missing");
	refuses("key", "1", "is not known");
	refuses("certificates.0.key", "1", "is not known");
	refuses("crl.key", "1", "is not known");
	refuses("crl.revoked.0.key", "1", "is not known");
}

static void
names_the_rule_of_each_field(void **state)
{
	(void)state;
	refuses("assay", "\"ca-requests/2\"", "assay must be ca-requests/");
	refuses("made", "\"yesterday\"", "made must be a time");
	refuses("made", "\"0026-11-25T22:00:00Z\"", "not be before 1970");
	refuses("oid_arc", "\"2.x\"", "oid_arc must be an arc");
	refuses("root", "\"00\"", "root must be 64 lower-case hex digits");
	refuses("number", "0", "number must be from 1");
	refuses("previous_root", "\"00\"", "previous_root must be 64");
	refuses("root_algorithm", "\"P-255\"", "root_algorithm is none");
	refuses("signature", "\"x\"", "signature must be null in an inst");
	refuses("signature", "7", "signature must be");
	refuses("root_id", "0", "root_id must be from 1");
	refuses("root_id", "2", "certificates[0].issuer_id must be root_id");
	refuses("certificates", "[]", "certificates must begin with the root");
	refuses("certificates.2", "7", "certificates[2] must be an object");
	refuses("certificates.1.name", "\"../x\"",
	    "certificates[1].name must be a handle");
	refuses("certificates.1.issuer_id", "-1",
	    "certificates[1].issuer_id must be from 0");
	refuses("certificates.1.country", "\"de\"",
	    "certificates[1].country must be two capital letters");
	refuses(
	    "certificates.1.role", "\"car\"", "certificates[1].role must be ");
	refuses("certificates.1.csr", "\"MAA\"",
	    "certificates[1].csr must be base64");
	refuses("crl.number", "0", "crl.number must be from 1");
	refuses("crl.next_update", "\"2026-11-25T22:00:00Z\"",
	    "crl.next_update must be after");
	refuses("crl.revoked.0.reason", "8",
	    "crl.revoked[0].reason must be a reason");
	refuses("crl.revoked.0.reason", "11",
	    "crl.revoked[0].reason must be from 0 to 10");
}

static void
refuses_serials_that_are_none(void **state)
{
	static const char *const bad[] = { "\"\"", "\"1\"", "\"00\"",
		"\"0001\"", "\"01AA\"", "\"0g\"", "7",
		"\"8000000000000000000000000000000000000000\"",
		"\"010000000000000000000000000000000000000000\"" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		refuses("certificates.1.serial", bad[i], "[1].serial must");
		refuses("crl.revoked.0.serial", bad[i], "[0].serial must");
	}
}

static void
refuses_what_is_there_twice(void **state)
{
	(void)state;
	refuses("certificates.1.serial", "\"0100\"", "serial is there already");
	refuses("certificates.2",
	    "{\"name\":\"issuer-5\",\"profile\":\"issuing_ca\","
	    "\"issuer_id\":6,\"serial\":\"0109\",\"country\":\"DE\","
	    "\"organisation\":\"T\",\"common_name\":\"T\",\"role\":\"tre\","
	    "\"csr\":\"MAA=\"}",
	    "name is there already");
	refuses("crl.revoked.1",
	    "{\"serial\":\"0102\",\"date\":\"2026-11-24T00:00:00Z\","
	    "\"reason\":1}",
	    "a serial number twice");
}

/* Who has a key at the ceremony has no request, and nobody else. */
static void
holds_names_profiles_and_keys_together(void **state)
{
	(void)state;
	refuses("certificates.0.csr", "\"MAA=\"", "csr must be null");
	refuses("certificates.1.csr", "null", "csr must be a request");
	refuses(
	    "certificates.1.profile", "\"root\"", "must go with its profile");
	refuses("certificates.1.profile", "\"root_link\"",
	    "must go with its profile");
	refuses("certificates.1.name", "\"link-old-with-new\"",
	    "must go with its profile");
	refuses("certificates.0.profile", "\"issuing_ca\"",
	    "must go with its profile");
	refuses("root",
	    "\"000000000000000000000000000000000000000000000000000000000000"
	    "0000\"",
	    "name must not be \"root\"");
	refuses(
	    "certificates.0.name", "\"root-1\"", "must go with its profile");
}

static void
takes_links(void **state)
{
	json_t *o = json_loads(whole, 0, NULL);
	struct requests r;
	char *text;

	(void)state;
	set(o, "certificates.2",
	    "{\"name\":\"link-new-with-old\",\"profile\":\"root_link\","
	    "\"issuer_id\":1,\"serial\":\"0109\",\"country\":\"DE\","
	    "\"organisation\":\"T\",\"common_name\":\"T\",\"role\":null,"
	    "\"csr\":null}");
	set(o, "crl", "null");
	text = json_dumps(o, 0);
	assert_int_equal(requests_parse(span_str(text), &r), 0);
	assert_int_equal(r.n, 3);
	assert_false(r.has_crl);
	requests_free(&r);
	free(text);
	json_decref(o);
}

static void
refuses_what_is_no_json_object(void **state)
{
	static const char *const bad[] = { "", "[]", "7", "{", "{}x",
		"{\"assay\":\"ca-requests/1\",\"assay\":\"ca-requests/1\"}" };
	struct requests r;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(requests_parse(span_str(bad[i]), &r), -1);
		assert_string_equal(err_code(), "REQUESTS_REFUSED");
		requests_free(&r);
	}
}

/* Each octet changed in turn: refused, or read as what it says. */
static void
reads_each_mutation_alike(void **state)
{
	struct buf text = BUF_EMPTY, first = BUF_EMPTY, second = BUF_EMPTY;
	struct requests r, again;
	size_t taken = 0;

	(void)state;
	buf_puts(&text, whole);
	for (size_t i = 0; i < 8 * text.n; i++) {
		text.p[i / 8] ^= (uint8_t)(1 << i % 8);
		buf_clear(&first);
		buf_clear(&second);
		if (requests_parse(buf_span(&text), &r) == 0) {
			if (requests_write(&r, &first) == -1)
				fail_msg("%zu: %s", i, err_text());
			assert_int_equal(
			    requests_parse(buf_span(&first), &again), 0);
			assert_int_equal(requests_write(&again, &second), 0);
			assert_true(
			    span_equal(buf_span(&first), buf_span(&second)));
			requests_free(&again);
			taken++;
		} else
			assert_string_equal(err_code(), "REQUESTS_REFUSED");
		requests_free(&r);
		text.p[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	assert_true(taken > 0);
	buf_free(&text);
	buf_free(&first);
	buf_free(&second);
}

/* What could not be read is not written. */
static void
writes_nothing_wrong(void **state)
{
	struct buf out = BUF_EMPTY;
	struct requests r;

	(void)state;
	assert_int_equal(requests_parse(span_str(whole), &r), 0);
	r.certificates[1].serial[0] = 0;
	assert_int_equal(requests_write(&r, &out), -1);
	assert_string_equal(err_code(), "REQUESTS_REFUSED");
	r.certificates[1].serial[0] = 1;
	r.certificates[1].organisation[0] = (char)0xff;
	assert_int_equal(requests_write(&r, &out), -1);
	assert_int_equal(out.n, 0);
	requests_free(&r);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_it_wrote),
		cmocka_unit_test(refuses_what_is_missing_or_unknown),
		cmocka_unit_test(names_the_rule_of_each_field),
		cmocka_unit_test(refuses_serials_that_are_none),
		cmocka_unit_test(refuses_what_is_there_twice),
		cmocka_unit_test(holds_names_profiles_and_keys_together),
		cmocka_unit_test(takes_links),
		cmocka_unit_test(refuses_what_is_no_json_object),
		cmocka_unit_test(reads_each_mutation_alike),
		cmocka_unit_test(writes_nothing_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
