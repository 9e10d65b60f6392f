/*
 * What a receipt says, to the octet: verifiers, years later, have nothing else.
 */

#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#include "policy/canon.h"
#include "policy/receipt.h"
#include "policy/receipt_inside.h"

static const uint8_t octets[32] = { 0xab, 0xcd };
static struct facts facts;
static struct verdict verdict;
static struct operator_policy policy;

static struct receipt
a_receipt(void)
{
	return (struct receipt){
		.issuer = "https://a.example",
		.operator= "mobilfunk",
		.id = "0b1f6a1e-6a5e-4a55-9d0e-8f1f4b6f2d11",
		.now = 1795485784,
		.request_id = "5e0f4d1e-2b7c-4c1a-8f6e-0a1b2c3d4e5f",
		.purpose = "initial_download",
		.mode = "tre_and_platform",
		.operator_nonce = "\"n\\\xc3\xa9",
		.challenge = span_of(octets, 3),
		.request = span_of(octets, 2),
		.transcript = span_of(octets, 2),
		.platform = span_of(octets, 2),
		.event = 12,
		.event_sha256 = span_of(octets, 2),
		.crl_number = 7,
		.facts = &facts,
		.verdict = &verdict,
	};
}

static void
begin(void)
{
	memset(&facts, 0, sizeof(facts));
	memset(&verdict, 0, sizeof(verdict));
	facts.mode = MODE_TRE_AND_PLATFORM;
	facts.tre.registered = true;
	facts.tre.possession = true;
	facts.tre.model.at_issue = facts.tre.model.now = COC_IS_CERTIFIED;
	strcpy(facts.tre.model.number, "COC-1");
	facts.nmeasures = 1;
	strcpy(facts.measures[0].number, "M-1");
	facts.evidence.shown = EVIDENCE_TRANSCRIPT;
	verdict.kind = VERDICT_PERMIT;
	verdict.nwarnings = 1;
	verdict.warnings[0] = COC_GRACE;
	strcpy(policy.number, "OP-1");
	strcpy(policy.sha256, "00ff");
	policy.version = 3;
	facts.policy = &policy;
}

static void
is(struct buf *out, const char *text)
{
	assert_string_equal(buf_str(out), text);
	buf_free(out);
}

static void
says_it_in_the_order_that_it_is_told(void **state)
{
	struct receipt r = a_receipt();
	struct buf out = BUF_EMPTY;

	(void)state;
	begin();
	receipt_write_claims(&out, &r);
	is(&out,
	    "{\"iss\":\"https://a.example\",\"aud\":\"mobilfunk\","
	    "\"jti\":\"0b1f6a1e-6a5e-4a55-9d0e-8f1f4b6f2d11\","
	    "\"iat\":1795485784,\"exp\":1795486384,"
	    "\"eat_nonce\":[\"\\\"n\\\\\xc3\xa9\",\"q80A\"],\"submods\":{"
	    "\"tre\":{\"ear.status\":32,\"ear.trustworthiness-vector\":{"
	    "\"instance-identity\":2,\"hardware\":2,\"executables\":0}},"
	    "\"platform\":{\"ear.status\":0,\"ear.trustworthiness-vector\":{"
	    "\"instance-identity\":96,\"hardware\":0}}},\"decision\":{"
	    "\"verdict\":\"permit\",\"purpose\":\"initial_download\","
	    "\"mode\":\"tre_and_platform\",\"reasons\":[],"
	    "\"warnings\":[\"COC_GRACE\"],"
	    "\"request_id\":\"5e0f4d1e-2b7c-4c1a-8f6e-0a1b2c3d4e5f\","
	    "\"request_sha256\":\"abcd\",\"transcript_sha256\":\"abcd\","
	    "\"tre_certificate_sha256\":null,"
	    "\"platform_certificate_sha256\":\"abcd\","
	    "\"tre_coc\":{\"number\":\"COC-1\",\"at_issue\":\"certified\","
	    "\"now\":\"certified\"},\"hardware_platform_coc\":null,"
	    "\"platform_coc\":null,\"measures\":[\"M-1\"],\"consent\":null,"
	    "\"floor\":\"floor-v1\",\"operator_policy\":{\"number\":\"OP-1\","
	    "\"version\":3,\"sha256\":\"00ff\"},\"status_event\":12,"
	    "\"status_log_sha256\":\"abcd\",\"crl_number\":7,"
	    "\"evidence\":\"transcript\"}}");
}

