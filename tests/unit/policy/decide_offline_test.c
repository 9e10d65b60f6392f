/*
 * The offline decision: never a permit, and what speaks against a device
 * offline does so online.
 */

#include "../test.h"

#include <string.h>

#include "policy/decide.h"
#include "policy/operator_policy.h"

#define NOW INT64_C(1795500000)

/* Everything that a permit asks for. */
static struct facts
good(void)
{
	struct coc_facts coc = { .number = "TRE-2026-000001",
		.at_issue = COC_IS_CERTIFIED,
		.now = COC_IS_CERTIFIED,
		.level = 4,
		.since = NOW - 86400,
		.expires = NOW + 365 * 86400,
		.declaration = DECLARATION_IS_IN_FORCE,
		.supplier_active = true };
	struct side_facts side = { .shown = true,
		.path_judged = true,
		.registered = true,
		.standing = STANDING_GOOD,
		.issuer = STANDING_GOOD,
		.status_fresh = true,
		.possession = true,
		.device = DEVICE_IS_FINE,
		.issued = NOW - 3600,
		.model = coc,
		.site_accredited_at_issue = true,
		.custody = { .holder = CUSTODY_IS_NOBODYS } };

	return (struct facts){ .operator_authenticated = true,
		.operator_enabled = true,
		.form_good = true,
		.purpose = PURPOSE_INITIAL_DOWNLOAD,
		.mode = MODE_TRE_AND_PLATFORM,
		.challenge = CHALLENGE_IS_GOOD,
		.tre = side,
		.platform = side,
		.hardware = coc,
		.bound_by_certificate = true,
		.bound_by_register = true,
		.device_id_fits = true,
		.signed_at = NOW,
		.evidence = { .asked = EVIDENCE_TRANSCRIPT,
		    .shown = EVIDENCE_TRANSCRIPT,
		    .well_formed = true,
		    .measurement = MEASUREMENT_IS_NOT_ASKED },
		.measures_known = true,
		.policy = &operator_policy_floor };
}

static void
never_permits_what_is_permitted_online(void **state)
{
	struct facts f = good();
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
		f = good();
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
	struct facts f = good();
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
