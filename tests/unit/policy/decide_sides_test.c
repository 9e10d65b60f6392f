/*
 * The decision engine: whatever is asked of a certificate or an accreditation
 * is asked of each of them, by itself.
 */

#include "decide_cases.h"

/* One thing amiss with one certificate. */
#define OF_SIDE(name, how)                                                     \
	static void side_##name(struct side_facts *s)                          \
	{                                                                      \
		how;                                                           \
	}
OF_SIDE(not_shown, s->shown = false)
OF_SIDE(not_judged, s->path_judged = false)
OF_SIDE(path, s->path = CHAIN_SIGNATURE)
OF_SIDE(not_registered, s->registered = false)
OF_SIDE(unknown, s->standing = STANDING_UNKNOWN)
OF_SIDE(on_hold, s->standing = STANDING_ON_HOLD)
OF_SIDE(revoked, s->standing = STANDING_REVOKED)
OF_SIDE(issuer_unknown, s->issuer = STANDING_UNKNOWN)
OF_SIDE(issuer_on_hold, s->issuer = STANDING_ON_HOLD)
OF_SIDE(issuer_revoked, s->issuer = STANDING_REVOKED)
OF_SIDE(stale, s->status_fresh = false)
OF_SIDE(site, s->site_accredited_at_issue = false)
OF_SIDE(device_unknown, s->device = DEVICE_IS_UNKNOWN)
OF_SIDE(quarantined, s->device = DEVICE_IS_QUARANTINED)
OF_SIDE(stolen, s->device = DEVICE_IS_STOLEN)
OF_SIDE(retired, s->device = DEVICE_IS_RETIRED)
OF_SIDE(unknown_holder, s->custody.holder = CUSTODY_IS_UNKNOWN)
OF_SIDE(held_by_another, s->custody.holder = CUSTODY_IS_ANOTHERS)

static const struct {
	enum reason want;
	void (*spoil)(struct side_facts *);
} sides[] = {
	{ NO_CERTIFICATE, side_not_shown },
	{ CHAIN_UNTRUSTED, side_not_judged },
	{ CHAIN_SIGNATURE, side_path },
	{ CERTIFICATE_NOT_ISSUED, side_not_registered },
	{ CERTIFICATE_REVOKED, side_unknown },
	{ CERTIFICATE_ON_HOLD, side_on_hold },
	{ CERTIFICATE_REVOKED, side_revoked },
	{ ISSUER_REVOKED, side_issuer_unknown },
	{ ISSUER_REVOKED, side_issuer_on_hold },
	{ ISSUER_REVOKED, side_issuer_revoked },
	{ STATUS_STALE, side_stale },
	{ SITE_NOT_ACCREDITED_AT_ISSUE, side_site },
	{ DEVICE_QUARANTINED, side_device_unknown },
	{ DEVICE_QUARANTINED, side_quarantined },
	{ DEVICE_STOLEN, side_stolen },
	{ DEVICE_RETIRED, side_retired },
	{ CONSENT_MISSING, side_unknown_holder },
	{ CONSENT_MISSING, side_held_by_another },
};

#define NSIDES (sizeof(sides) / sizeof(sides[0]))

/* One thing amiss with one accreditation. */
#define OF_COC(name, how)                                                      \
	static void coc_##name(struct coc_facts *c)                            \
	{                                                                      \
		how;                                                           \
	}
OF_COC(absent_at_issue, c->at_issue = COC_IS_ABSENT)
OF_COC(suspended_at_issue, c->at_issue = COC_IS_SUSPENDED)
OF_COC(withdrawn_at_issue, c->at_issue = COC_IS_WITHDRAWN)
OF_COC(expired_at_issue, c->at_issue = COC_IS_EXPIRED)
OF_COC(absent, c->now = COC_IS_ABSENT)
OF_COC(suspended, c->now = COC_IS_SUSPENDED)
OF_COC(withdrawn, c->now = COC_IS_WITHDRAWN)
OF_COC(expired, (c->now = COC_IS_EXPIRED, c->expires = NOW, c->grace_days = 0))
OF_COC(ended, (c->expires = NOW, c->on_expired = EFFECT_REFUSE))
OF_COC(supplier, c->supplier_active = false)
OF_COC(undeclared, c->declaration = DECLARATION_IS_ABSENT)
OF_COC(doubted, c->declaration = DECLARATION_IS_CHALLENGED)

static const struct {
	enum reason want;
	void (*spoil)(struct coc_facts *);
} cocs[] = {
	{ MODEL_NOT_ACCREDITED, coc_absent_at_issue },
	{ MODEL_NOT_ACCREDITED, coc_suspended_at_issue },
	{ MODEL_NOT_ACCREDITED, coc_withdrawn_at_issue },
	{ MODEL_NOT_ACCREDITED, coc_expired_at_issue },
	{ MODEL_NOT_ACCREDITED, coc_absent },
	{ COC_SUSPENDED, coc_suspended },
	{ COC_WITHDRAWN, coc_withdrawn },
	{ COC_EXPIRED, coc_expired },
	{ COC_EXPIRED, coc_ended },
	{ SUPPLIER_SUSPENDED, coc_supplier },
	{ DECLARATION_MISSING, coc_undeclared },
	{ DECLARATION_CHALLENGED, coc_doubted },
};

