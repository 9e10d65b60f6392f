/*
 * Reading the status index: a consistent answer from files that somebody else
 * may be writing.
 */

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "revoke/status_file.h"

/* How long a reader waits for a writer: an event takes microseconds. */
#define PATIENCE_USEC 50000
#define NAP_USEC      100
#define LOOK_MS	      500 /* between looks whether the head is in its place */

static int
damaged(const char *what)
{
	return err_set(ERR_INTERNAL, "the status index is damaged: %s", what);
}

static int
busy(void)
{
	return err_set(
	    ERR_BUSY, "the status index is being built; try again later");
}

void
status_close_files(struct status *s)
{
	uint32_t i;

	for (i = 0; i <= STATUS_ISSUER_MAX; i++)
		if (s->shelf[i].opened)
			shelf_close(&s->shelf[i]);
	mapped_close(&s->cohorts);
	mapped_close(&s->head_map);
	s->head = NULL;
	s->rows = NULL;
}

int
head_open(struct status *s)
{
	if (mapped_open(&s->head_map, status_path(s, "head"), s->writer) == -1)
		return err_kind() == ERR_ABSENT ? busy() : -1;
	if (s->head_map.n < HEAD_SIZE ||
	    memcmp(s->head_map.p, HEAD_MAGIC, 8) != 0) {
		mapped_close(&s->head_map);
		return busy(); /* not finished, or of another version */
	}
	s->head = (struct head *)s->head_map.p;
	s->rows = (struct row *)(s->head_map.p + HEAD_ROWS);
	return 0;
}

struct status *
status_open_reader(const char *folder)
{
	struct status *s = xcalloc(1, sizeof(*s));

	s->folder = xstrdup(folder);
	s->shelf = xcalloc(STATUS_ISSUER_MAX + 1, sizeof(*s->shelf));
	s->lock = -1;
	if (head_open(s) == -1) {
		status_close(s);
		return NULL;
	}
	return s;
}

/* Of a writer, status_write.c has made things durable before. */
void
status_close(struct status *s)
{
	status_close_files(s);
	mapped_close(&s->told_map);
	if (s->lock != -1)
		(void)close(s->lock);
	free(s->shelf);
	free(s->folder);
	free(s);
}

/*
 * Is this head the one that a writer tells?  One that was lost or damaged is
 * replaced without a word in it, so ask the folder, too, now and then: what
 * stays behind here would be good for ever.
 */
static bool
head_is_told(struct status *s)
{
	int64_t now;

	if (s->head == NULL || s->head->phase == HEAD_RETIRED)
		return false;
	if (s->writer || (now = clock_ms()) - s->looked < LOOK_MS)
		return true;
	if (!mapped_is_named(&s->head_map))
		return false;
	s->looked = now;
	return true;
}

/* A rebuilt index is another file: let go of the old one. */
static int
head_follow(struct status *s)
{
	if (head_is_told(s))
		return 0;
	if (s->writer)
		return busy();
	status_close_files(s);
	return head_open(s);
}

/* What a reading of one moment needs. */
struct view {
	uint64_t seq;
	struct head head;
	struct row row;
};

/* 1: the writer is at it. */
static int
view_start(struct status *s, uint32_t issuer, struct view *v)
{
	v->seq = atomic_load_explicit(&s->head->seq, memory_order_acquire);
	if (v->seq & 1)
		return 1;
	memcpy(&v->head, s->head, offsetof(struct head, seq));
	memcpy(&v->row, &s->rows[issuer], sizeof(v->row));
	atomic_thread_fence(memory_order_acquire);
	if (atomic_load_explicit(&s->head->seq, memory_order_relaxed) != v->seq)
		return 1;
	if (v->head.sum != head_sum(&v->head) || v->row.sum != row_sum(&v->row))
		return damaged("the sum of its head");
	return 0;
}

static bool
view_holds(struct status *s, const struct view *v)
{
	atomic_thread_fence(memory_order_acquire);
	return atomic_load_explicit(&s->head->seq, memory_order_relaxed) ==
	    v->seq;
}

