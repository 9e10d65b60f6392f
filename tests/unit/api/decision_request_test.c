/*
 * The form of a question: what is read, and each way to be refused.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/test.h"

#include "api/decision_request.h"
#include "base/err.h"

#define CHALLENGE "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI="

static json_t *
a_request(void)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:[s], s:[s,s], "
			 "s:{s:s, s:s, s:s, s:s, s:{s:s}}, s:{s:s}}",
	    "request_id", "0b6a2a1e-7f0c-4a53-9d5e-6f1f5a1f0c11", "purpose",
	    "initial_download", "mode", "tre_and_platform", "challenge",
	    CHALLENGE, "tre_chain", "MAA=", "platform_chain",
	    "MAA=", "MAA=", "evidence", "tre_signature", "MEUCIQDxMEUCIQDx",
	    "platform_signature", "MEUCIQDxMEUCIQDx", "signed_at",
	    "2026-11-24T02:03:04Z", "validation", "semi_autonomous", "claims",
	    "firmware", "1.2.0", "device", "imei", "351234560000010");
}

static int
parse(json_t *j, struct decision_request *r)
{
	char *text = json_dumps(j, 0);
	int rc = decision_request_parse(span_str(text), r);

	free(text);
	json_decref(j);
	return rc;
}

/* path "evidence.signed_at" set to a value (NULL: removed) is refused */
static void
refused_with(const char *path, json_t *value)
{
	json_t *j = a_request(), *part = j;
	char name[64];
	struct decision_request r;
	const char *dot = strchr(path, '.');

	if (dot != NULL) {
		(void)snprintf(
		    name, sizeof(name), "%.*s", (int)(dot - path), path);
		part = json_object_get(j, name);
		path = dot + 1;
	}
	if (value == NULL)
		(void)json_object_del(part, path);
	else
		(void)json_object_set_new(part, path, value);
	assert_int_equal(parse(j, &r), -1);
	assert_int_equal(err_kind(), ERR_INPUT);
	assert_string_equal(err_code(), "REQUEST_MALFORMED");
	assert_non_null(strstr(err_text(), path));
	decision_request_free(&r);
}

/* What is put aside while the rest is read comes back, and is refused by the
 * same sentence as ever. */
static void
reads_certificates_of_any_length(void **state)
{
	char text[8192 / 3 * 4 + 64];
	struct decision_request r;
	size_t n;
	json_t *j;

	(void)state;
	for (n = 200; n < sizeof(text); n += 97) {
		memset(text, 'A', n);
		text[n / 4 * 4] = '\0';
		j = a_request();
		(void)json_object_set_new(
		    j, "tre_chain", json_pack("[s,s]", text, "MAA="));
		if (n / 4 * 4 > 8192 * 4 / 3 + 4) {
			json_decref(j);
			break;
		}
		assert_int_equal(parse(j, &r), 0);
		assert_int_equal(r.tre.n, 2);
		assert_int_equal(r.tre.der[0].n, n / 4 * 3);
		assert_int_equal(r.tre.der[1].n, 2);
		decision_request_free(&r);
	}
	memset(text, 'A', 400);
	text[400] = '\0';
	text[100] = '*';
	refused_with("tre_chain", json_pack("[s]", text));
	text[100] = '\x01';
	refused_with("tre_chain", json_pack("[s]", text));
	text[100] = 'A';
	refused_with("operator_nonce", json_string(text));
	assert_non_null(strstr(err_text(), "must have 8 to 64 octets"));
	refused_with(
	    "evidence.claims", json_pack("{s:[s]}", "measurements", text));
	refused_with("request_id", json_string(text));
	refused_with("device.imei", json_string(text));
	refused_with("unheard_of", json_string(text));
}