/* As the RFC has it, whatever is said. */
static void
is_canonical(const struct receipt *r)
{
	struct buf ours = BUF_EMPTY, canon = BUF_EMPTY;
	json_t *item;

	receipt_write_item(&ours, r, "5e0f4d1e-0000-4c1a-8f6e-0a1b2c3d4e5f", 9);
	item = json_loadb(
	    (const char *)ours.p, ours.n, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(item);
	assert_int_equal(canon_write(&canon, item), 0);
	assert_string_equal(buf_str(&ours), buf_str(&canon));
	json_decref(item);
	buf_free(&ours);
	buf_free(&canon);
}

static void
says_an_item_in_canonical_form(void **state)
{
	struct receipt r = a_receipt();

	(void)state;
	begin();
	is_canonical(&r);
	r.request_id = r.operator_nonce = NULL;
	r.detail = "the field \"\x01\t\xc3\xa9\" is not known here";
	r.consent = "c-1";
	is_canonical(&r);
	facts.mode = MODE_PLATFORM_ONLY;
	facts.policy = NULL;
	verdict.kind = VERDICT_REFUSE;
	verdict.nreasons = 2;
	verdict.reasons[0] = CHAIN_LENGTH;
	verdict.reasons[1] = DEVICE_STOLEN;
	r.challenge = r.transcript = span_of("", 0);
	is_canonical(&r);
}

/* A sentence that was cut off within a letter is none. */
static void
says_no_half_letter(void **state)
{
	struct receipt r = a_receipt();
	struct buf out = BUF_EMPTY;

	(void)state;
	begin();
	r.detail = "the field \"\xc3";
	is_canonical(&r);
	receipt_write_item(&out, &r, r.id, 0);
	assert_null(strstr(buf_str(&out), "detail"));
	buf_free(&out);
}

/* draft-ietf-rats-ear's tiers, by the verdict, the warnings, and whether the
 * key was shown to be there */
static void
has_a_tier_for_each_verdict(void **state)
{
	static const struct {
		enum verdict_kind kind;
		int nwarnings;
		bool held;
		int tier;
	} table[] = {
		{ VERDICT_PERMIT, 0, true, 2 },
		{ VERDICT_PERMIT, 1, true, 32 },
		{ VERDICT_PERMIT, 0, false, 0 },
		{ VERDICT_REFUSE, 0, true, 96 },
		{ VERDICT_REFUSE, 0, false, 96 },
		{ VERDICT_INDETERMINATE, 0, true, 0 },
		{ VERDICT_INDETERMINATE, 0, false, 0 },
	};
	struct verdict v = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		v.kind = table[i].kind;
		v.nwarnings = table[i].nwarnings;
		assert_int_equal(
		    receipt_tier(&v, table[i].held), table[i].tier);
	}
}

static void
has_a_vector_of_what_was_found(void **state)
{
	struct receipt_vector v;

	(void)state;
	begin();
	v = receipt_vector(&facts, &facts.tre);
	assert_int_equal(v.identity, 2);
	assert_int_equal(v.hardware, 2);
	assert_int_equal(v.executables, 0); /* nothing measured it */
	facts.tre.path = CHAIN_SIGNATURE;
	assert_int_equal(receipt_vector(&facts, &facts.tre).identity, 96);
	facts.tre.path = REASON_NONE;
	facts.tre.registered = false;
	assert_int_equal(receipt_vector(&facts, &facts.tre).identity, 96);
	facts.tre.model.at_issue = COC_IS_PROVISIONAL;
	assert_int_equal(receipt_vector(&facts, &facts.tre).hardware, 2);
	facts.tre.model.at_issue = COC_IS_SUSPENDED;
	assert_int_equal(receipt_vector(&facts, &facts.tre).hardware, 0);
	facts.evidence = (struct evidence_facts){ .asked = EVIDENCE_TRANSCRIPT,
		.shown = EVIDENCE_TRANSCRIPT,
		.well_formed = true,
		.measurement = MEASUREMENT_IS_GOOD };
	assert_int_equal(receipt_vector(&facts, &facts.tre).executables, 2);
	facts.evidence.measurement = MEASUREMENT_IS_BAD;
	assert_int_equal(receipt_vector(&facts, &facts.tre).executables, 96);
	facts.evidence.measurement = MEASUREMENT_IS_UNKNOWN;
	assert_int_equal(receipt_vector(&facts, &facts.tre).executables, 96);
	facts.evidence.measurement = MEASUREMENT_IS_NOT_ASKED;
	assert_int_equal(receipt_vector(&facts, &facts.tre).executables, 0);
}

static void
a_tre_that_is_not_shown_is_not_evaluated(void **state)
{
	struct receipt r = a_receipt();
	struct buf out = BUF_EMPTY;

	(void)state;
	begin();
	facts.mode = MODE_PLATFORM_ONLY;
	r.mode = "platform_only";
	receipt_write_claims(&out, &r);
	assert_non_null(
	    strstr(buf_str(&out), "\"submods\":{\"tre\":\"not_evaluated\","));
	buf_clear(&out);
	receipt_write_item(&out, &r, r.id, 0);
	assert_non_null(strstr(buf_str(&out), "\"tre\":\"not_evaluated\"}"));
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_it_in_the_order_that_it_is_told),
		cmocka_unit_test(says_an_item_in_canonical_form),
		cmocka_unit_test(says_no_half_letter),
		cmocka_unit_test(has_a_tier_for_each_verdict),
		cmocka_unit_test(has_a_vector_of_what_was_found),
		cmocka_unit_test(a_tre_that_is_not_shown_is_not_evaluated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
