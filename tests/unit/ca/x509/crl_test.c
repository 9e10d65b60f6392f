/*
 * Revocation lists: what a CRL must say, what it must refuse, and that
 * OpenSSL reads and verifies it.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/test.h"

#include "base/err.h"
#include "base/io.h"
#include "tests/unit/folder.h"
#include "tests/unit/pki.h"
#include "x509/crl.h"
#include "x509/crl_read.h"
#include "x509/der.h"
#include "x509/oid.h"

#define URL PKI_URL "/crl/3/0.crl"

static struct pki pki;

static const struct crl_entry entries[] = {
	{ .serial = { 0x01, 0xa2 },
	    .serial_length = 2,
	    .when = PKI_NOW - 60,
	    .reason = 1,
	    .invalidity = PKI_NOW - 3600 },
	{ .serial = { 0x80, 0x01 },
	    .serial_length = 2,
	    .when = PKI_NOW - 50,
	    .reason = 6 },
	{ .serial = { 0x05 }, .serial_length = 1, .when = PKI_NOW - 40 },
};

static int
start(void **state)
{
	pki_start(&pki);
	return make_folder(state);
}

static int
stop(void **state)
{
	pki_stop(&pki);
	return remove_folder(state);
}

static struct crl_spec
a_spec(struct pki_ca *ca, struct crl_array *list)
{
	return (struct crl_spec){ .issuer = path_ca_cert(ca->ca),
		.key = ca->key,
		.number = 7,
		.this_update = PKI_NOW,
		.next_update = PKI_NOW + 7 * 86400,
		.url = URL,
		.scope = CRL_USER_CERTS,
		.list = list,
		.rewind = crl_array_rewind,
		.next = crl_array_next };
}

static struct crl_array
a_list(void)
{
	return (struct crl_array){ entries, 3, 0 };
}

static void
write_file(const char *name, struct span octets)
{
	assert_int_equal(io_write_file(in_folder(name), 0600, octets), 0);
}

/* What OpenSSL says about the CRL of a CA, once it verified it. */
static void
read_by_openssl(struct pki_ca *ca, struct span crl, struct buf *out)
{
	struct buf pem = BUF_EMPTY;
	char command[256];
	size_t n;
	FILE *f;

	cert_write_pem(buf_span(&ca->der), &pem);
	write_file("ca.pem", buf_span(&pem));
	write_file("list.crl", crl);
	(void)snprintf(command, sizeof(command),
	    "cd %s && openssl crl -inform DER -in list.crl -noout -verify "
	    "-CAfile ca.pem -text 2>&1",
	    folder);
	f = popen(command, "r");
	assert_non_null(f);
	while ((n = fread(buf_reserve(out, 4096), 1, 4096, f)) > 0)
		out->n += n;
	assert_int_equal(pclose(f), 0);
	assert_non_null(strstr(buf_str(out), "verify OK"));
	buf_free(&pem);
}

static void
says(struct buf *text, const char *what)
{
	if (strstr(buf_str(text), what) == NULL)
		fail_msg("\"%s\" is not in\n%s", what, buf_str(text));
}

static void
lists_what_was_revoked(void **state)
{
	struct crl_array list = a_list();
	struct crl_spec spec = a_spec(&pki.tre, &list);
	struct buf crl = BUF_EMPTY, text = BUF_EMPTY;

	(void)state;
	assert_int_equal(crl_build(&spec, &crl), 0);
	read_by_openssl(&pki.tre, buf_span(&crl), &text);
	says(&text, "Version 2");
	says(&text, "Serial Number: 01A2");
	says(&text, "Serial Number: 8001");
	says(&text, "Serial Number: 05");
	says(&text, "Key Compromise");
	says(&text, "Certificate Hold");
	says(&text, "Invalidity Date");
	says(&text, "Nov 24 05:59:00 2026 GMT");
	says(&text, "Nov 24 05:00:00 2026 GMT");
	buf_free(&crl);
	buf_free(&text);
}

