/*
 * Is the index still what was written?  A bit at a time, again and again, by
 * its writer: no reader can tell that a range or a measure has vanished.
 */

#include "base/err.h"
#include "revoke/status_file.h"

static int
damaged(const char *what)
{
	return err_set(ERR_INTERNAL, "the status index is damaged: %s", what);
}

/*
 * Who has another file, or less of it, than the one that is mapped here, is
 * told what nobody writes any more.
 */
static int
check_named(const struct mapped *m)
{
	return m->p == NULL || mapped_is_named(m)
	    ? 0
	    : err_set(ERR_INTERNAL,
		  "%s is not the file any more that is written", m->path);
}

static int
check_shelf(const struct shelf *sh)
{
	return check_named(&sh->state) == -1 ||
		check_named(&sh->leaves) == -1 ||
		check_named(&sh->times) == -1 || check_named(&sh->ranges) == -1
	    ? -1
	    : 0;
}

static int
check_head(struct status *s)
{
	const struct cohort *c;
	uint64_t i, sum = 0;

	if (s->head->sum != head_sum(s->head))
		return damaged("the sum of its head");
	for (i = 0; i <= STATUS_ISSUER_MAX; i++)
		sum += s->rows[i].sum;
	if (sum != s->head->row_sum)
		return damaged("an issuer is missing");
	if (s->head->cohort_slots == 0)
		return 0;
	sum = 0;
	if (cohorts_open(s, s->head) == -1 || check_named(&s->cohorts) == -1)
		return -1;
	c = (const struct cohort *)s->cohorts.p;
	for (i = 0; i < s->head->cohort_slots; i++) {
		if (c[i].sum != cohort_sum(&c[i]))
			return damaged("the sum of a cohort");
		sum += c[i].sum;
	}
	return sum == s->head->cohort_sum ? 0 : damaged("a cohort is missing");
}

static int
check_ranges(const struct shelf *sh, const struct row *row)
{
	const struct range *r = (const struct range *)sh->ranges.p;
	uint64_t i, sum = 0;

	for (i = 0; i < row->ranges; i++) {
		if (r[i].sum != range_sum(&r[i]))
			return damaged("the sum of a range");
		sum += r[i].sum;
	}
	return sum == row->range_sum ? 0 : damaged("a range is missing");
}

/* What has no leaves of its own. */
static int
check_start(struct status *s, uint32_t issuer)
{
	const struct row *row = &s->rows[issuer];
	const struct shelf *sh;

	if (issuer == 0 && check_head(s) == -1)
		return -1;
	if (row->sum == 0 && row->size == 0)
		return 0; /* nobody's; one that was lost misses in the head */
	if (row->sum != row_sum(row))
		return damaged("the sum of an issuer's row");
	if (row->size == 0)
		return 0;
	if ((sh = shelf_open(s, issuer, row)) == NULL || check_shelf(sh) == -1)
		return -1;
	return check_ranges(sh, row);
}

static int
check_some(struct status *s, size_t octets)
{
	uint32_t issuers;
	const struct row *row;

	if (s->head == NULL)
		return damaged("there is none");
	if (check_named(&s->head_map) == -1)
		return -1;
	for (issuers = 0; issuers <= STATUS_ISSUER_MAX; issuers++) {
		row = &s->rows[s->at_issuer];
		if (s->at_leaf == 0 && check_start(s, s->at_issuer) == -1)
			return -1;
		for (; s->at_leaf < leaves_for(row->size); s->at_leaf++) {
			if (octets < LEAF)
				return 0;
			octets -= LEAF;
			if (leaf_check(&s->shelf[s->at_issuer], s->at_leaf) ==
			    -1)
				return -1;
		}
		s->at_issuer = (s->at_issuer + 1) % (STATUS_ISSUER_MAX + 1);
		s->at_leaf = 0;
	}
	return 0;
}

struct part {
	struct status *status;
	size_t octets;
	int rc;
};

static void
check_guarded(void *ctx)
{
	struct part *p = ctx;

	p->rc = check_some(p->status, p->octets);
}

int
status_check(struct status *s, size_t octets)
{
	struct part p = { .status = s, .octets = octets };

	return status_guard(s, check_guarded, &p) == -1 ? -1 : p.rc;
}
