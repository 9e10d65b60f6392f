/*
 * DICE chains: what holds, and each way of not holding.
 */

#include "../../test.h"

#include <string.h>

#include "base/err.h"
#include "key/hash.h"
#include "key/key.h"
#include "x509/der.h"
#include "x509/dice.h"
#include "x509/oid.h"

#define NOW INT64_C(1795500000)

/* How a layer's certificate is made, and what is wrong with it. */
struct spec {
	const char *firmware; /* NULL: no fwids */
	unsigned flags;	      /* as read: bit n is 1 << n; 0x100: left out */
	bool ca, twice, strange, vendor_last, short_digest;
	int64_t not_after;
};

static struct key *device, *keys[DICE_LAYERS_MAX];
static struct buf certs[DICE_LAYERS_MAX];

static int
setup(void **state)
{
	size_t i;

	(void)state;
	device = key_generate(KEY_P256);
	for (i = 0; i < DICE_LAYERS_MAX; i++)
		keys[i] = key_generate(i == 1 ? KEY_P384 : KEY_P256);
	return 0;
}

static int
teardown(void **state)
{
	size_t i;

	(void)state;
	key_free(device);
	for (i = 0; i < DICE_LAYERS_MAX; i++) {
		key_free(keys[i]);
		buf_free(&certs[i]);
	}
	return 0;
}

static void
put_fwids(struct der *w, const struct spec *s)
{
	uint8_t digest[HASH_SIZE];
	size_t mark = der_mark(w), one = mark;

	hash_sha256(span_str(s->firmware), digest);
	der_put_tlv(w, DER_OCTET_STRING,
	    span_of(digest, s->short_digest ? 20 : sizeof(digest)));
	der_put_oid(w, oid_sha256);
	der_wrap(w, DER_SEQUENCE, one);
	der_wrap(w, DER_CONTEXT_CONS(6), mark);
}

static void
put_tcb_info(struct der *w, const struct spec *s)
{
	uint8_t bits[2] = { 4, 0 };
	size_t mark = der_mark(w), i;

	for (i = 0; i < 4; i++)
		if ((s->flags & 1u << i) != 0)
			bits[1] |= (uint8_t)(0x80u >> i);
	if (s->vendor_last)
		der_put_tlv(w, DER_CONTEXT(0), span_str("vendor"));
	if ((s->flags & 0x100) == 0)
		der_put_tlv(w, DER_CONTEXT(7), span_of(bits, 2));
	if (s->firmware != NULL)
		put_fwids(w, s);
	der_put_tlv(w, DER_CONTEXT(1), span_str("model"));
	der_wrap(w, DER_SEQUENCE, mark);
}

static void
put_extension(struct der *w, struct span oid, size_t mark)
{
	der_wrap(w, DER_OCTET_STRING, mark);
	der_put_bool(w, true);
	der_put_oid(w, oid);
	der_wrap(w, DER_SEQUENCE, mark);
}

static void
put_extensions(struct der *w, const struct spec *s)
{
	static const uint8_t tcb[] = { 0x67, 0x81, 0x05, 0x05, 0x04, 0x01 };
	size_t mark = der_mark(w), at;
	int i;

	for (i = 0; i < (s->twice ? 2 : 1); i++) {
		at = der_mark(w);
		put_tcb_info(w, s);
		put_extension(w, span_of(tcb, sizeof(tcb)), at);
	}
	if (s->strange) {
		at = der_mark(w);
		der_put_null(w);
		put_extension(w, oid_policies, at);
	}
	at = der_mark(w);
	if (s->ca)
		der_put_bool(w, true);
	der_wrap(w, DER_SEQUENCE, at);
	put_extension(w, oid_basic_constraints, at);
	der_wrap(w, DER_SEQUENCE, mark);
	der_wrap(w, DER_CONTEXT_CONS(3), mark);
}

static void
put_empty(struct der *w)
{
	der_put_tlv(w, DER_SEQUENCE, span_of(NULL, 0));
}

static void
put_tbs(struct der *w, const struct spec *s, struct key *own, struct key *by)
{
	size_t mark = der_mark(w), at;

	put_extensions(w, s);
	der_put_span(w, key_spki(own));
	put_empty(w); /* subject */
	at = der_mark(w);
	der_put_time(w, s->not_after != 0 ? s->not_after : NOW);
	der_put_time(w, NOW - 1);
	der_wrap(w, DER_SEQUENCE, at);
	put_empty(w); /* issuer */
	der_put_span(w, key_algorithm_of_signatures(key_kind(by)));
	der_put_uint(w, 1);
	at = der_mark(w);
	der_put_uint(w, 2);
	der_wrap(w, DER_CONTEXT_CONS(0), at);
	der_wrap(w, DER_SEQUENCE, mark);
}

/* Layer n by that key. */
static void
make(size_t n, const struct spec *s, struct key *by)
{
	uint8_t inside[4096], outside[4096], signature[KEY_SIGNATURE_MAX];
	struct span tbs, all;
	size_t size = 0;
	struct der w;

	der_start(&w, inside, sizeof(inside));
	put_tbs(&w, s, keys[n], by);
	assert_int_equal(der_done(&w, &tbs), 0);
	assert_int_equal(key_sign(by, tbs, signature, &size), 0);
	der_start(&w, outside, sizeof(outside));
	der_put_octet_bits(&w, span_of(signature, size));
	der_put_span(&w, key_algorithm_of_signatures(key_kind(by)));
	der_put_span(&w, tbs);
	der_wrap(&w, DER_SEQUENCE, 0);
	assert_int_equal(der_done(&w, &all), 0);
	buf_clear(&certs[n]);
	buf_put_span(&certs[n], all);
}

