/*
 * What is held against a row of a lot, taken by itself.
 */

#include <string.h>

#include "../../test.h"

#include "authority/row.h"
#include "key/key.h"

static struct row
a_row(const char *tre, const char *tac)
{
	return (struct row){ .row = 1, .id = "DEV-1", .tre = tre, .tac = tac };
}

static void
good(enum row_kind kind, const char *tre, const char *tac, const char *tacs)
{
	struct row r = a_row(tre, tac);

	row_judge_form(&r, kind, tacs);
	assert_null(r.reason);
}

static void
bad(enum row_kind kind, const char *tre, const char *tac, const char *tacs,
    const char *reason)
{
	struct row r = a_row(tre, tac);

	row_judge_form(&r, kind, tacs);
	assert_non_null(r.reason);
	assert_string_equal(r.reason, reason);
	assert_int_not_equal(r.detail[0], '\0');
}

static void
takes_rows_that_fit_their_kind(void **state)
{
	(void)state;
	good(ROW_TRE, "", "", "");
	good(ROW_TERMINAL, "TRE-1", "", "35123456");
	good(ROW_TERMINAL, "TRE-1", "35123456", "35123456");
	good(ROW_TERMINAL, "TRE-1", "35123457", "35123456,35123457");
}

static void
refuses_a_tre_that_contains_a_tre_or_has_a_tac(void **state)
{
	(void)state;
	bad(ROW_TRE, "TRE-2", "", "", "ROW_MALFORMED");
	bad(ROW_TRE, "", "35123456", "", "ROW_MALFORMED");
}

static void
refuses_a_terminal_without_its_tre(void **state)
{
	(void)state;
	bad(ROW_TERMINAL, "", "", "35123456", "ROW_MALFORMED");
}

static void
refuses_a_tac_that_is_not_the_models(void **state)
{
	(void)state;
	bad(ROW_TERMINAL, "TRE-1", "99999999", "35123456", "TAC_NOT_OF_MODEL");
	bad(ROW_TERMINAL, "TRE-1", "99999999", "35123456,35123457",
	    "TAC_NOT_OF_MODEL");
	/* across the comma */
	bad(ROW_TERMINAL, "TRE-1", "56351234", "35123456,35123456",
	    "TAC_NOT_OF_MODEL");
}

static void
refuses_to_guess_among_several_tacs(void **state)
{
	char tac[9];

	(void)state;
	bad(ROW_TERMINAL, "TRE-1", "", "35123456,35123457", "TAC_NOT_OF_MODEL");
	bad(ROW_TERMINAL, "TRE-1", "", "", "TAC_NOT_OF_MODEL");
	assert_null(row_tac("", "35123456,35123457", tac));
	assert_string_equal(row_tac("", "35123456", tac), "35123456");
	assert_string_equal(
	    row_tac("35123457", "35123456,35123457", tac), "35123457");
}

static void
the_first_reason_stays(void **state)
{
	struct row r = a_row("", "");

	(void)state;
	row_refuse(&r, "FIRST", "one");
	row_refuse(&r, "SECOND", "two");
	assert_string_equal(r.reason, "FIRST");
	assert_string_equal(r.detail, "one");
}

/* ---- the request */

static struct buf
a_request(void)
{
	struct key *key = key_generate(KEY_P256);
	struct buf der = BUF_EMPTY;

	assert_non_null(key);
	assert_int_equal(csr_build(key, "DEV-1", &der), 0);
	key_free(key);
	return der;
}

static void
takes_a_request_that_proves_possession(void **state)
{
	struct buf der = a_request();
	struct row r = a_row("", "");

	(void)state;
	row_verify(&r, buf_span(&der), true);
	assert_null(r.reason);
	assert_int_equal(r.csr.point.n, 65);
	buf_free(&der);
}

static void
refuses_a_request_that_is_no_der(void **state)
{
	struct row r = a_row("", "");

	(void)state;
	row_verify(&r, span_str("hello"), true);
	assert_string_equal(r.reason, "CSR_MALFORMED");
}

static void
refuses_octets_behind_a_request(void **state)
{
	struct buf der = a_request();
	struct row r = a_row("", "");

	(void)state;
	buf_putc(&der, '\0');
	row_verify(&r, buf_span(&der), true);
	assert_string_equal(r.reason, "CSR_MALFORMED");
	buf_free(&der);
}

