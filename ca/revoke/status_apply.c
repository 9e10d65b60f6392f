/*
 * Applying events to the status index, one after the other.  What an event
 * needs of disk is made ready first; then it is applied between two steps of
 * the head's sequence number, so that a reader sees all of it or nothing, and a
 * crash in between leaves the number odd for the next writer to find.
 */

#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "revoke/status_file.h"

static bool
is_of_cohort(const struct status_event *e)
{
	return e->kind == EVENT_COHORT_HELD ||
	    e->kind == EVENT_COHORT_RELEASED || e->kind == EVENT_COHORT_REVOKED;
}

static int
check(const struct status *s, const struct status_event *e)
{
	uint8_t octet;

	if (e->kind == EVENT_RESTORED)
		return 0; /* those before it are lost (follow.c) */
	if (e->id != s->head->last_event + 1)
		return err_set(ERR_CONFLICT,
		    "status event %llu came after %llu: some are missing",
		    (unsigned long long)e->id,
		    (unsigned long long)s->head->last_event);
	if (is_of_cohort(e)) {
		if (e->cohort_id == 0 ||
		    (unsigned)e->cohort_kind >= COHORT_KINDS)
			return err_set(
			    ERR_INPUT, "a cohort event without its cohort");
		return e->kind == EVENT_COHORT_REVOKED
		    ? octet_of_reason(e->reason, &octet)
		    : 0;
	}
	if (e->issuer == 0 || e->issuer > STATUS_ISSUER_MAX || e->count == 0 ||
	    e->count > STATUS_INDEX_MAX ||
	    e->first > STATUS_INDEX_MAX - e->count)
		return err_set(
		    ERR_INPUT, "a status event for no possible certificate");
	if (e->kind == EVENT_REVOKED)
		return octet_of_reason(e->reason, &octet);
	return 0;
}

/* Tables grow into a new file, which one step of the sequence makes theirs. */
static int
table_start(struct mapped *fresh, char *path, size_t octets)
{
	(void)unlink(path);
	if (mapped_open(fresh, path, true) == -1)
		return -1;
	if (mapped_grow(fresh, octets) == -1) {
		mapped_close(fresh);
		return -1;
	}
	return 0;
}

static void
table_replace(struct mapped *old, const struct mapped *fresh)
{
	if (old->path != NULL)
		(void)unlink(old->path);
	mapped_close(old);
	*old = *fresh;
}

static uint64_t
slots_for(uint64_t slots, uint64_t used)
{
	slots = slots != 0 ? slots : 64;
	while (slots * 7 / 10 < used)
		slots *= 2;
	return slots;
}

static int
cohorts_grow(struct status *s)
{
	struct head *h = s->head;
	const struct cohort *old = (const struct cohort *)s->cohorts.p;
	uint64_t slots = slots_for(h->cohort_slots, h->cohort_used + 1), i;
	static const struct cohort none;
	struct cohort *table;
	struct mapped fresh;

	if (slots == h->cohort_slots)
		return 0;
	if (slots > COHORT_SLOTS_MAX)
		return err_set(ERR_INTERNAL, "there are too many cohorts");
	if (table_start(&fresh,
		status_path(
		    s, "cohorts.%llu", (unsigned long long)h->cohort_file + 1),
		slots * sizeof(struct cohort)) == -1)
		return -1;
	table = (struct cohort *)fresh.p;
	for (i = 0; i < slots; i++)
		table[i].sum = cohort_sum(&none);
	for (i = 0; i < h->cohort_slots; i++)
		if (old[i].id != 0)
			*cohort_slot(table, slots,
			    (enum cohort_kind)old[i].kind, old[i].id,
			    old[i].measure) = old[i];
	atomic_fetch_add(&h->seq, 1);
	h->cohort_sum += (slots - h->cohort_slots) * cohort_sum(&none);
	h->cohort_slots = slots;
	h->cohort_file++;
	h->sum = head_sum(h);
	atomic_fetch_add(&h->seq, 1);
	table_replace(&s->cohorts, &fresh);
	s->cohort_file = h->cohort_file;
	return 0;
}

/* Some room ahead, so that growth is rare: a sixteenth, at least a page. */
static int
grow(struct mapped *m, uint64_t need)
{
	if (need <= m->n)
		return 0;
	return mapped_grow(
	    m, (size_t)((need + need / 16 + 4096) & ~(uint64_t)4095));
}

