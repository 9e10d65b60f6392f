/*
 * What measures say of the cohorts that a certificate is in, joined with what
 * is known of it by itself.
 */

#include <string.h>

#include "base/err.h"
#include "revoke/status_file.h"

#define WHEN_MAX INT64_C(253402300799) /* RFC 5280 section 4.1.2.5: 9999 */

bool
cohort_before(const struct cohort *a, const struct cohort *b)
{
	if ((a->reason == 1) != (b->reason == 1))
		return a->reason == 1;
	return a->since < b->since ||
	    (a->since == b->since && a->event < b->event);
}

static int
damaged(void)
{
	return err_set(ERR_INTERNAL, "the status index is damaged: a cohort");
}

/* It is a copy: what is mapped may be another a moment later. */
static int
believe(const struct cohort *c)
{
	if (c->sum != cohort_sum(c) || c->on > COHORT_REVOKED ||
	    c->reason > 10 || c->since < 0 || c->since > WHEN_MAX)
		return damaged();
	return 0;
}

/* Which speaks first of those that say the same of cohorts; since when. */
struct said {
	enum cohort_on on;
	bool any;
	struct cohort first;
	int64_t since; /* the earliest of them all */
};

static void
hear(struct said *said, const struct cohort *c)
{
	if (c->since < said->since)
		said->since = c->since;
	if (!said->any || cohort_before(c, &said->first))
		said->first = *c;
	said->any = true;
}

/* Reckoned once. */
static uint64_t
free_sum(void)
{
	static const struct cohort none;
	static uint64_t sum;

	if (sum == 0)
		sum = cohort_sum(&none);
	return sum;
}

static int
ask(const struct status *s, uint64_t slots, enum cohort_kind kind, uint64_t id,
    struct said *said)
{
	const struct cohort *t = (const struct cohort *)s->cohorts.p;
	uint64_t at = cohort_place(kind, id), n;
	struct cohort c;

	for (n = 0; id != 0 && n < slots; n++, at++) {
		at &= slots - 1;
		if (t[at].id == 0)
			return t[at].sum == free_sum() ? 0 : damaged();
		if (t[at].id != id || t[at].kind != kind)
			continue;
		memcpy(&c, &t[at], sizeof(c));
		if (believe(&c) == -1)
			return -1;
		if (c.on == said->on)
			hear(said, &c);
	}
	return 0;
}

/*
 * The cohorts of a certificate that have one; 0 of those that it is not in.
 * What is of no lot, as an OCSP signer's, is in none, its CA's neither
 * (db/schema/300_status.sql).
 */
static uint64_t
cohort_of(const struct range *r, uint32_t issuer, int kind)
{
	if (kind != COHORT_ISSUER)
		return r->cohort[kind];
	return r->cohort[COHORT_LOT] != 0 ? issuer : 0;
}

static int
ask_all(const struct status *s, const struct head *h, const struct range *r,
    uint32_t issuer, struct said *said)
{
	int kind;

	for (kind = 0; kind < COHORT_KINDS; kind++)
		if (ask(s, h->cohort_slots, (enum cohort_kind)kind,
			cohort_of(r, issuer, kind), said) == -1)
			return -1;
	return 0;
}

static void
take(struct status_answer *a, const struct cohort *c, enum status_state state)
{
	a->state = state;
	a->reason = state == STATUS_HOLD ? 6 : (int)c->reason;
	a->when = c->since;
	a->event = c->event;
	a->by_cohort = true;
}

/*
 * Revoked by itself or by a cohort: since the earliest of them, or of its own
 * hold; the reason is keyCompromise if one of them says so, else the earliest's
 * (db/schema/302_certificate.sql says the same).
 */
static void
add_revocations(struct status_answer *a, const struct said *said)
{
	const struct cohort *best = &said->first;

	if (a->state != STATUS_REVOKED ||
	    (a->reason != 1 && (best->reason == 1 || best->since < a->when)))
		take(a, best, STATUS_REVOKED);
	a->when = said->since;
}

/* A hold of any cohort counts, unless the certificate is revoked for good. */
int
cohorts_join(const struct status *s, const struct head *h,
    const struct range *r, uint32_t issuer, struct status_answer *a)
{
	struct said revoked = { .on = COHORT_REVOKED,
		.since = a->state == STATUS_GOOD ? INT64_MAX : a->when };
	struct said held = { .on = COHORT_HELD, .since = INT64_MAX };

	if (ask_all(s, h, r, issuer, &revoked) == -1)
		return -1;
	if (revoked.any)
		add_revocations(a, &revoked);
	if (a->state == STATUS_REVOKED)
		return 0;
	if (ask_all(s, h, r, issuer, &held) == -1)
		return -1;
	if (held.any && (a->state != STATUS_HOLD || held.first.since < a->when))
		take(a, &held.first, STATUS_HOLD);
	return 0;
}