static void
reads_a_whole_question(void **state)
{
	struct decision_request r;

	(void)state;
	assert_int_equal(parse(a_request(), &r), 0);
	assert_int_equal(r.purpose, PURPOSE_INITIAL_DOWNLOAD);
	assert_int_equal(r.mode, MODE_TRE_AND_PLATFORM);
	assert_int_equal(r.challenge.n, 32);
	assert_int_equal(r.tre.n, 1);
	assert_int_equal(r.platform.n, 2);
	assert_int_equal(r.signed_at, 1795485784);
	assert_string_equal(r.imei, "351234560000010");
	assert_non_null(r.claims);
	decision_request_free(&r);
}

static void
a_precheck_needs_neither_challenge_nor_evidence(void **state)
{
	json_t *j = a_request();
	struct decision_request r;

	(void)state;
	(void)json_object_set_new(j, "purpose", json_string("precheck"));
	(void)json_object_del(j, "challenge");
	(void)json_object_del(j, "evidence");
	assert_int_equal(parse(j, &r), 0);
	assert_int_equal(r.challenge.n, 0);
	decision_request_free(&r);
}

static json_t *
a_change(const char *purpose, json_t *migration)
{
	json_t *j = a_request();

	(void)json_object_set_new(j, "purpose", json_string(purpose));
	(void)json_object_set_new(j, "migration", migration);
	return j;
}

static void
a_change_of_operator_says_who_had_it(void **state)
{
	struct decision_request r;

	(void)state;
	assert_int_equal(parse(a_change("change_of_operator",
				   json_pack("{s:s, s:s}", "current_operator",
				       "mobilfunk", "consent", "a.b.c")),
			     &r),
	    0);
	assert_string_equal(r.current_operator, "mobilfunk");
	assert_string_equal(r.consent, "a.b.c");
	decision_request_free(&r);
	assert_int_equal(
	    parse(a_change("precheck",
		      json_pack("{s:s}", "current_operator", "mobilfunk")),
		&r),
	    0);
	assert_null(r.consent);
	decision_request_free(&r);
}

static void
refuses_a_migration_that_is_none(void **state)
{
	static const char *const out_of_place[] = { "initial_download",
		"reprovision" };
	struct decision_request r;
	json_t *bad[] = { json_object(), json_string("mobilfunk"),
		json_pack("{s:s}", "current_operator", "Mobil Funk"),
		json_pack("{s:s, s:s}", "current_operator", "mobilfunk",
		    "consent", ""),
		json_pack("{s:s, s:i}", "current_operator", "mobilfunk",
		    "consent", 1),
		json_pack(
		    "{s:s, s:s}", "current_operator", "mobilfunk", "to", "x") };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(
		    parse(a_change("change_of_operator", bad[i]), &r), -1);
		assert_string_equal(err_code(), "REQUEST_MALFORMED");
		decision_request_free(&r);
	}
	for (i = 0; i < 2; i++) {
		assert_int_equal(
		    parse(a_change(out_of_place[i],
			      json_pack(
				  "{s:s}", "current_operator", "mobilfunk")),
			&r),
		    -1);
		assert_non_null(strstr(err_text(), "migration"));
		decision_request_free(&r);
	}
}

/* Nothing is decided here about which it is then. */
static void
the_mode_may_be_left_out(void **state)
{
	struct decision_request r;
	json_t *j = a_request();

	(void)state;
	(void)json_object_del(j, "mode");
	assert_int_equal(parse(j, &r), 0);
	assert_int_equal(r.mode, MODE_NONE);
	assert_null(r.mode_text);
	decision_request_free(&r);
}

