/*
 * Quotes and public areas as a TPM makes them (swtpm 0.7, tpm2-tools 5.4), and
 * each way of being none.
 */

#include "../../test.h"

#include <string.h>

#include "base/enc.h"
#include "base/err.h"
#include "tpm/public.h"
#include "tpm/quote.h"

static const char attest_hex[] =
    "ff54434780180022000b0f023811bcce4556ba6817e9df122fe3a02c59c457659a534d3d8f"
    "64aff45b14002000112233445566778899aabbccddeeff00112233445566778899aabbccdd"
    "eeff0000000000000093000000010000000001201910230016363600000001000b03810000"
    "0020f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b";
static const char signature_hex[] =
    "0018000b00203ddd7d1b349ab762f4c09a4356b963ad5e31524333d8fb03113fa54ff6528b"
    "4d002045f52f4939cb8ae0661ed8c42f707745f455255cdc2b1c7c6c4780c75beb4aeb";
/* TPM2B_PUBLIC of the key that signed it */
static const char public_hex[] =
    "00580023000b00050072000000100018000b000300100020b366b6bf862596cb4d2096f203"
    "5ea5f315e3c6bd709b994f3f5ff10a373d142c002099e943246f3500e1e0f2339fc342ef9e"
    "4e4d9d301d89a832ff94a183ea58a674";
static const char name_hex[] =
    "000be985e7cdd9f1b577d312489b292593755a6bebaf2549e8864527a3ba5bb767a4";

static struct buf attest, signature, public;

static int
setup(void **state)
{
	(void)state;
	return hex_decode(&attest, span_str(attest_hex)) |
	    hex_decode(&signature, span_str(signature_hex)) |
	    hex_decode(&public, span_str(public_hex));
}

static int
teardown(void **state)
{
	(void)state;
	buf_free(&attest);
	buf_free(&signature);
	buf_free(&public);
	return 0;
}

static void
reads_what_a_tpm_quoted(void **state)
{
	struct tpm_quote q;
	struct tpm_public key;

	(void)state;
	assert_int_equal(
	    tpm_quote_parse(buf_span(&attest), buf_span(&signature), &q), 0);
	assert_string_equal(q.measured,
	    "sha256:0,7;9aX9QtFqIDAnmO9u0wmXm0MAPSMg2fDo6pgxqSdZ+0s=");
	assert_int_equal(q.nqualifying, 32);
	assert_int_equal(q.qualifying[1], 0x11);
	assert_int_equal(q.clock, 0x93);
	assert_int_equal(q.resets, 1);
	assert_int_equal(q.restarts, 0);
	assert_true(q.safe);
	assert_int_equal(tpm_public_parse(buf_span(&public), &key), 0);
	assert_int_equal(tpm_quote_verify(&q, buf_span(&attest), key.kind,
			     span_of(key.point, key.npoint)),
	    0);
}

static void
a_name_is_what_the_tpm_says(void **state)
{
	struct buf name = BUF_EMPTY;
	struct tpm_public key;

	(void)state;
	assert_int_equal(tpm_public_parse(buf_span(&public), &key), 0);
	assert_int_equal(hex_decode(&name, span_str(name_hex)), 0);
	assert_true(span_equal(buf_span(&name), span_of(key.name, key.nname)));
	buf_free(&name);
}

static int
parse(struct buf *a, struct buf *s)
{
	struct tpm_quote q;
	int rc = tpm_quote_parse(buf_span(a), buf_span(s), &q);

	if (rc == -1)
		assert_string_equal(err_code(), "EVIDENCE_MALFORMED");
	return rc;
}

/* Octet i of it with that value, then as it was. */
static int
with(struct buf *which, size_t i, uint8_t value)
{
	uint8_t was = which->p[i];
	int rc;

	which->p[i] = value;
	rc = parse(&attest, &signature);
	which->p[i] = was;
	return rc;
}

