/*
 * Operators' policies: what their terms may be, and to the second, day and
 * level what they ask.
 */

#include "decide_cases.h"

/* How it is read with that one term. */
static int
reads(const char *terms)
{
	struct operator_policy p;
	char json[512];
	int rc;

	(void)snprintf(json, sizeof(json),
	    "{\"number\":\"POL-1\",\"version\":1,\"sha256\":\"\",\"terms\":%s}",
	    terms);
	rc = operator_policy_read(json, &p);
	operator_policy_free(&p);
	return rc;
}

/* Whatever this program does not know must not be taken for nothing. */
static void
a_term_is_one_that_there_is_within_its_bounds(void **state)
{
	static const char *const good[] = { "{}", "{\"min_level\":1}",
		"{\"min_level\":4}", "{\"max_audit_age\":1}",
		"{\"max_audit_age\":3650}", "{\"grace_days\":0}",
		"{\"grace_days\":365}", "{\"max_status_age\":1}",
		"{\"max_status_age\":86400}", "{\"allowed_suppliers\":[]}" };
	static const char *const bad[] = { "{\"min_level\":0}",
		"{\"min_level\":5}", "{\"min_level\":\"2\"}",
		"{\"min_level\":2.0}", "{\"max_audit_age\":0}",
		"{\"max_audit_age\":3651}", "{\"grace_days\":-1}",
		"{\"grace_days\":366}", "{\"max_status_age\":0}",
		"{\"max_status_age\":86401}", "{\"accept_provisional\":1}",
		"{\"accept_self_declared_only\":\"no\"}",
		"{\"platform_only\":null}", "{\"require_consent\":0}",
		"{\"require_validation\":\"remote\"}",
		"{\"denied_models\":[1]}", "{\"min_levels\":2}",
		"{\"min_level\":2,\"min_level\":3}", "[]", "null", "{" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (reads(good[i]) == -1)
			fail_msg("%s is refused", good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (reads(bad[i]) == 0)
			fail_msg("%s is read", bad[i]);
}

/* The only reason, or none. */
static enum reason
said_of(const struct facts *f)
{
	struct verdict v;

	decide(f, NOW, &v);
	assert_true(v.nreasons <= 1);
	return v.nreasons == 0 ? REASON_NONE : v.reasons[0];
}

static void
a_status_is_as_young_as_the_policy_asks(void **state)
{
	struct facts f = good_facts();

	(void)state;
	f.policy = asks("{\"max_status_age\":10}");
	f.status_age = 10;
	assert_int_equal(said_of(&f), REASON_NONE);
	f.status_age = 11;
	assert_int_equal(said_of(&f), STATUS_STALE);
	/* and as the request does */
	f.policy = &operator_policy_floor;
	f.max_status_age = 11;
	assert_int_equal(said_of(&f), REASON_NONE);
	f.max_status_age = 10;
	assert_int_equal(said_of(&f), STATUS_STALE);
}

static void
a_level_is_asked_of_each_model(void **state)
{
	struct facts f;
	size_t k;

	(void)state;
	for (k = 0; k < 3; k++) {
		f = good_facts();
		f.policy = asks("{\"min_level\":2}");
		assert_int_equal(said_of(&f), REASON_NONE);
		*(k == 0	 ? &f.hardware.level
			: k == 1 ? &f.tre.model.level
				 : &f.platform.model.level) = 1;
		assert_int_equal(said_of(&f), POLICY_LEVEL);
	}
}

static void
an_audit_is_as_young_as_the_policy_asks(void **state)
{
	struct facts f = good_facts();

	(void)state;
	f.policy = asks("{\"max_audit_age\":300}");
	f.tre.model.audited = f.platform.model.audited = NOW - 300 * DAY + 1;
	assert_int_equal(said_of(&f), REASON_NONE);
	f.platform.model.audited--;
	assert_int_equal(said_of(&f), POLICY_AUDIT_AGE);
	f.platform.model.audited++;
	f.tre.model.audited = 0; /* there was none */
	assert_int_equal(said_of(&f), POLICY_AUDIT_AGE);
}

static void
grace_is_as_long_as_both_allow(void **state)
{
	struct facts f = good_facts();
	struct verdict v;

	(void)state;
	f.policy = asks("{\"grace_days\":30}");
	f.platform.model.expires = NOW - 30 * DAY + 1;
	assert_int_equal(said_of(&f), REASON_NONE);
	f.platform.model.expires--;
	assert_int_equal(said_of(&f), POLICY_GRACE);
	f.policy = asks("{\"grace_days\":0}");
	f.platform.model.expires = NOW + 1;
	assert_int_equal(said_of(&f), REASON_NONE);
	f.platform.model.expires = NOW;
	assert_int_equal(said_of(&f), POLICY_GRACE);
	f.platform.model.expires = NOW - 30 * DAY;
	/* more than the accreditation's own is none */
	f.policy = asks("{\"grace_days\":365}");
	f.platform.model.grace_days = 20;
	decide(&f, NOW, &v);
	assert_int_equal(v.reasons[0], COC_EXPIRED);
}

static void
who_is_allowed_is_the_whole_list(void **state)
{
	struct facts f = good_facts();

	(void)state;
	strcpy(f.platform.model.supplier, "karren");
	strcpy(f.platform.model.model, "karren-t1");
	strcpy(f.hardware.supplier, "chips");
	strcpy(f.hardware.model, "chip");
	f.policy = asks("{\"allowed_suppliers\":[\"tresor\",\"karren\"],"
			"\"allowed_models\":[\"tresor-m2\",\"karren-t1\"]}");
	assert_int_equal(said_of(&f), REASON_NONE);
	f.policy = asks("{\"allowed_suppliers\":[\"tresor\"]}");
	assert_int_equal(said_of(&f), POLICY_SUPPLIER);
	f.policy = asks("{\"allowed_models\":[\"karren-t1\"]}");
	assert_int_equal(said_of(&f), POLICY_MODEL);
	f.policy = asks("{\"denied_suppliers\":[\"chips\"]}");
	assert_int_equal(said_of(&f), POLICY_SUPPLIER);
	f.policy = asks("{\"denied_models\":[\"chip\"]}");
	assert_int_equal(said_of(&f), POLICY_MODEL);
}

/* A precheck comes without evidence, which nobody has validated. */
static void
how_it_is_validated_is_asked_where_there_is_evidence(void **state)
{
	struct facts f = good_facts();

	(void)state;
	f.policy = asks("{\"require_validation\":[\"autonomous\"]}");
	assert_int_equal(said_of(&f), POLICY_VALIDATION);
	f.validation = VALIDATION_AUTONOMOUS;
	assert_int_equal(said_of(&f), REASON_NONE);
	f.validation = VALIDATION_NONE;
	assert_int_equal(said_of(&f), POLICY_VALIDATION);
	f.purpose = PURPOSE_PRECHECK;
	assert_int_equal(said_of(&f), PRECHECK_ONLY);
}

/* Of a change alone, and whoever has the device. */
static void
a_consent_is_asked_of_a_change_of_operator(void **state)
{
	struct facts f = good_facts();

	(void)state;
	f.policy = asks("{\"require_consent\":true}");
	assert_int_equal(said_of(&f), REASON_NONE);
	f.purpose = PURPOSE_CHANGE_OF_OPERATOR;
	assert_int_equal(said_of(&f), POLICY_CONSENT);
	f.consent = CONSENT_IS_GOOD;
	assert_int_equal(said_of(&f), REASON_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_term_is_one_that_there_is_within_its_bounds),
		cmocka_unit_test(a_status_is_as_young_as_the_policy_asks),
		cmocka_unit_test(a_level_is_asked_of_each_model),
		cmocka_unit_test(an_audit_is_as_young_as_the_policy_asks),
		cmocka_unit_test(grace_is_as_long_as_both_allow),
		cmocka_unit_test(who_is_allowed_is_the_whole_list),
		cmocka_unit_test(
		    how_it_is_validated_is_asked_where_there_is_evidence),
		cmocka_unit_test(a_consent_is_asked_of_a_change_of_operator),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
