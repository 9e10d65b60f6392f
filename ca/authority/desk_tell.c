/*
 * Who waits at a desk hears of what was stored; who follows the status log, by
 * and by.
 */

#include <sys/epoll.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "authority/batch.h"
#include "authority/desk.h"
#include "authority/desk_inside.h"
#include "base/bell.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/stop.h"
#include "issue/told.h"

#define BELLS 256 /* of api processes on this machine */

/* Nobody's work waits for what follows the log: an event each time would have
 * it at work all the time. */
#define TELL_MS 50

static struct bell bells[BELLS]; /* a path that is "" was not used yet */
static int fd = -1;		 /* ours */
static int both = -1;		 /* that, or the wish that we end */
static int64_t tell_at;		 /* clock_ms(); 0: all is told */

/* ---- ours */

static int
watch(int what)
{
	struct epoll_event e = { .events = EPOLLIN };

	return what == -1 ? -1 : epoll_ctl(both, EPOLL_CTL_ADD, what, &e);
}

int
desk_bell_fd(struct authority *a)
{
	char path[INSTANCE_LINE_MAX];

	if (both != -1)
		return both;
	fd = bell_open(instance_line(&a->in, "authority", "bell", path));
	if (fd == -1)
		log_err("open a bell");
	both = epoll_create1(EPOLL_CLOEXEC);
	if (both == -1 || watch(stop_fd()) == -1)
		return stop_fd();
	(void)watch(fd);
	return both;
}

bool
desk_bell_rang(void)
{
	struct buf b = BUF_EMPTY;
	bool rang = fd != -1 && bell_hear(fd, &b);

	buf_free(&b); /* nothing is said there that anybody would read */
	return rang;
}

/* ---- theirs */

static struct bell *
bell_of(const struct authority *a, int64_t which)
{
	char name[16], path[INSTANCE_LINE_MAX];
	struct bell *b;

	if (which < 0 || which >= BELLS)
		return NULL;
	b = &bells[which];
	if (b->path[0] == '\0') {
		(void)snprintf(name, sizeof(name), "api-%d", (int)which);
		bell_name(b, instance_line(&a->in, name, "bell", path));
	}
	return b;
}

/* They look for themselves, then. */
static void
call(struct authority *a, const struct told *t)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_text(&args, t->lot);
	db_arg_int(&args, t->row);
	if (db_exec(a->db, "enrol_answered_do", &args) == -1)
		log_err("say that somebody has an answer");
}

/* Whole ones, as many at a time as a bell takes. */
static void
ring(struct authority *a, int64_t which, const struct told *told, int n)
{
	struct bell *b = bell_of(a, which);
	struct buf said = BUF_EMPTY, one = BUF_EMPTY;
	bool heard = b != NULL;
	int i;

	for (i = 0; i <= n && heard; i++) {
		buf_clear(&one);
		if (i < n)
			told_put(&one, &told[i]);
		if (said.n > 0 && (i == n || said.n + one.n > BELL_MOST)) {
			heard = bell_ring(b, buf_span(&said));
			buf_clear(&said);
		}
		buf_put_span(&said, buf_span(&one));
	}
	if (!heard)
		call(a, &told[n - 1]);
	buf_free(&said);
	buf_free(&one);
}

void
desk_tell(struct authority *a, const struct lot *l, const struct batch *b,
    struct db_rows *r, int from)
{
	struct told *told = xcalloc((size_t)b->good, sizeof(*told));
	bool done[BELLS] = { false };
	int64_t which;
	int i, j, n;

	for (i = 0; i < b->good; i++) {
		which = row_int(r, from + i, DESK_BELL);
		if (which < 0 || which >= BELLS || done[which])
			continue;
		done[which] = true;
		for (n = 0, j = i; j < b->good; j++) {
			if (row_int(r, from + j, DESK_BELL) != which)
				continue;
			(void)snprintf(
			    told[n].lot, sizeof(told[n].lot), "%s", l->number);
			told[n].row = b->rows[j].row;
			memcpy(
			    told[n].key, b->rows[j].csr.spki_sha256, HASH_SIZE);
			told[n++].certificate = buf_span(&b->made[j].der);
		}
		ring(a, which, told, n);
	}
	free(told);
	if (tell_at == 0)
		tell_at = clock_ms() + TELL_MS;
}

/* ---- those who follow the log */

int64_t
desk_tell_in(void)
{
	int64_t now = clock_ms();

	return tell_at == 0 ? INT64_MAX : tell_at > now ? tell_at - now : 0;
}

int
desk_tell_followers(struct authority *a)
{
	if (desk_tell_in() > 0)
		return 0;
	tell_at = 0;
	return db_exec(a->db, "enrol_told_do", NULL) == -1 ? -1 : 0;
}