#define BANKS 103 /* where the list of banks begins */

static void
refuses_what_is_no_quote(void **state)
{
	(void)state;
	assert_int_equal(with(&attest, 0, 0xfe), -1);	    /* magic */
	assert_int_equal(with(&attest, 5, 0x17), -1);	    /* certify */
	assert_int_equal(with(&attest, BANKS, 2), -1);	    /* two banks */
	assert_int_equal(with(&attest, BANKS + 2, 4), -1);  /* SHA-1 */
	assert_int_equal(with(&attest, BANKS + 3, 4), -1);  /* of 32 PCRs */
	assert_int_equal(with(&attest, BANKS + 8, 31), -1); /* digest */
	assert_int_equal(with(&signature, 1, 0x14), -1);    /* RSASSA */
	assert_int_equal(with(&signature, 3, 0x04), -1);    /* SHA-1 */
	assert_int_equal(with(&signature, 3, 0x0c), -1);    /* of 48 octets */
}

static void
refuses_what_is_too_long_or_too_short(void **state)
{
	struct buf *both[] = { &attest, &signature };
	struct tpm_quote q;
	size_t i, n;

	(void)state;
	for (i = 0; i < 2; i++) {
		buf_putc(both[i], 0);
		assert_int_equal(parse(&attest, &signature), -1);
		both[i]->n--;
		for (n = both[i]->n; both[i]->n > 0; both[i]->n--)
			if (both[i]->n < n)
				assert_int_equal(
				    parse(&attest, &signature), -1);
		both[i]->n = n;
	}
	assert_int_equal(
	    tpm_quote_parse(span_of(NULL, 0), span_of(NULL, 0), &q), -1);
}

/* Whatever octet is changed: it is refused, or its signature is no more. */
static void
no_changed_octet_verifies(void **state)
{
	struct tpm_public key;
	struct tpm_quote q;
	size_t i;

	(void)state;
	assert_int_equal(tpm_public_parse(buf_span(&public), &key), 0);
	for (i = 0; i < attest.n; i++) {
		attest.p[i] ^= 1;
		if (tpm_quote_parse(
			buf_span(&attest), buf_span(&signature), &q) == 0)
			assert_int_equal(
			    tpm_quote_verify(&q, buf_span(&attest), key.kind,
				span_of(key.point, key.npoint)),
			    -1);
		attest.p[i] ^= 1;
	}
}

static void
refuses_a_key_that_might_sign_what_no_tpm_made(void **state)
{
	static const struct {
		size_t at;
		uint8_t bit;
	} bits[] = { { 7, 1 }, { 7, 4 }, { 9, 2 }, { 9, 0x10 }, { 9, 0x20 },
		{ 7, 2 } };
	struct tpm_public key;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		public.p[bits[i].at] ^= bits[i].bit;
		assert_int_equal(tpm_public_parse(buf_span(&public), &key), -1);
		assert_string_equal(err_code(), "ATTESTATION_KEY_UNFIT");
		public.p[bits[i].at] ^= bits[i].bit;
	}
	public.p[26] ^= 1; /* off the curve */
	assert_int_equal(tpm_public_parse(buf_span(&public), &key), -1);
	public.p[26] ^= 1;
	buf_putc(&public, 0);
	assert_int_equal(tpm_public_parse(buf_span(&public), &key), -1);
	assert_string_equal(err_code(), "ATTESTATION_KEY_MALFORMED");
	public.n--;
	assert_int_equal(tpm_public_parse(buf_span(&public), &key), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_a_tpm_quoted),
		cmocka_unit_test(a_name_is_what_the_tpm_says),
		cmocka_unit_test(refuses_what_is_no_quote),
		cmocka_unit_test(refuses_what_is_too_long_or_too_short),
		cmocka_unit_test(no_changed_octet_verifies),
		cmocka_unit_test(
		    refuses_a_key_that_might_sign_what_no_tpm_made),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