static void
names_its_point_its_number_and_its_key(void **state)
{
	struct crl_array list = a_list();
	struct crl_spec spec = a_spec(&pki.tre, &list);
	struct buf crl = BUF_EMPTY, text = BUF_EMPTY;

	(void)state;
	assert_int_equal(crl_build(&spec, &crl), 0);
	read_by_openssl(&pki.tre, buf_span(&crl), &text);
	says(&text, "X509v3 Issuing Distribution Point: critical");
	says(&text, "URI:" URL);
	says(&text, "Only User Certificates");
	says(&text, "X509v3 CRL Number");
	says(&text, "X509v3 Authority Key Identifier");
	buf_free(&crl);
	buf_free(&text);
}

static void
serves_the_root_with_its_larger_key(void **state)
{
	struct crl_array list = a_list();
	struct crl_spec spec = a_spec(&pki.root, &list);
	struct buf crl = BUF_EMPTY, text = BUF_EMPTY;

	(void)state;
	spec.scope = CRL_CA_CERTS;
	assert_int_equal(crl_build(&spec, &crl), 0);
	read_by_openssl(&pki.root, buf_span(&crl), &text);
	says(&text, "Only CA Certificates");
	says(&text, "ecdsa-with-SHA384");
	buf_free(&crl);
	buf_free(&text);
}

/* What entries have in common is written once: it must not stay behind. */
static void
gives_each_entry_its_own_time_and_reason(void **state)
{
	struct crl_entry many[6] = { entries[0], entries[0], entries[0],
		entries[1], entries[2], entries[0] };
	struct crl_array list = { many, 6, 0 };
	struct crl_spec spec = a_spec(&pki.tre, &list);
	struct buf der = BUF_EMPTY;
	struct crl_entry e;
	struct crl crl;

	(void)state;
	many[1].when += 86400;
	many[2].when = INT64_C(2524608000); /* GeneralizedTime from here */
	many[3].when = INT64_C(2524608000) + 1;
	many[5].invalidity -= 1;
	for (uint8_t i = 0; i < 6; i++) {
		many[i].serial[0] = i;
		many[i].serial_length = i == 0 ? 1 : 2;
	}
	assert_int_equal(crl_build(&spec, &der), 0);
	assert_int_equal(crl_parse(buf_span(&der), &crl), 0);
	for (uint8_t i = 0; i < 6; i++) {
		assert_int_equal(
		    crl_find(&crl,
			span_of(many[i].serial, many[i].serial_length), &e),
		    1);
		assert_int_equal(e.when, many[i].when);
		assert_int_equal(e.reason, many[i].reason);
		assert_int_equal(e.invalidity, many[i].invalidity);
	}
	buf_free(&der);
}

/* RFC 5280 5.2.6 */
static void
says_where_its_deltas_are(void **state)
{
	struct crl_array list = a_list();
	struct crl_spec spec = a_spec(&pki.tre, &list);
	struct buf crl = BUF_EMPTY, text = BUF_EMPTY;

	(void)state;
	spec.freshest = PKI_URL "/crl/3/0-delta.crl";
	assert_int_equal(crl_build(&spec, &crl), 0);
	read_by_openssl(&pki.tre, buf_span(&crl), &text);
	says(&text, "X509v3 Freshest CRL:");
	says(&text, "URI:" PKI_URL "/crl/3/0-delta.crl");
	assert_null(strstr(buf_str(&text), "Delta CRL Indicator"));
	buf_free(&crl);
	buf_free(&text);
}