static int
add_own(const struct shelf *sh, uint64_t index, struct status_answer *a)
{
	uint32_t when;

	if (octet_check(sh, index) == -1 ||
	    octet_read(sh->state.p[index], &a->state, &a->reason) == -1)
		return -1;
	if (a->state != STATUS_HOLD && a->state != STATUS_REVOKED)
		return 0;
	if (moment_get(sh, index, &when) == -1)
		return -1;
	a->when = when;
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
add_revocations(struct status *s, const struct view *v, const struct range *r,
    uint32_t issuer, struct status_answer *a)
{
	int64_t since = a->state == STATUS_GOOD ? INT64_MAX : a->when;
	const struct cohort *c, *best = NULL;
	int kind;

	for (kind = 0; kind < COHORT_KINDS; kind++) {
		c = cohort_find((const struct cohort *)s->cohorts.p,
		    v->head.cohort_slots, (enum cohort_kind)kind,
		    cohort_of(r, issuer, kind), COHORT_REVOKED, &since);
		if (c != NULL && (best == NULL || cohort_before(c, best)))
			best = c;
	}
	if (best == NULL)
		return;
	if (a->state != STATUS_REVOKED ||
	    (a->reason != 1 && (best->reason == 1 || best->since < a->when)))
		take(a, best, STATUS_REVOKED);
	a->when = since;
}

/* A hold of any cohort counts, unless the certificate is revoked for good. */
static void
add_holds(struct status *s, const struct view *v, const struct range *r,
    uint32_t issuer, struct status_answer *a)
{
	const struct cohort *c;
	int kind;

	for (kind = 0; kind < COHORT_KINDS; kind++) {
		c = cohort_find((const struct cohort *)s->cohorts.p,
		    v->head.cohort_slots, (enum cohort_kind)kind,
		    cohort_of(r, issuer, kind), COHORT_HELD, NULL);
		if (c != NULL &&
		    (a->state != STATUS_HOLD || c->since < a->when))
			take(a, c, STATUS_HOLD);
	}
}

static int
look_up(struct status *s, const struct view *v, uint32_t issuer, uint64_t index,
    struct status_answer *a)
{
	const struct shelf *sh;
	const struct range *r;

	memset(a, 0, sizeof(*a));
	if (index >= v->row.size)
		return 0;
	if ((sh = shelf_open(s, issuer, &v->row)) == NULL)
		return -1;
	if (add_own(sh, index, a) == -1)
		return -1;
	if (a->state == STATUS_NEVER || a->state == STATUS_VOID ||
	    v->head.cohorts_on == 0)
		return 0;
	if (cohorts_open(s, &v->head) == -1)
		return -1;
	r = range_find(
	    (const struct range *)sh->ranges.p, v->row.ranges, index);
	if (r == NULL || r->sum != range_sum(r))
		return damaged("a certificate in no range");
	add_revocations(s, v, r, issuer, a);
	if (a->state != STATUS_REVOKED)
		add_holds(s, v, r, issuer, a);
	return 0;
}

/* While it is withheld, what is revoked is; nothing is good. */
static int
may_say(const struct status *s, const struct status_answer *a)
{
	if (s->head->phase != HEAD_WITHHELD || a->state == STATUS_REVOKED ||
	    a->state == STATUS_HOLD)
		return 0;
	return err_set(ERR_BUSY,
	    "the database was restored to an earlier "
	    "moment: nothing is said to be good");
}

int
status_get(
    struct status *s, uint32_t issuer, uint64_t index, struct status_answer *a)
{
	struct view v;
	unsigned waited;
	int rc;

	memset(a, 0, sizeof(*a));
	if (issuer > STATUS_ISSUER_MAX)
		return 0;
	for (waited = 0; waited < PATIENCE_USEC; waited += NAP_USEC) {
		if (head_follow(s) == -1)
			return -1;
		if (s->head->phase == HEAD_BUILDING)
			return busy();
		if ((rc = view_start(s, issuer, &v)) == -1)
			return -1;
		if (rc == 0) {
			rc = look_up(s, &v, issuer, index, a);
			if (view_holds(s, &v))
				return rc == 0 ? may_say(s, a) : rc;
		}
		(void)usleep(NAP_USEC);
	}
	return err_set(ERR_BUSY, "the status index is being written");
}

const char *
status_cohort_name(enum cohort_kind kind)
{
	static const char *const names[COHORT_KINDS] = { "lot", "model", "site",
		"organisation", "hardware_platform", "issuer" };

	return names[kind];
}

bool
status_cohorts(struct status *s, uint32_t issuer, uint64_t index,
    uint64_t cohort[COHORT_OF_RANGE])
{
	const struct shelf *sh;
	const struct range *r;
	struct range copy;
	struct view v;
	unsigned waited;
	int rc;

	if (issuer > STATUS_ISSUER_MAX || head_follow(s) == -1)
		return false;
	for (waited = 0; waited < PATIENCE_USEC; waited += NAP_USEC) {
		if ((rc = view_start(s, issuer, &v)) == -1)
			return false;
		if (rc == 0) {
			sh = shelf_open(s, issuer, &v.row);
			r = sh == NULL
			    ? NULL
			    : range_find((const struct range *)sh->ranges.p,
				  v.row.ranges, index);
			if (r != NULL)
				copy = *r;
			if (view_holds(s, &v)) {
				if (r != NULL)
					memcpy(cohort, copy.cohort,
					    sizeof(copy.cohort));
				return r != NULL;
			}
		}
		(void)usleep(NAP_USEC);
	}
	return false;
}

uint64_t
status_last_event(struct status *s)
{
	return head_follow(s) == -1 ? 0 : s->head->last_event;
}

int64_t
status_checked(struct status *s)
{
	if (head_follow(s) == -1 || s->head->phase != HEAD_SERVING)
		return 0;
	return s->head->checked;
}

int64_t
status_leapt(struct status *s)
{
	return s->head == NULL ? 0 : s->head->leapt; /* of whichever */
}

uint64_t
status_placed(struct status *s)
{
	return head_follow(s) == -1 ? 0 : s->head->placed;
}

uint32_t
status_issuer_after(struct status *s, uint32_t issuer)
{
	if (head_follow(s) == -1)
		return 0;
	while (issuer++ < STATUS_ISSUER_MAX)
		if (s->rows[issuer].size != 0)
			return issuer;
	return 0;
}