static void
refuses_what_is_missing(void **state)
{
	static const char *const names[] = { "request_id", "purpose",
		"challenge", "evidence", "evidence.signed_at",
		"evidence.validation" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		refused_with(names[i], NULL);
}

static void
refuses_values_of_the_wrong_form(void **state)
{
	(void)state;
	refused_with("request_id", json_string("1"));
	refused_with(
	    "request_id", json_string("0B6A2A1E-7F0C-4A53-9D5E-6F1F5A1F0C11"));
	refused_with("purpose", json_string("download"));
	refused_with("mode", json_integer(1));
	refused_with("challenge", json_string("MTIz"));
	refused_with("challenge", json_string("!!!!"));
	refused_with("tre_chain", json_pack("[s]", "MAA"));
	refused_with("tre_chain", json_pack("[s,s,s,s]", "", "", "", ""));
	refused_with("platform_chain", json_string("MAA="));
	refused_with("max_status_age", json_integer(0));
	refused_with(
	    "evidence.signed_at", json_string("yesterday at 3 o'clock"));
	refused_with("evidence.tre_signature", json_string("AA=="));
	refused_with("device.imei", json_string("351234560000011"));
	refused_with("device.imei", json_string("35123456000001"));
	refused_with("device.tac", json_string("3512345x"));
}

static void
refuses_fields_that_it_does_not_know(void **state)
{
	(void)state;
	refused_with("imsi", json_string("262011234567890"));
	refused_with("evidence.ki", json_string("00"));
	refused_with("device.serial", json_string("1"));
}

static void
refuses_a_tre_where_none_is_judged(void **state)
{
	(void)state;
	refused_with("mode", json_string("platform_only_"));
	{
		json_t *j = a_request();
		struct decision_request r;

		(void)json_object_set_new(
		    j, "mode", json_string("platform_only"));
		assert_int_equal(parse(j, &r), -1);
		assert_non_null(strstr(err_text(), "tre_chain"));
		decision_request_free(&r);
	}
}

static void
knows_an_imei_by_its_check_digit(void **state)
{
	(void)state;
	assert_true(imei_valid("490154203237518"));
	assert_false(imei_valid("490154203237517"));
	assert_false(imei_valid("49015420323751"));
	assert_false(imei_valid("49015420323751x"));
}

static void
the_tre_shows_itself_in_one_way(void **state)
{
	struct decision_request r;
	json_t *j = a_request(), *evidence = json_object_get(j, "evidence");
	json_t *quote =
	    json_pack("{s:s, s:s}", "attest", "MAA=", "signature", "MQA=");

	(void)state;
	assert_int_equal(parse(json_deep_copy(j), &r), 0);
	assert_int_equal(r.shown, EVIDENCE_TRANSCRIPT);
	decision_request_free(&r);
	json_object_set_new(
	    evidence, "dice", json_pack("[s,s]", "MAA=", "MQA="));
	assert_int_equal(parse(json_deep_copy(j), &r), 0);
	assert_int_equal(r.shown, EVIDENCE_DICE);
	assert_int_equal(r.dice.n, 2);
	decision_request_free(&r);
	json_object_set(evidence, "tpm_quote", quote);
	assert_int_equal(parse(json_deep_copy(j), &r), -1);
	decision_request_free(&r);
	json_object_del(evidence, "dice");
	assert_int_equal(parse(json_deep_copy(j), &r), -1);
	assert_string_equal(err_code(), "REQUEST_MALFORMED");
	decision_request_free(&r);
	json_object_del(evidence, "tre_signature");
	assert_int_equal(parse(json_deep_copy(j), &r), 0);
	assert_int_equal(r.shown, EVIDENCE_TPM_QUOTE);
	assert_int_equal(r.quote_signature.n, 2);
	decision_request_free(&r);
	json_object_set_new(quote, "pcrs", json_string("x"));
	assert_int_equal(parse(j, &r), -1);
	decision_request_free(&r);
	json_decref(quote);
}

static void
refuses_evidence_of_the_wrong_form(void **state)
{
	(void)state;
	refused_with("evidence.dice", json_pack("[s]", "not base64"));
	refused_with("evidence.dice",
	    json_pack("[s,s,s,s,s]", "MAA=", "MAA=", "MAA=", "MAA=", "MAA="));
	refused_with("evidence.tpm_quote", json_string("MAA="));
	refused_with("evidence.tpm_quote", json_object());
}

/* With that field set so it is read. */
static void
accepted_with(const char *name, json_t *value)
{
	json_t *j = a_request();
	struct decision_request r;

	(void)json_object_set_new(j, name, value);
	if (parse(j, &r) == -1)
		fail_msg("%s: %s", name, err_text());
	decision_request_free(&r);
}

static void
knows_each_purpose_and_each_mode(void **state)
{
	static const struct {
		const char *word;
		enum purpose purpose;
	} purposes[] = { { "initial_download", PURPOSE_INITIAL_DOWNLOAD },
		{ "change_of_operator", PURPOSE_CHANGE_OF_OPERATOR },
		{ "reprovision", PURPOSE_REPROVISION },
		{ "precheck", PURPOSE_PRECHECK } };
	struct decision_request r;
	json_t *j;
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		j = a_request();
		(void)json_object_set_new(
		    j, "purpose", json_string(purposes[i].word));
		assert_int_equal(parse(j, &r), 0);
		assert_int_equal(r.purpose, purposes[i].purpose);
		assert_string_equal(r.purpose_text, purposes[i].word);
		decision_request_free(&r);
	}
	j = a_request();
	(void)json_object_set_new(j, "mode", json_string("platform_only"));
	(void)json_object_del(j, "tre_chain");
	assert_int_equal(parse(j, &r), 0);
	assert_int_equal(r.mode, MODE_PLATFORM_ONLY);
	decision_request_free(&r);
}

