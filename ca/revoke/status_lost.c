/*
 * What the index knows of certificates and cohorts that are not good, for a
 * database that has lost it.
 */

#include "revoke/status_file.h"

void
status_withhold(struct status *s)
{
	if (s->head->phase == HEAD_SERVING)
		s->head->phase = HEAD_WITHHELD;
}

uint64_t
status_size(struct status *s, uint32_t issuer)
{
	return s->head == NULL ? 0 : s->rows[issuer].size;
}

/* An octet each; what it is in full is looked up of those that are not good. */
static int
each_of_issuer(struct status *s, uint32_t issuer,
    int (*visit)(const struct status_known *, void *), void *ctx)
{
	struct status_known k = { .issuer = issuer };
	enum status_state own;
	const struct shelf *sh;
	int reason;

	if ((sh = shelf_open(s, issuer, &s->rows[issuer])) == NULL)
		return -1;
	for (k.index = 0; k.index < s->rows[issuer].size; k.index++) {
		if (octet_read(sh->state.p[k.index], &own, &reason) == -1)
			return -1;
		if (own != STATUS_HOLD && own != STATUS_REVOKED)
			continue;
		if (status_get(s, issuer, k.index, &k.answer) == -1 ||
		    visit(&k, ctx) == -1)
			return -1;
	}
	return 0;
}

static int
each_cohort(struct status *s, int (*visit)(const struct status_known *, void *),
    void *ctx)
{
	struct status_known k = { .is_cohort = true };
	const struct cohort *c;
	uint64_t i;

	if (s->head->cohort_slots == 0)
		return 0;
	if (cohorts_open(s, s->head) == -1)
		return -1;
	c = (const struct cohort *)s->cohorts.p;
	for (i = 0; i < s->head->cohort_slots; i++) {
		if (c[i].id == 0 || c[i].on == COHORT_FREE)
			continue;
		k.cohort_kind = (enum cohort_kind)c[i].kind;
		k.cohort_id = c[i].id;
		k.answer.state =
		    c[i].on == COHORT_HELD ? STATUS_HOLD : STATUS_REVOKED;
		k.answer.reason = c[i].on == COHORT_HELD ? 6 : (int)c[i].reason;
		k.answer.when = c[i].since;
		if (visit(&k, ctx) == -1)
			return -1;
	}
	return 0;
}

int
status_each_known(struct status *s,
    int (*visit)(const struct status_known *, void *), void *ctx)
{
	uint32_t issuer = 0;

	if (s->head->phase == HEAD_BUILDING)
		return 0; /* it knows nothing better */
	while ((issuer = status_issuer_after(s, issuer)) != 0)
		if (each_of_issuer(s, issuer, visit, ctx) == -1)
			return -1;
	return each_cohort(s, visit, ctx);
}
