/*
 * What readers ask of the status index.  Its files may be cut short at any
 * moment by whoever writes them: each question is guarded.
 */

#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "revoke/status_file.h"

/* How long a reader waits for a writer: an event takes microseconds. */
#define PATIENCE_USEC 50000
#define NAP_USEC      100

struct question {
	struct status *status;
	uint32_t issuer;
	uint64_t index;
	int rc;
	struct status_answer *answer;
	struct range range;
	int64_t number;
};

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

static int
get(struct status *s, struct question *q)
{
	struct view v;
	unsigned waited;
	int rc;

	for (waited = 0; waited < PATIENCE_USEC; waited += NAP_USEC) {
		if (head_follow(s) == -1)
			return -1;
		if (s->head->phase == HEAD_BUILDING)
			return status_busy();
		if ((rc = view_start(s, q->issuer, &v)) == -1)
			return -1;
		if (rc == 0) {
			rc = look_up(s, &v, q->issuer, q->index, q->answer);
			if (view_holds(s, &v))
				return rc == 0 ? may_say(s, q->answer) : rc;
		}
		(void)usleep(NAP_USEC);
	}
	return err_set(ERR_BUSY, "the status index is being written");
}

static void
get_guarded(void *ctx)
{
	struct question *q = ctx;

	q->rc = get(q->status, q);
}

int
status_get(
    struct status *s, uint32_t issuer, uint64_t index, struct status_answer *a)
{
	struct question q;

	memset(a, 0, sizeof(*a));
	if (issuer > STATUS_ISSUER_MAX)
		return 0;
	q.status = s;
	q.issuer = issuer;
	q.index = index;
	q.answer = a;
	return status_guard(s, get_guarded, &q) == -1 ? -1 : q.rc;
}

const char *
status_cohort_name(enum cohort_kind kind)
{
	static const char *const names[COHORT_KINDS] = { "lot", "model", "site",
		"organisation", "hardware_platform", "issuer" };

	return names[kind];
}

static int
get_range(struct status *s, struct question *q)
{
	const struct shelf *sh;
	const struct range *r;
	struct view v;
	unsigned waited;
	int rc;

	if (head_follow(s) == -1)
		return -1;
	for (waited = 0; waited < PATIENCE_USEC; waited += NAP_USEC) {
		if ((rc = view_start(s, q->issuer, &v)) == -1)
			return -1;
		if (rc == 0) {
			sh = shelf_open(s, q->issuer, &v.row);
			r = sh == NULL
			    ? NULL
			    : range_find((const struct range *)sh->ranges.p,
				  v.row.ranges, q->index);
			if (r != NULL)
				memcpy(&q->range, r, sizeof(q->range));
			if (view_holds(s, &v))
				return r != NULL ? 0 : -1;
		}
		(void)usleep(NAP_USEC);
	}
	return -1;
}

static void
get_range_guarded(void *ctx)
{
	struct question *q = ctx;

	q->rc = get_range(q->status, q);
}

bool
status_cohorts(struct status *s, uint32_t issuer, uint64_t index,
    uint64_t cohort[COHORT_OF_RANGE])
{
	struct question q = { .status = s, .issuer = issuer, .index = index };

	if (issuer > STATUS_ISSUER_MAX ||
	    status_guard(s, get_range_guarded, &q) == -1 || q.rc == -1)
		return false;
	memcpy(cohort, q.range.cohort, sizeof(q.range.cohort));
	return true;
}

/* ---- of the head */

/* What one of these reads; 0 where there is no index. */
static int64_t
number(struct status *s, uint32_t issuer, void (*read)(void *))
{
	struct question q = { .status = s, .issuer = issuer };

	return status_guard(s, read, &q) == -1 ? 0 : q.number;
}

static void
read_last_event(void *ctx)
{
	struct question *q = ctx;

	if (head_follow(q->status) == 0)
		q->number = (int64_t)q->status->head->last_event;
}

uint64_t
status_last_event(struct status *s)
{
	return (uint64_t)number(s, 0, read_last_event);
}

static void
read_checked(void *ctx)
{
	struct question *q = ctx;

	if (head_follow(q->status) == 0 &&
	    q->status->head->phase == HEAD_SERVING)
		q->number = q->status->head->checked;
}

int64_t
status_checked(struct status *s)
{
	return number(s, 0, read_checked);
}

static void
read_leapt(void *ctx)
{
	struct question *q = ctx;

	if (q->status->head != NULL) /* of whichever */
		q->number = q->status->head->leapt;
}

int64_t
status_leapt(struct status *s)
{
	return number(s, 0, read_leapt);
}

static void
read_placed(void *ctx)
{
	struct question *q = ctx;

	if (head_follow(q->status) == 0)
		q->number = (int64_t)q->status->head->placed;
}

uint64_t
status_placed(struct status *s)
{
	return (uint64_t)number(s, 0, read_placed);
}

static void
read_issuer_after(void *ctx)
{
	struct question *q = ctx;

	if (head_follow(q->status) == -1)
		return;
	while (q->issuer++ < STATUS_ISSUER_MAX)
		if (q->status->rows[q->issuer].size != 0) {
			q->number = q->issuer;
			return;
		}
}

uint32_t
status_issuer_after(struct status *s, uint32_t issuer)
{
	return (uint32_t)number(s, issuer, read_issuer_after);
}
