/*
 * The decision engine: no facts, and no policy, reach a permit without the
 * floor.
 */

#include "decide_cases.h"

static void
nothing_known_is_refused(void **state)
{
	struct facts f;
	struct verdict v;

	(void)state;
	memset(&f, 0, sizeof(f));
	decide(&f, NOW, &v);
	assert_int_equal(v.kind, VERDICT_REFUSE);
	f = good_facts();
	f.measures_known = false;
	decide(&f, NOW, &v);
	assert_int_equal(v.kind, VERDICT_REFUSE);
}

/* policy/README.md's floor, written down a second time, by other means */
static bool
side_on_floor(const struct side_facts *s)
{
	return s->shown && s->path_judged && s->path == REASON_NONE &&
	    s->registered && s->standing == STANDING_GOOD &&
	    s->issuer == STANDING_GOOD && s->status_fresh &&
	    (s->model.at_issue == COC_IS_CERTIFIED ||
		s->model.at_issue == COC_IS_PROVISIONAL);
}

/* not of the floor, but as little anybody's to lower */
static bool
evidence_on_floor(const struct evidence_facts *e)
{
	if (e->asked == EVIDENCE_NONE || e->asked != e->shown ||
	    !e->well_formed)
		return false;
	if (e->asked == EVIDENCE_TRANSCRIPT)
		return e->measurement == MEASUREMENT_IS_GOOD ||
		    e->measurement == MEASUREMENT_IS_NOT_ASKED;
	return e->measurement == MEASUREMENT_IS_GOOD &&
	    (e->asked != EVIDENCE_TPM_QUOTE ||
		(e->key_enrolled && e->order == ORDER_IS_GOOD));
}

static bool
on_floor(const struct facts *f)
{
	return side_on_floor(&f->platform) &&
	    (f->mode == MODE_PLATFORM_ONLY ||
		(side_on_floor(&f->tre) && evidence_on_floor(&f->evidence)));
}

/* Of any kind, or none; whole, the TrE's and measured, or not. */
static struct evidence_facts
some_evidence(unsigned *seed)
{
	struct evidence_facts e = {
		.asked = (enum evidence_kind)(rand_r(seed) % 4),
		.well_formed = rand_r(seed) % 4 != 0,
		.key_enrolled = rand_r(seed) % 2 == 0,
		.order = (enum order_fact)(rand_r(seed) % 4),
		.measurement = (enum measurement_fact)(rand_r(seed) % 4),
		.update_available = rand_r(seed) % 2 == 0,
	};

	e.shown = rand_r(seed) % 4 != 0
	    ? e.asked
	    : (enum evidence_kind)(rand_r(seed) % 4);
	return e;
}

static void
no_random_facts_permit_below_the_floor(void **state)
{
	struct facts f;
	struct verdict before, after;
	unsigned seed = 20261124;
	int i, k, permits = 0;

	(void)state;
	for (i = 0; i < 1000000; i++) {
		f = good_facts();
		if (rand_r(&seed) % 3 == 0)
			f.mode = MODE_PLATFORM_ONLY;
		if (rand_r(&seed) % 2 == 0)
			f.evidence = some_evidence(&seed);
		for (k = rand_r(&seed) % 3; k > 0; k--)
			cases[(size_t)rand_r(&seed) % NCASES].spoil(&f);
		decide(&f, NOW, &before);
		permits += before.kind == VERDICT_PERMIT;
		if (before.kind == VERDICT_PERMIT)
			assert_true(on_floor(&f));
		if (f.mode == MODE_PLATFORM_ONLY)
			continue; /* spoiling can also change the mode */
		cases[(size_t)rand_r(&seed) % NCASES].spoil(&f);
		decide(&f, NOW, &after);
		if (before.kind != VERDICT_PERMIT &&
		    f.mode != MODE_PLATFORM_ONLY)
			assert_int_not_equal(after.kind, VERDICT_PERMIT);
	}
	assert_true(permits > 1000);
}

/* Terms of every kind, of which each random policy takes some. */
static const char *const some_terms[] = { "\"min_level\":3",
	"\"accept_provisional\":false", "\"accept_provisional\":true",
	"\"accept_self_declared_only\":false", "\"platform_only\":true",
	"\"max_audit_age\":3650", "\"grace_days\":365", "\"grace_days\":0",
	"\"require_consent\":true", "\"max_status_age\":86400",
	"\"require_validation\":[\"remote\"]",
	"\"allowed_suppliers\":[\"tresor\"]",
	"\"denied_suppliers\":[\"tresor\"]",
	"\"allowed_models\":[\"tresor-m2\"]" };

#define NTERMS (sizeof(some_terms) / sizeof(some_terms[0]))

static void
a_policy(struct operator_policy *p, unsigned *seed)
{
	char json[1024];
	size_t i, n;

	n = (size_t)snprintf(json, sizeof(json),
	    "{\"number\":\"POL-1\",\"version\":1,\"sha256\":\"\",\"terms\":{");
	for (i = 0; i < NTERMS; i++)
		if (rand_r(seed) % 4 == 0 &&
		    (i == 0 ||
			strncmp(some_terms[i], some_terms[i - 1], 12) != 0))
			n +=
			    (size_t)snprintf(json + n, sizeof(json) - n, "%s%s",
				json[n - 1] == '{' ? "" : ",", some_terms[i]);
	(void)snprintf(json + n, sizeof(json) - n, "}}");
	if (operator_policy_read(json, p) == -1) /* the same term twice */
		*p = operator_policy_floor;
}

/* Whatever a policy says, it only takes permits away. */
static void
no_policy_is_laxer_than_the_floor(void **state)
{
	struct operator_policy policies[64];
	struct facts f;
	struct verdict floor, own;
	unsigned seed = 20261126;
	int i, k, fewer = 0;

	(void)state;
	for (i = 0; i < 64; i++)
		a_policy(&policies[i], &seed);
	for (i = 0; i < 1000000; i++) {
		f = good_facts();
		for (k = rand_r(&seed) % 3; k > 0; k--)
			cases[(size_t)rand_r(&seed) % NCASES].spoil(&f);
		f.policy = &operator_policy_floor;
		decide(&f, NOW, &floor);
		f.policy = &policies[rand_r(&seed) % 64];
		decide(&f, NOW, &own);
		if (floor.kind != VERDICT_PERMIT)
			assert_int_not_equal(own.kind, VERDICT_PERMIT);
		fewer +=
		    floor.kind == VERDICT_PERMIT && own.kind != VERDICT_PERMIT;
	}
	assert_true(fewer > 1000);
	for (i = 0; i < 64; i++)
		operator_policy_free(&policies[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_known_is_refused),
		cmocka_unit_test(no_random_facts_permit_below_the_floor),
		cmocka_unit_test(no_policy_is_laxer_than_the_floor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