/* Revoked is final, whatever comes after it. */
static enum cohort_on
cohort_next(const struct cohort *c, enum event_kind kind)
{
	if (kind == EVENT_COHORT_REVOKED || c->on == COHORT_REVOKED)
		return COHORT_REVOKED;
	return kind == EVENT_COHORT_HELD ? COHORT_HELD : COHORT_FREE;
}

/*
 * Twice without a measure, by a CoC's withdrawal and by what a restore puts
 * back: both count, as if each had a slot of its own.
 */
static void
revoke_again(struct cohort *c, const struct status_event *e)
{
	const struct cohort one = {
		.since = e->at, .event = e->id, .reason = (uint64_t)e->reason
	};
	int64_t since = e->at < c->since ? e->at : c->since;

	if (cohort_before(&one, c)) {
		c->reason = one.reason;
		c->event = one.event;
	}
	c->since = since;
}

static int
apply_to_cohort(struct status *s, struct head *h, const struct status_event *e)
{
	enum cohort_on next;
	struct cohort *c;

	c = cohort_slot((struct cohort *)s->cohorts.p, h->cohort_slots,
	    e->cohort_kind, e->cohort_id, e->measure);
	if (c == NULL)
		return err_set(ERR_INTERNAL, "the table of cohorts is full");
	if (c->id == 0)
		h->cohort_used++;
	next = cohort_next(c, e->kind);
	h->cohorts_on += (next != COHORT_FREE) - (c->on != COHORT_FREE);
	if (next != c->on && next != COHORT_FREE) {
		c->since = e->at;
		c->event = e->id;
		c->reason = (uint64_t)e->reason;
	} else if (e->kind == EVENT_COHORT_REVOKED)
		revoke_again(c, e);
	c->id = e->cohort_id;
	c->kind = e->cohort_kind;
	c->measure = e->measure;
	c->on = next;
	h->cohort_sum -= c->sum;
	c->sum = cohort_sum(c);
	h->cohort_sum += c->sum;
	return 0;
}

static bool
same_cohorts(const struct range *r, const struct status_event *e)
{
	return memcmp(r->cohort, e->cohort, sizeof(r->cohort)) == 0;
}

/*
 * Ranges stay sorted and never overlap; one that continues its neighbour is
 * joined to it, so certificates issued one by one need no range each.
 */
static int
add_range(struct shelf *sh, struct row *row, const struct status_event *e)
{
	struct range *r = (struct range *)sh->ranges.p;
	uint64_t at = row->ranges;

	while (at > 0 && r[at - 1].first > e->first)
		at--;
	if ((at > 0 && e->first - r[at - 1].first < r[at - 1].count) ||
	    (at < row->ranges && r[at].first - e->first < e->count))
		return err_set(ERR_CONFLICT,
		    "status event %llu issues certificates once more",
		    (unsigned long long)e->id);
	if (at > 0 && r[at - 1].first + r[at - 1].count == e->first &&
	    same_cohorts(&r[at - 1], e)) {
		row->range_sum -= r[at - 1].sum;
		r[at - 1].count += e->count;
		r[at - 1].sum = range_sum(&r[at - 1]);
		row->range_sum += r[at - 1].sum;
		return 0;
	}
	memmove(&r[at + 1], &r[at], (row->ranges - at) * sizeof(*r));
	r[at].first = e->first;
	r[at].count = e->count;
	memcpy(r[at].cohort, e->cohort, sizeof(r[at].cohort));
	r[at].sum = range_sum(&r[at]);
	row->ranges++;
	row->range_sum += r[at].sum;
	return 0;
}

/*
 * Domain rules once more: revoked is final (a reason may change), void is never
 * issued, and only what is held is released.  A revocation of a held one counts
 * from the time of the hold.
 */
static void
apply_to_one(struct shelf *sh, struct row *row, uint64_t index,
    const struct status_event *e)
{
	uint8_t octet = sh->state.p[index];
	bool revoked = octet != OCTET_NEVER && octet != OCTET_GOOD &&
	    octet != OCTET_HOLD && octet != OCTET_VOID;

	switch (e->kind) {
	case EVENT_REVOKED:
		moment_put(sh, row, index, (uint32_t)e->at,
		    revoked || octet == OCTET_HOLD);
		(void)octet_of_reason(e->reason, &octet);
		break;
	case EVENT_HELD:
		if (octet != OCTET_GOOD)
			return;
		moment_put(sh, row, index, (uint32_t)e->at, false);
		octet = OCTET_HOLD;
		break;
	case EVENT_RELEASED:
		if (octet != OCTET_HOLD)
			return;
		octet = OCTET_GOOD;
		break;
	default:
		return;
	}
	octet_put(sh, index, octet);
}