#define NCOCS (sizeof(cocs) / sizeof(cocs[0]))

static void
says(const struct facts *f, enum reason want)
{
	struct verdict v;

	decide(f, NOW, &v);
	assert_int_equal(v.nreasons, want == REASON_NONE ? 0 : 1);
	if (want == REASON_NONE)
		assert_int_equal(v.kind, VERDICT_PERMIT);
	else
		assert_string_equal(
		    reason_get(v.reasons[0])->code, reason_get(want)->code);
}

static void
each_certificate_is_asked_everything(void **state)
{
	struct facts f;
	size_t i;

	(void)state;
	for (i = 0; i < NSIDES; i++) {
		f = good_facts();
		sides[i].spoil(&f.tre);
		says(&f, sides[i].want);
		f = good_facts();
		sides[i].spoil(&f.platform);
		says(&f, sides[i].want);
	}
}

static void
each_accreditation_is_asked_everything(void **state)
{
	struct facts f;
	size_t i, k;

	(void)state;
	for (i = 0; i < NCOCS; i++)
		for (k = 0; k < 3; k++) {
			f = good_facts();
			cocs[i].spoil(k == 0 ? &f.hardware
				: k == 1     ? &f.tre.model
					     : &f.platform.model);
			says(&f, cocs[i].want);
		}
}

/* And nothing of the TrE, which is not evaluated then. */
static void
a_terminal_alone_is_asked_everything(void **state)
{
	struct facts f;
	size_t i;

	(void)state;
	for (i = 0; i < NSIDES; i++) {
		f = good_facts();
		f.mode = MODE_PLATFORM_ONLY;
		sides[i].spoil(&f.platform);
		says(&f, sides[i].want);
		f = good_facts();
		f.mode = MODE_PLATFORM_ONLY;
		sides[i].spoil(&f.tre);
		says(&f, REASON_NONE);
	}
	for (i = 0; i < NCOCS; i++) {
		f = good_facts();
		f.mode = MODE_PLATFORM_ONLY;
		cocs[i].spoil(&f.platform.model);
		says(&f, cocs[i].want);
		f = good_facts();
		f.mode = MODE_PLATFORM_ONLY;
		cocs[i].spoil(&f.tre.model);
		cocs[i].spoil(&f.hardware);
		says(&f, REASON_NONE);
	}
	f = good_facts();
	f.mode = MODE_PLATFORM_ONLY;
	f.platform.possession = false;
	says(&f, POSSESSION_PLATFORM);
}

/* Of the TrE that is left away, where its CA, its model and its platform are
 * not all in force. */
static void
leaving_the_tre_away_is_no_way_round_what_it_stands_on(void **state)
{
	struct facts f = good_facts(), good;

	(void)state;
	f.mode = MODE_PLATFORM_ONLY;
	f.bound_doubtful = true;
	says(&f, TRE_KNOWN_BAD);
	f.bound_issuer = STANDING_GOOD;
	f.bound_issued = NOW - 100 * DAY;
	f.bound_model = a_coc();
	f.bound_hardware = a_coc();
	good = f;
	says(&f, REASON_NONE);
	f.bound_issuer = STANDING_ON_HOLD;
	says(&f, TRE_KNOWN_BAD);
	f = good;
	f.bound_model.supplier_active = false;
	says(&f, TRE_KNOWN_BAD);
	f = good;
	f.bound_model.now = COC_IS_SUSPENDED;
	says(&f, TRE_KNOWN_BAD);
	f.bound_model.on_suspended = EFFECT_PERMIT_IF_ISSUED_BEFORE;
	f.bound_model.since = f.bound_issued + 1;
	says(&f, REASON_NONE);
	f.bound_model.since = f.bound_issued;
	says(&f, TRE_KNOWN_BAD);
	f = good;
	f.bound_model.declaration = DECLARATION_IS_CHALLENGED;
	says(&f, TRE_KNOWN_BAD);
	f = good;
	f.bound_hardware.declaration = DECLARATION_IS_CHALLENGED;
	says(&f, TRE_KNOWN_BAD);
	f = good;
	f.bound_hardware.supplier_active = false;
	says(&f, TRE_KNOWN_BAD);
	f = good;
	f.bound_model.expires = NOW - 365 * DAY + 1;
	says(&f, REASON_NONE);
	f.bound_model.expires--;
	says(&f, TRE_KNOWN_BAD);
	/* shown, it is judged by itself */
	f.mode = MODE_TRE_AND_PLATFORM;
	says(&f, REASON_NONE);
}

/* By its certificate, and by the register. */
static void
a_binding_holds_by_both(void **state)
{
	struct facts f = good_facts();

	(void)state;
	f.bound_by_certificate = false;
	says(&f, BINDING_MISMATCH);
	f = good_facts();
	f.bound_by_register = false;
	says(&f, BINDING_MISMATCH);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_certificate_is_asked_everything),
		cmocka_unit_test(each_accreditation_is_asked_everything),
		cmocka_unit_test(a_terminal_alone_is_asked_everything),
		cmocka_unit_test(
		    leaving_the_tre_away_is_no_way_round_what_it_stands_on),
		cmocka_unit_test(a_binding_holds_by_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