/* A request with the name changed after it was signed. */
static void
refuses_a_request_without_proof_of_possession(void **state)
{
	struct buf der = a_request();
	struct row r = a_row("", ""), unverified = a_row("", "");
	uint8_t *name = memmem(der.p, der.n, "DEV-1", 5);

	(void)state;
	assert_non_null(name);
	name[4] = '2';
	row_verify(&r, buf_span(&der), true);
	assert_string_equal(r.reason, "CSR_SIGNATURE");
	/* the proof was checked before, the form is all that is asked */
	row_verify(&unverified, buf_span(&der), false);
	assert_null(unverified.reason);
	buf_free(&der);
}

static void
refuses_a_key_that_the_profile_does_not_take(void **state)
{
	struct profile p = { .name = "tre", .keys = 1u << KEY_P256 };
	struct key *key = key_generate(KEY_P384);
	struct buf der = BUF_EMPTY;
	struct row r = a_row("", "");

	(void)state;
	assert_int_equal(csr_build(key, "DEV-1", &der), 0);
	row_verify(&r, buf_span(&der), true);
	assert_null(r.reason);
	row_judge_key(&r, &p);
	assert_string_equal(r.reason, "KEY_NOT_ALLOWED");
	assert_string_equal(r.detail,
	    "a key of P-384 is not allowed here: the certificate profile "
	    "\"tre\" takes P-256");
	r.reason = NULL;
	p.keys |= 1u << KEY_P384;
	row_judge_key(&r, &p);
	assert_null(r.reason);
	key_free(key);
	buf_free(&der);
}

static void
bad_key(struct span spki, const char *reason)
{
	struct profile p = { .name = "tre", .keys = 1u << KEY_P256 };
	struct row r = a_row("", "");

	row_take_key(&r, spki);
	row_judge_key(&r, &p);
	assert_non_null(r.reason);
	assert_string_equal(r.reason, reason);
	assert_int_equal(r.detail[0] != '\0', true);
}

static void
takes_a_bare_key(void **state)
{
	struct key *key = key_generate(KEY_P256);
	struct row r = a_row("", "");

	(void)state;
	row_take_key(&r, key_spki(key));
	assert_null(r.reason);
	assert_memory_equal(r.csr.point.p, key_point(key).p, 65);
	key_free(key);
}

static void
refuses_bare_keys_that_are_none_or_not_allowed(void **state)
{
	struct key *key = key_generate(KEY_P256), *p384;
	struct buf spki = BUF_EMPTY;

	(void)state;
	p384 = key_generate(KEY_P384);
	bad_key(key_spki(p384), "KEY_NOT_ALLOWED");
	bad_key(span_str("hello"), "KEY_MALFORMED");
	bad_key(span_of(NULL, 0), "KEY_MALFORMED");
	buf_put_span(&spki, key_spki(key));
	buf_putc(&spki, '\0');
	bad_key(buf_span(&spki), "KEY_MALFORMED");
	/* off the curve */
	spki.n--;
	spki.p[spki.n - 1] ^= 1;
	bad_key(buf_span(&spki), "KEY_NOT_ALLOWED");
	buf_free(&spki);
	key_free(key);
	key_free(p384);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_rows_that_fit_their_kind),
		cmocka_unit_test(
		    refuses_a_tre_that_contains_a_tre_or_has_a_tac),
		cmocka_unit_test(refuses_a_terminal_without_its_tre),
		cmocka_unit_test(refuses_a_tac_that_is_not_the_models),
		cmocka_unit_test(refuses_to_guess_among_several_tacs),
		cmocka_unit_test(the_first_reason_stays),
		cmocka_unit_test(takes_a_request_that_proves_possession),
		cmocka_unit_test(refuses_a_request_that_is_no_der),
		cmocka_unit_test(refuses_octets_behind_a_request),
		cmocka_unit_test(refuses_a_request_without_proof_of_possession),
		cmocka_unit_test(refuses_a_key_that_the_profile_does_not_take),
		cmocka_unit_test(takes_a_bare_key),
		cmocka_unit_test(
		    refuses_bare_keys_that_are_none_or_not_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