/* Everything that can fail, before a reader can see any of it. */
static int
make_ready(struct status *s, const struct status_event *e)
{
	struct row *row = &s->rows[e->issuer];
	size_t need = (row->ranges + 1) * sizeof(struct range);
	struct shelf *sh;

	if (e->kind == EVENT_RESTORED)
		return 0;
	if (is_of_cohort(e))
		return cohorts_grow(s);
	if ((sh = shelf_open(s, e->issuer, row)) == NULL)
		return -1;
	if (grow(&sh->state, e->first + e->count) == -1 ||
	    grow(&sh->leaves,
		leaves_for(e->first + e->count) * sizeof(struct leaf)) == -1)
		return -1;
	if (e->kind == EVENT_ISSUED)
		return grow(&sh->ranges, need);
	if (e->kind == EVENT_REVOKED || e->kind == EVENT_HELD)
		return grow(
		    &sh->times, row->times_used + moments_need(e->count));
	return 0;
}

static int
apply(struct status *s, const struct status_event *e, struct head *h,
    struct row *row)
{
	struct shelf *sh = &s->shelf[e->issuer];
	uint64_t i;

	if (e->kind == EVENT_RESTORED)
		return 0;
	if (is_of_cohort(e))
		return apply_to_cohort(s, h, e);
	if (e->kind == EVENT_ISSUED && add_range(sh, row, e) == -1)
		return -1;
	if (row->size < e->first + e->count)
		row->size = e->first + e->count;
	if (e->kind == EVENT_ISSUED || e->kind == EVENT_VOID) {
		octets_fill(sh, e->first, e->count,
		    e->kind == EVENT_ISSUED ? OCTET_GOOD : OCTET_VOID);
		return 0;
	}
	for (i = e->first; i < e->first + e->count; i++)
		apply_to_one(sh, row, i, e);
	return 0;
}

int
status_apply(struct status *s, const struct status_event *e)
{
	uint32_t issuer =
	    is_of_cohort(e) || e->kind == EVENT_RESTORED ? 0 : e->issuer;
	struct head h;
	struct row row;
	int rc;

	if (e->id <= s->head->last_event)
		return 0;
	if (check(s, e) == -1 || make_ready(s, e) == -1)
		return -1;
	memcpy(&h, s->head, sizeof(h));
	row = s->rows[issuer];

	atomic_fetch_add(&s->head->seq, 1);
	if ((rc = apply(s, e, &h, &row)) == 0) {
		h.last_event = e->id;
		h.row_sum -= row.sum;
		row.sum = row_sum(&row);
		h.row_sum += row.sum;
		h.sum = head_sum(&h);
		s->rows[issuer] = row;
		memcpy(s->head, &h, offsetof(struct head, seq));
	}
	atomic_fetch_add(&s->head->seq, 1);
	if (rc == 0 && s->told->last < e->id)
		*s->told = (struct told){ e->id, ~e->id };
	return rc;
}

/* Where the certificate of this event is; NULL: it is not of one that is there.
 */
static struct shelf *
shelf_of(const struct status *s, const struct status_event *e)
{
	struct shelf *sh;

	if (is_of_cohort(e) || e->issuer > STATUS_ISSUER_MAX)
		return NULL;
	sh = &s->shelf[e->issuer];
	return e->first < sh->state.n &&
		(e->first / LEAF + 1) * sizeof(struct leaf) <= sh->leaves.n
	    ? sh
	    : NULL;
}

void
status_expect(const struct status *s, const struct status_event *e, int n)
{
	const struct shelf *sh;
	int i;

	for (i = 0; i < n; i++)
		if ((sh = shelf_of(s, &e[i])) != NULL) {
			__builtin_prefetch(sh->state.p + e[i].first, 1);
			__builtin_prefetch(
			    (struct leaf *)sh->leaves.p + e[i].first / LEAF, 1);
		}
	for (i = 0; i < n; i++)
		if ((sh = shelf_of(s, &e[i])) != NULL)
			moment_expect(sh, e[i].first);
}