static const struct spec boot = { .firmware = "boot", .ca = true };
static const struct spec app = { .firmware = "app", .flags = 0x100 };

static int
judge_at(size_t n, int64_t now, struct dice *d)
{
	struct span chain[DICE_LAYERS_MAX];
	size_t i;

	for (i = 0; i < n; i++)
		chain[i] = buf_span(&certs[i]);
	return dice_judge(
	    chain, n, key_kind(device), key_point(device), now, d);
}

static int
judge(size_t n, struct dice *d)
{
	return judge_at(n, NOW, d);
}

static void
two_layers(const struct spec *first, const struct spec *second)
{
	make(0, first, device);
	make(1, second, keys[0]);
}

static void
says_what_was_started_and_whose_key_is_last(void **state)
{
	struct dice d;

	(void)state;
	two_layers(&boot, &app);
	assert_int_equal(judge(2, &d), 0);
	assert_string_equal(d.measured,
	    "sha-256;RQm+sKtAHXH6SlzZSlXJp08TMyd2rkAZxb/EwgBRV/8= "
	    "sha-256;oXLO3K5HR0thXFTVEKXYSo3qMDLpWFh0MLQTU4vj8zM=");
	assert_false(d.open);
	assert_int_equal(d.kind, KEY_P384);
	assert_true(span_equal(d.point, key_point(keys[1])));
	assert_int_equal(judge(1, &d), 0); /* one is a chain, too */
}

static void
refused(const struct spec *first, const struct spec *second, const char *code)
{
	struct dice d;

	two_layers(first, second);
	assert_int_equal(judge(2, &d), -1);
	assert_string_equal(err_code(), code);
}

static void
refuses_what_is_not_in_shape(void **state)
{
	struct spec s;
	struct dice d;

	(void)state;
	s = app;
	s.firmware = NULL;
	refused(&boot, &s, "EVIDENCE_MALFORMED");
	s = app;
	s.twice = true;
	refused(&boot, &s, "EVIDENCE_MALFORMED");
	s = app;
	s.strange = true;
	refused(&boot, &s, "EVIDENCE_MALFORMED");
	s = app;
	s.vendor_last = true;
	refused(&boot, &s, "EVIDENCE_MALFORMED");
	s = app;
	s.short_digest = true;
	refused(&boot, &s, "EVIDENCE_MALFORMED");
	s = boot;
	s.ca = false;
	refused(&s, &app, "EVIDENCE_MALFORMED");
	assert_int_equal(judge(0, &d), -1);
	two_layers(&boot, &app);
	buf_putc(&certs[1], 0);
	assert_int_equal(judge(2, &d), -1);
	certs[1].n -= 2;
	assert_int_equal(judge(2, &d), -1);
}

static void
ends_to_the_second(void **state)
{
	struct dice d;

	(void)state;
	two_layers(&boot, &app);
	assert_int_equal(judge_at(2, NOW - 2, &d), -1);
	assert_int_equal(judge_at(2, NOW - 1, &d), 0);
	assert_int_equal(judge_at(2, NOW + 1, &d), -1);
	assert_string_equal(err_code(), "EVIDENCE_MALFORMED");
}

static void
refuses_layers_of_somebody_else(void **state)
{
	struct dice d;

	(void)state;
	make(0, &boot, keys[3]);
	make(1, &app, keys[0]);
	assert_int_equal(judge(2, &d), -1);
	assert_string_equal(err_code(), "SIGNATURE");
	make(0, &boot, device);
	make(1, &app, keys[3]);
	assert_int_equal(judge(2, &d), -1);
	assert_string_equal(err_code(), "SIGNATURE");
}

static void
any_flag_of_any_layer_is_open(void **state)
{
	struct spec s = app;
	struct dice d;
	unsigned bit;

	(void)state;
	for (bit = 0; bit < 4; bit++) {
		s.flags = 1u << bit;
		two_layers(&boot, &s);
		assert_int_equal(judge(2, &d), 0);
		assert_true(d.open);
	}
	s = boot;
	s.flags = 1u << 3;
	two_layers(&s, &app);
	assert_int_equal(judge(2, &d), 0);
	assert_true(d.open);
}

/* Whatever octet is changed, the chain does not hold. */
static void
no_changed_octet_holds(void **state)
{
	struct dice d;
	size_t i;

	(void)state;
	two_layers(&boot, &app);
	for (i = 0; i < certs[1].n; i++) {
		certs[1].p[i] ^= 0x04;
		assert_int_equal(judge(2, &d), -1);
		certs[1].p[i] ^= 0x04;
	}
	assert_int_equal(judge(2, &d), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_was_started_and_whose_key_is_last),
		cmocka_unit_test(refuses_what_is_not_in_shape),
		cmocka_unit_test(ends_to_the_second),
		cmocka_unit_test(refuses_layers_of_somebody_else),
		cmocka_unit_test(any_flag_of_any_layer_is_open),
		cmocka_unit_test(no_changed_octet_holds),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
