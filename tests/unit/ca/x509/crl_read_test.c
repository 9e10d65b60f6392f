/*
 * CRLs as a verifier reads them: ours are read in full, others refused.
 */

#include "../../test.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "issue/template.h"
#include "x509/crl_read.h"
#include "x509/oid.h"

#define NOW INT64_C(1795485784)
#define URL "http://127.0.0.1:8080"

static struct profiles *profiles;
static struct key *key, *other_key;
static uint8_t space[CERT_MAX];
static struct cert ca;
static struct buf der; /* a CRL with two entries */

static const struct crl_entry entries[] = {
	{ .serial = { 0x11, 0x22 }, .serial_length = 2, .when = NOW - 9 },
	{ .serial = { 0x7f, 0x33, 0x44 },
	    .serial_length = 3,
	    .when = NOW - 5,
	    .reason = 1,
	    .invalidity = NOW - 50 },
};

static void
a_crl(const char *url, enum crl_scope scope, size_t n, struct buf *out)
{
	struct crl_array array = { .entries = entries, .n = n };
	struct crl_spec spec = {
		.issuer = &ca,
		.key = key,
		.number = 300,
		.this_update = NOW,
		.next_update = NOW + 86400,
		.url = url,
		.scope = scope,
		.list = &array,
		.rewind = crl_array_rewind,
		.next = crl_array_next,
	};

	buf_clear(out);
	if (crl_build(&spec, out) == -1)
		fail_msg("%s", err_text());
}

static int
setup(void **state)
{
	uint8_t serial[9] = { 1, 1 };
	struct template_spec spec = {
		.public_url = URL,
		.issuer_id = TEMPLATE_ROOT_ID,
		.country = "DE",
		.organisation = "body",
		.common_name = "Root",
	};
	struct template_row row = { .serial = span_of(serial, 9) };
	struct template *t;
	struct span made;

	(void)state;
	profiles = profiles_load("conf/profiles.cnf");
	assert_non_null(profiles);
	spec.profile = profile_get(profiles, PROFILE_ROOT);
	key = key_generate(spec.profile->key);
	other_key = key_generate(spec.profile->key);
	spec.issuer_key = key;
	row.key = key_kind(key);
	row.point = key_point(key);
	profile_dates(spec.profile, NOW, &spec.not_before, &spec.not_after);
	assert_non_null(t = template_new(&spec));
	assert_int_equal(
	    template_build(t, &row, space, sizeof(space), &made), 0);
	assert_int_equal(cert_parse(made, &ca), 0);
	template_free(t);
	a_crl(URL "/crl/root.crl", CRL_CA_CERTS, 2, &der);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	key_free(key);
	key_free(other_key);
	buf_free(&der);
	profiles_free(profiles);
	return 0;
}

static void
reads_what_was_written(void **state)
{
	struct crl c;
	struct crl_entry e;

	(void)state;
	assert_int_equal(crl_parse(buf_span(&der), &c), 0);
	assert_int_equal(crl_verify(&c, &ca, key), 0);
	assert_int_equal(c.number, 300);
	assert_int_equal(c.this_update, NOW);
	assert_int_equal(c.next_update, NOW + 86400);
	assert_true(span_equal(c.url, span_str(URL "/crl/root.crl")));
	assert_int_equal(c.scope, CRL_CA_CERTS);
	assert_int_equal(crl_find(&c, span_of("\x7f\x33\x44", 3), &e), 1);
	assert_int_equal(e.when, NOW - 5);
	assert_int_equal(e.reason, 1);
	assert_int_equal(e.invalidity, NOW - 50);
	assert_int_equal(crl_find(&c, span_of("\x11\x22", 2), &e), 1);
	assert_int_equal(e.reason, 0);
	assert_int_equal(crl_find(&c, span_of("\x11\x23", 2), &e), 0);
}

static void
reads_an_empty_one_without_a_name(void **state)
{
	struct buf b = BUF_EMPTY;
	struct crl_entry e;
	struct crl c;

	(void)state;
	a_crl(NULL, CRL_USER_CERTS, 0, &b);
	assert_int_equal(crl_parse(buf_span(&b), &c), 0);
	assert_int_equal(c.url.n, 0);
	assert_int_equal(crl_find(&c, span_of("\x11\x22", 2), &e), 0);
	buf_free(&b);
}

/* A delta of that number, base and reason of its entry. */
static void
a_delta(uint64_t number, uint64_t base, int reason, struct buf *out)
{
	struct crl_entry entry = { .serial = { 0x11, 0x22 },
		.serial_length = 2,
		.when = NOW - 5,
		.reason = reason };
	struct crl_array list = { &entry, 1, 0 };
	struct crl_spec spec = { .issuer = &ca,
		.key = key,
		.number = number,
		.base_number = base,
		.this_update = NOW,
		.next_update = NOW + 86400,
		.url = URL "/crl/2/0.crl",
		.list = &list,
		.rewind = crl_array_rewind,
		.next = crl_array_next };

	assert_int_equal(crl_build(&spec, out), 0);
}

static void
reads_a_delta_where_one_is_asked_for(void **state)
{
	struct buf b = BUF_EMPTY;
	struct crl_entry e;
	struct crl c;

	(void)state;
	a_delta(300, 200, 8, &b);
	assert_int_equal(crl_parse(buf_span(&b), &c), -1);
	assert_string_equal(err_code(), "CRL_MALFORMED");
	assert_int_equal(crl_parse_delta(buf_span(&b), &c), 0);
	assert_int_equal(crl_verify(&c, &ca, key), 0);
	assert_int_equal(c.number, 300);
	assert_int_equal(c.base, 200);
	assert_int_equal(crl_find(&c, span_of("\x11\x22", 2), &e), 1);
	assert_int_equal(e.reason, 8);
	/* and nothing else */
	assert_int_equal(crl_parse_delta(buf_span(&der), &c), -1);
	assert_string_equal(err_code(), "CRL_MALFORMED");
	buf_free(&b);
}