/* RFC 5280 5.2.4, and our own reading takes none for a complete one */
static void
writes_a_delta_that_nobody_takes_for_a_complete_one(void **state)
{
	struct crl_entry some[2] = { entries[0], entries[2] };
	struct crl_array list = { some, 2, 0 };
	struct crl_spec spec = a_spec(&pki.tre, &list);
	struct buf crl = BUF_EMPTY, text = BUF_EMPTY;
	struct crl c;

	(void)state;
	some[1].reason = 8;
	spec.base_number = 5;
	assert_int_equal(crl_build(&spec, &crl), 0);
	read_by_openssl(&pki.tre, buf_span(&crl), &text);
	says(&text, "X509v3 Delta CRL Indicator: critical");
	says(&text, "X509v3 Issuing Distribution Point: critical");
	says(&text, "Remove From CRL");
	assert_int_equal(crl_parse(buf_span(&crl), &c), -1);
	assert_string_equal(err_code(), "CRL_MALFORMED");
	buf_free(&crl);
	buf_free(&text);
}

/* RFC 5280 5.1.2.6: then the list is absent, not empty */
static void
leaves_out_an_empty_list(void **state)
{
	struct crl_spec spec = a_spec(&pki.tre, NULL);
	struct buf crl = BUF_EMPTY, text = BUF_EMPTY;

	(void)state;
	spec.next = NULL;
	spec.url = NULL;
	spec.scope = CRL_ALL;
	assert_int_equal(crl_build(&spec, &crl), 0);
	read_by_openssl(&pki.tre, buf_span(&crl), &text);
	says(&text, "No Revoked Certificates");
	assert_null(strstr(buf_str(&text), "Distribution Point"));
	buf_free(&crl);
	buf_free(&text);
}

/* A list of any length, without holding it. */
struct counter {
	uint32_t at, n;
};

static int
counter_rewind(void *arg)
{
	((struct counter *)arg)->at = 0;
	return 0;
}

static int
counter_next(void *arg, struct crl_entry *entry)
{
	struct counter *c = arg;

	if (c->at == c->n)
		return 0;
	entry->serial_length = 17;
	entry->serial[0] = 1;
	memcpy(entry->serial + 5, &c->at, sizeof(c->at));
	entry->when = PKI_NOW - 60;
	entry->reason = 1;
	c->at++;
	return 1;
}

/* Counts octets and the largest piece. */
struct flow {
	size_t all, largest;
};

static int
measure(void *arg, struct span s)
{
	struct flow *f = arg;

	f->all += s.n;
	f->largest = s.n > f->largest ? s.n : f->largest;
	return 0;
}

static void
flows_in_pieces_however_long_the_list(void **state)
{
	struct counter list = { 0, 100000 };
	struct crl_spec spec = a_spec(&pki.tre, NULL);
	struct flow flow = { 0, 0 };
	struct buf crl = BUF_EMPTY;
	struct span content;

	(void)state;
	spec.list = &list;
	spec.rewind = counter_rewind;
	spec.next = counter_next;
	assert_int_equal(crl_write(&spec, measure, &flow), 0);
	assert_true(flow.largest <= 65536);
	assert_true(flow.all > 100000 * 40);
	/* and comes out whole */
	list.n = 5000;
	assert_int_equal(crl_build(&spec, &crl), 0);
	assert_int_equal(
	    der_get_only(buf_span(&crl), DER_SEQUENCE, "the CRL", &content), 0);
	assert_int_equal(der_walk(content), 0);
	buf_free(&crl);
}

static int
refuse(void *arg, struct span s)
{
	(void)arg;
	(void)s;
	return err_set(ERR_BUSY, "the disk is full");
}

static void
hands_on_what_its_sink_says(void **state)
{
	struct crl_array list = a_list();
	struct crl_spec spec = a_spec(&pki.tre, &list);

	(void)state;
	assert_int_equal(crl_write(&spec, refuse, NULL), -1);
	assert_int_equal(err_kind(), ERR_BUSY);
}

static void
refused(const struct crl_spec *spec, enum err_kind kind)
{
	struct buf crl = BUF_EMPTY;

	assert_int_equal(crl_build(spec, &crl), -1);
	assert_int_equal(err_kind(), kind);
	assert_int_equal(crl.n, 0);
	buf_free(&crl);
}

