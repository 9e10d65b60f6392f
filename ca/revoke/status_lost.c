/*
 * What the index knows of certificates and cohorts that are not good, for a
 * database that has lost it.
 */

#include <string.h>

#include "base/err.h"
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

static int
each_of_issuer(struct status *s, uint32_t issuer, uint64_t after,
    int (*visit)(const struct status_known *, void *), void *ctx)
{
	const struct row *row = &s->rows[issuer];
	struct status_known k = { .issuer = issuer };
	const struct shelf *sh;
	const struct moment *m;
	uint64_t i;

	if (row->time_slots == 0)
		return 0;
	if ((sh = shelf_open(s, issuer, row)) == NULL)
		return -1;
	m = (const struct moment *)sh->times.p;
	for (i = 0; i < row->time_slots; i++) {
		if (m[i].key == 0 || m[i].event <= after)
			continue;
		k.index = m[i].key - 1;
		if (octet_read(sh->state.p[k.index], &k.answer.state,
			&k.answer.reason) == -1)
			return -1;
		if (k.answer.state != STATUS_HOLD &&
		    k.answer.state != STATUS_REVOKED)
			continue;
		k.answer.when = m[i].when;
		k.answer.invalidity = m[i].invalidity;
		k.answer.event = m[i].event;
		if (visit(&k, ctx) == -1)
			return -1;
	}
	return 0;
}

static int
each_cohort(struct status *s, uint64_t after,
    int (*visit)(const struct status_known *, void *), void *ctx)
{
	struct status_known k = { .answer = { .by_cohort = true } };
	const struct cohort *c;
	uint64_t i;

	if (s->head->cohort_slots == 0)
		return 0;
	if (cohorts_open(s, s->head) == -1)
		return -1;
	c = (const struct cohort *)s->cohorts.p;
	for (i = 0; i < s->head->cohort_slots; i++) {
		if (c[i].id == 0 || c[i].on == COHORT_FREE ||
		    c[i].event <= after)
			continue;
		k.cohort_kind = (enum cohort_kind)c[i].kind;
		k.cohort_id = c[i].id;
		k.answer.state =
		    c[i].on == COHORT_HELD ? STATUS_HOLD : STATUS_REVOKED;
		k.answer.reason = c[i].on == COHORT_HELD ? 6 : (int)c[i].reason;
		k.answer.when = c[i].since;
		k.answer.event = c[i].event;
		if (visit(&k, ctx) == -1)
			return -1;
	}
	return 0;
}

int
status_each_known(struct status *s, uint64_t after,
    int (*visit)(const struct status_known *, void *), void *ctx)
{
	uint32_t issuer = 0;

	while ((issuer = status_issuer_after(s, issuer)) != 0)
		if (each_of_issuer(s, issuer, after, visit, ctx) == -1)
			return -1;
	return each_cohort(s, after, visit, ctx);
}