static void
reads_where_the_deltas_are(void **state)
{
	struct crl_spec spec = { .issuer = &ca,
		.key = key,
		.number = 300,
		.this_update = NOW,
		.next_update = NOW + 86400,
		.url = URL "/crl/2/0.crl",
		.freshest = URL "/crl/2/0-delta.crl" };
	struct buf b = BUF_EMPTY;
	struct crl c;

	(void)state;
	assert_int_equal(crl_build(&spec, &b), 0);
	assert_int_equal(crl_parse(buf_span(&b), &c), 0);
	assert_true(span_equal(c.freshest, span_str(URL "/crl/2/0-delta.crl")));
	assert_int_equal(c.base, 0);
	buf_free(&b);
}

static void
covers_only_what_points_at_it(void **state)
{
	struct cert about = ca;
	struct crl c;

	(void)state;
	assert_int_equal(crl_parse(buf_span(&der), &c), 0);
	about.crl_url = span_str(URL "/crl/root.crl");
	assert_true(crl_covers(&c, &about));
	about.ca = false;
	assert_false(crl_covers(&c, &about));
	about.ca = true;
	about.crl_url = span_str(URL "/crl/2/0.crl");
	assert_false(crl_covers(&c, &about));
	about.crl_url = span_str(URL "/crl/root.crl");
	about.issuer.der = span_str("another");
	assert_false(crl_covers(&c, &about));
}

static void
refuses_a_signature_of_another(void **state)
{
	struct cert another = ca;
	struct crl c;

	(void)state;
	assert_int_equal(crl_parse(buf_span(&der), &c), 0);
	assert_int_equal(crl_verify(&c, &ca, other_key), -1);
	assert_string_equal(err_code(), "CRL_SIGNATURE");
	another.subject_key_id = span_str("another");
	assert_int_equal(crl_verify(&c, &another, key), -1);
	another = ca;
	another.subject.der = span_str("another");
	assert_int_equal(crl_verify(&c, &another, key), -1);
}

static void
refuses_trailing_octets_and_every_shortening(void **state)
{
	struct buf b = BUF_EMPTY;
	struct crl c;
	size_t n;

	(void)state;
	buf_put_span(&b, buf_span(&der));
	buf_putc(&b, 0);
	assert_int_equal(crl_parse(buf_span(&b), &c), -1);
	assert_string_equal(err_code(), "CRL_MALFORMED");
	for (n = 0; n < der.n; n++)
		assert_int_equal(crl_parse(span_of(der.p, n), &c), -1);
	buf_free(&b);
}

static void
no_octet_can_be_changed(void **state)
{
	struct buf b = BUF_EMPTY;
	struct crl c;
	size_t i;

	(void)state;
	buf_put_span(&b, buf_span(&der));
	for (i = 0; i < b.n; i++) {
		b.p[i] ^= 0x01;
		if (crl_parse(buf_span(&b), &c) == 0)
			assert_int_equal(crl_verify(&c, &ca, key), -1);
		b.p[i] ^= 0x01;
	}
	buf_free(&b);
}

/* Replace octets that occur once; lengths stay. */
static int
parse_with(const char *from, const char *to, size_t n)
{
	struct buf b = BUF_EMPTY;
	struct crl_entry e;
	struct crl c;
	uint8_t *at;
	int rc;

	buf_put_span(&b, buf_span(&der));
	at = memmem(b.p, b.n, from, n);
	assert_non_null(at);
	memcpy(at, to, n);
	rc = crl_parse(buf_span(&b), &c);
	if (rc == 0)
		rc = crl_find(&c, span_of("\x01", 1), &e);
	if (rc == -1)
		assert_string_equal(err_code(), "CRL_MALFORMED");
	buf_free(&b);
	return rc;
}

static void
refuses_other_shapes(void **state)
{
	(void)state;
	/* version 1 */
	assert_int_equal(
	    parse_with("\x02\x01\x01\x30", "\x02\x01\x00\x30", 4), -1);
	/* an IDP whose criticality is FALSE, written out */
	assert_int_equal(parse_with("\x55\x1d\x1c\x01\x01\xff",
			     "\x55\x1d\x1c\x01\x01\x00", 6),
	    -1);
	/* a critical extension that nobody knows instead of it */
	assert_int_equal(parse_with("\x55\x1d\x1c\x01\x01\xff",
			     "\x55\x1d\x1b\x01\x01\xff", 6),
	    -1);
	/* no number */
	assert_int_equal(
	    parse_with("\x06\x03\x55\x1d\x14", "\x06\x03\x55\x1d\x7f", 5), -1);
	/* an indirect CRL: [4] instead of [2] */
	assert_int_equal(parse_with("\x82\x01\xff", "\x84\x01\xff", 3), -1);
	/* a scope that is FALSE, written out */
	assert_int_equal(parse_with("\x82\x01\xff", "\x82\x01\x00", 3), -1);
	/* a reason that is none */
	assert_int_equal(parse_with("\x0a\x01\x01", "\x0a\x01\x0b", 3), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_was_written),
		cmocka_unit_test(reads_an_empty_one_without_a_name),
		cmocka_unit_test(reads_a_delta_where_one_is_asked_for),
		cmocka_unit_test(reads_where_the_deltas_are),
		cmocka_unit_test(covers_only_what_points_at_it),
		cmocka_unit_test(refuses_a_signature_of_another),
		cmocka_unit_test(refuses_trailing_octets_and_every_shortening),
		cmocka_unit_test(no_octet_can_be_changed),
		cmocka_unit_test(refuses_other_shapes),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
