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
#include "base/fault.h"
#include "revoke/status_file.h"

#define LOOK_MS 500 /* between looks whether the head is in its place */

static int
damaged(const char *what)
{
	return err_set(ERR_INTERNAL, "the status index is damaged: %s", what);
}

int
status_busy(void)
{
	return err_set(
	    ERR_BUSY, "the status index is being built; try again later");
}

void
status_close_files(struct status *s)
{
	uint32_t i;

	for (i = 0; i < s->shelves; i++)
		if (s->shelf[i].opened)
			shelf_close(&s->shelf[i]);
	s->shelves = 0;
	mapped_close(&s->cohorts);
	mapped_close(&s->head_map);
	s->head = NULL;
	s->rows = NULL;
}

int
head_open(struct status *s)
{
	if (mapped_open(&s->head_map, status_path(s, "head"), s->writer) == -1)
		return err_kind() == ERR_ABSENT ? status_busy() : -1;
	if (s->head_map.n < HEAD_SIZE ||
	    memcmp(s->head_map.p, HEAD_MAGIC, 8) != 0) {
		mapped_close(&s->head_map);
		return status_busy(); /* not finished, or of another version */
	}
	s->head = (struct head *)s->head_map.p;
	s->rows = (struct row *)(s->head_map.p + HEAD_ROWS);
	return 0;
}

/*
 * A reader lets go of all, where a file was cut short while it read, and maps
 * what they are by then the next time.
 */
int
status_guard(struct status *s, void (*reads)(void *), void *ctx)
{
	if (fault_guard(reads, ctx))
		return 0;
	if (!s->writer)
		status_close_files(s);
	return err_set(s->writer ? ERR_INTERNAL : ERR_BUSY,
	    "a file of the status index was cut short while it was read");
}

static void
open_it(void *ctx)
{
	struct status *s = ctx;

	(void)head_open(s);
}

struct status *
status_open_reader(const char *folder)
{
	struct status *s = xcalloc(1, sizeof(*s));

	s->folder = xstrdup(folder);
	s->shelf = xcalloc(STATUS_ISSUER_MAX + 1, sizeof(*s->shelf));
	s->lock = -1;
	if (fault_catch() == -1 || status_guard(s, open_it, s) == -1 ||
	    s->head == NULL) {
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
int
head_follow(struct status *s)
{
	if (head_is_told(s))
		return 0;
	if (s->writer)
		return status_busy();
	status_close_files(s);
	return head_open(s);
}

/* Not one of earlier, which lacks what this reader was told already. */
static int
view_is_news(struct status *s, const struct view *v)
{
	if (v->head.last_event < s->seen)
		return err_set(ERR_BUSY,
		    "the status index knows event %llu, and knew %llu",
		    (unsigned long long)v->head.last_event,
		    (unsigned long long)s->seen);
	s->seen = v->head.last_event;
	return 0;
}

int
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
	return s->writer ? 0 : view_is_news(s, v);
}

bool
view_holds(const struct status *s, const struct view *v)
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

int
look_up(struct status *s, const struct view *v, uint32_t issuer, uint64_t index,
    struct status_answer *a)
{
	const struct shelf *sh;
	const struct range *found;
	struct range r;

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
	found = range_find(
	    (const struct range *)sh->ranges.p, v->row.ranges, index);
	if (found == NULL)
		return damaged("a certificate in no range");
	memcpy(&r, found, sizeof(r)); /* it may be another a moment later */
	if (r.sum != range_sum(&r))
		return damaged("a certificate in no range");
	return cohorts_join(s, &v->head, &r, issuer, a);
}