static void
refuses_to_expire_before_it_starts(void **state)
{
	struct crl_array list = a_list();
	struct crl_spec spec = a_spec(&pki.tre, &list);

	(void)state;
	spec.next_update = spec.this_update;
	refused(&spec, ERR_INPUT);
}

static void
refuses_a_key_that_is_not_its_issuers(void **state)
{
	struct crl_array list = a_list();
	struct crl_spec spec = a_spec(&pki.tre, &list);

	(void)state;
	spec.key = pki.terminal.key;
	refused(&spec, ERR_INPUT);
}

static void
refuses_an_issuer_that_may_not_sign_CRLs(void **state)
{
	struct crl_array list = a_list();
	struct crl_spec spec = a_spec(&pki.tre, &list);
	struct cert less = *spec.issuer;

	(void)state;
	less.key_usage = KU_KEY_CERT_SIGN;
	spec.issuer = &less;
	refused(&spec, ERR_INPUT);
}

static void
refuses_entries_without_sense(void **state)
{
	struct crl_entry entry = entries[0];
	struct crl_array list = { &entry, 1, 0 };
	struct crl_spec spec = a_spec(&pki.tre, &list);

	(void)state;
	entry.reason = 7; /* RFC 5280 5.3.1: not used */
	refused(&spec, ERR_INPUT);
	entry.reason = 11;
	refused(&spec, ERR_INPUT);
	entry = entries[0];
	entry.serial_length = 0;
	refused(&spec, ERR_INPUT);
	entry.serial_length = 21;
	refused(&spec, ERR_INPUT);
}

/* RFC 5280 5.3.1: only deltas take something off */
static void
refuses_to_take_off_what_a_complete_list_need_not_name(void **state)
{
	struct crl_entry entry = entries[0];
	struct crl_array list = { &entry, 1, 0 };
	struct crl_spec spec = a_spec(&pki.tre, &list);

	(void)state;
	entry.reason = 8;
	refused(&spec, ERR_INPUT);
}

static void
refuses_a_delta_without_sense(void **state)
{
	struct crl_array list = a_list();
	struct crl_spec spec = a_spec(&pki.tre, &list);

	(void)state;
	spec.base_number = spec.number + 1;
	refused(&spec, ERR_INPUT);
	spec.base_number = spec.number;
	spec.freshest = URL; /* RFC 5280 5.2.6: not in deltas */
	refused(&spec, ERR_INPUT);
}

/* Grows between the walks. */
static int
restless_rewind(void *arg)
{
	struct counter *c = arg;

	c->n++;
	c->at = 0;
	return 0;
}

static void
refuses_a_list_that_changes_between_the_walks(void **state)
{
	struct counter list = { 0, 3 };
	struct crl_spec spec = a_spec(&pki.tre, NULL);

	(void)state;
	spec.list = &list;
	spec.rewind = restless_rewind;
	spec.next = counter_next;
	refused(&spec, ERR_INTERNAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_what_was_revoked),
		cmocka_unit_test(names_its_point_its_number_and_its_key),
		cmocka_unit_test(serves_the_root_with_its_larger_key),
		cmocka_unit_test(gives_each_entry_its_own_time_and_reason),
		cmocka_unit_test(says_where_its_deltas_are),
		cmocka_unit_test(
		    writes_a_delta_that_nobody_takes_for_a_complete_one),
		cmocka_unit_test(leaves_out_an_empty_list),
		cmocka_unit_test(flows_in_pieces_however_long_the_list),
		cmocka_unit_test(hands_on_what_its_sink_says),
		cmocka_unit_test(refuses_to_expire_before_it_starts),
		cmocka_unit_test(refuses_a_key_that_is_not_its_issuers),
		cmocka_unit_test(refuses_an_issuer_that_may_not_sign_CRLs),
		cmocka_unit_test(refuses_entries_without_sense),
		cmocka_unit_test(
		    refuses_to_take_off_what_a_complete_list_need_not_name),
		cmocka_unit_test(refuses_a_delta_without_sense),
		cmocka_unit_test(refuses_a_list_that_changes_between_the_walks),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