static void
takes_what_is_at_its_bounds_and_nothing_beyond(void **state)
{
	static const char text[] =
	    "01234567890123456789012345678901234567890123456789012345678901234";

	(void)state;
	refused_with("operator_nonce", json_stringn(text, 7));
	accepted_with("operator_nonce", json_stringn(text, 8));
	accepted_with("operator_nonce", json_stringn(text, 64));
	refused_with("operator_nonce", json_stringn(text, 65));
	refused_with("max_status_age", json_integer(0));
	accepted_with("max_status_age", json_integer(1));
	accepted_with("max_status_age", json_integer(86400));
	refused_with("max_status_age", json_integer(86401));
	/* 31, 32 and 33 octets */
	refused_with("challenge",
	    json_string("MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMQ=="));
	accepted_with("challenge", json_string(CHALLENGE));
	refused_with("challenge",
	    json_string("MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"));
	accepted_with(
	    "tre_chain", json_pack("[s,s,s]", "MA==", "MA==", "MA=="));
	refused_with("tre_chain",
	    json_pack("[s,s,s,s]", "MA==", "MA==", "MA==", "MA=="));
	accepted_with("device", json_pack("{s:s}", "tac", "35123456"));
	refused_with("device.tac", json_string("3512345"));
	refused_with("device.tac", json_string("351234567"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_whole_question),
		cmocka_unit_test(reads_certificates_of_any_length),
		cmocka_unit_test(
		    a_precheck_needs_neither_challenge_nor_evidence),
		cmocka_unit_test(a_change_of_operator_says_who_had_it),
		cmocka_unit_test(refuses_a_migration_that_is_none),
		cmocka_unit_test(the_mode_may_be_left_out),
		cmocka_unit_test(refuses_what_is_missing),
		cmocka_unit_test(refuses_values_of_the_wrong_form),
		cmocka_unit_test(refuses_fields_that_it_does_not_know),
		cmocka_unit_test(refuses_a_tre_where_none_is_judged),
		cmocka_unit_test(the_tre_shows_itself_in_one_way),
		cmocka_unit_test(refuses_evidence_of_the_wrong_form),
		cmocka_unit_test(knows_an_imei_by_its_check_digit),
		cmocka_unit_test(knows_each_purpose_and_each_mode),
		cmocka_unit_test(
		    takes_what_is_at_its_bounds_and_nothing_beyond),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
