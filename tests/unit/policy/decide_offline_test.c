/*
 * The offline decision: never a permit, and what speaks against a device
 * offline does so online.
 */

#include "policy/operator_policy.h"
#include "tests/unit/policy/decide_cases.h"

static void
never_permits_what_is_permitted_online(void **state)
{
	struct facts f = good_facts();
	struct verdict v;
	int purpose;

	(void)state;
	decide(&f, NOW, &v);
	assert_int_equal(v.kind, VERDICT_PERMIT);
	for (purpose = PURPOSE_NONE; purpose <= PURPOSE_PRECHECK; purpose++) {
		f.purpose = (enum purpose)purpose;
		decide_offline(&f, NOW, &v);
		assert_int_equal(v.kind, VERDICT_INDETERMINATE);
		assert_int_equal(v.nreasons, 1);
		assert_int_equal(v.reasons[0], PRECHECK_ONLY);
	}
}

static void
refuses_when_nothing_is_known(void **state)
{
	struct facts f;
	struct verdict v;

	(void)state;
	memset(&f, 0, sizeof(f));
	decide_offline(&f, NOW, &v);
	assert_int_equal(v.kind, VERDICT_REFUSE);
	assert_int_equal(v.reasons[0], NO_CERTIFICATE);
}

/* Of the good facts one octet after the other is another. */
static void
says_nothing_that_is_not_said_online(void **state)
{
	struct facts f;
	struct verdict online, offline;
	size_t i;
	int k;

	(void)state;
	for (i = 0; i < offsetof(struct facts, policy); i++) {
		f = good_facts();
		/* yes becomes no, one word its neighbour */
		if (((uint8_t *)&f)[i] > 1)
			continue;
		((uint8_t *)&f)[i] ^= 1;
		decide_offline(&f, NOW, &offline);
		assert_int_not_equal(offline.kind, VERDICT_PERMIT);
		decide(&f, NOW, &online);
		if (offline.kind == VERDICT_REFUSE)
			assert_int_not_equal(online.kind, VERDICT_PERMIT);
		for (k = 0; k < offline.nreasons; k++)
			assert_true(offline.reasons[k] == PRECHECK_ONLY ||
			    online.kind != VERDICT_PERMIT);
	}
}

/* What no kit knows makes no difference. */
static void
does_not_look_at_what_a_kit_cannot_know(void **state)
{
	struct facts f = good_facts();
	struct verdict v;

	(void)state;
	f.operator_authenticated = f.operator_enabled = f.form_good = false;
	f.challenge = CHALLENGE_IS_UNKNOWN;
	f.tre.possession = f.platform.possession = false;
	f.tre.device = f.platform.device = DEVICE_IS_UNKNOWN;
	f.signed_at = 0;
	f.policy = NULL;
	decide_offline(&f, NOW, &v);
	assert_int_equal(v.reasons[0], PRECHECK_ONLY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(never_permits_what_is_permitted_online),
		cmocka_unit_test(refuses_when_nothing_is_known),
		cmocka_unit_test(says_nothing_that_is_not_said_online),
		cmocka_unit_test(does_not_look_at_what_a_kit_cannot_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
