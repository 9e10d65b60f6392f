/*
 * Opening the status index for writing, judging whether what is there can be
 * trusted, and closing it so that it can be.
 */

#include <sys/file.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fault.h"
#include "base/io.h"
#include "base/log.h"
#include "revoke/status_file.h"

static void
boot_id(char id[40])
{
	struct buf b = BUF_EMPTY;

	memset(id, 0, 40);
	if (io_read_file("/proc/sys/kernel/random/boot_id", 64, &b) == 0)
		memcpy(id, b.p, b.n < 39 ? b.n : 39);
	buf_free(&b);
}

static bool
starts(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

static bool
is_ours(const char *name)
{
	const char *dot = strchr(name, '.');

	return strcmp(name, "head") == 0 || starts(name, "cohorts.") ||
	    (dot != NULL && name[0] >= '0' && name[0] <= '9' &&
		(strcmp(dot, ".state") == 0 || strcmp(dot, ".leaves") == 0 ||
		    strcmp(dot, ".ranges") == 0 || starts(dot, ".times")));
}

static int
remove_files(struct status *s)
{
	struct dirent *e;
	char *path;
	DIR *d;

	if ((d = opendir(s->folder)) == NULL)
		return err_set(ERR_INTERNAL, "could not list %s", s->folder);
	while ((e = readdir(d)) != NULL)
		if (is_ours(e->d_name)) {
			path = status_path(s, "%.60s", e->d_name);
			(void)unlink(path);
			free(path);
		}
	(void)closedir(d);
	return 0;
}

static void
retire(void *ctx)
{
	struct status *s = ctx;

	atomic_fetch_or(&s->head->seq, 1);
	s->head->phase = HEAD_RETIRED;
}

/* Readers of the old files let go of them; then there is a new, empty head. */
int
status_rebuild(struct status *s)
{
	if (s->head != NULL) /* where it is gone, nobody reads it */
		(void)status_guard(s, retire, s);
	status_close_files(s);
	s->at_issuer = 0;
	s->at_leaf = 0;
	if (remove_files(s) == -1 ||
	    mapped_open(&s->head_map, status_path(s, "head"), true) == -1 ||
	    mapped_grow(&s->head_map, HEAD_SIZE) == -1)
		return -1;
	s->head = (struct head *)s->head_map.p;
	s->rows = (struct row *)(s->head_map.p + HEAD_ROWS);
	s->head->phase = HEAD_BUILDING;
	/* another number than any that readers have seen */
	s->head->placed = (uint64_t)clock_now() << 20;
	boot_id(s->head->boot);
	memcpy(s->head->magic, HEAD_MAGIC, sizeof(s->head->magic));
	s->head->sum = head_sum(s->head);
	return 0;
}

/* NULL, or why these files cannot be written on. */
static const char *
distrust(struct status *s)
{
	char boot[40];
	uint64_t sum = 0;
	uint32_t i;

	boot_id(boot);
	if (s->head->phase == HEAD_RETIRED)
		return "it was given up";
	if (s->head->seq & 1)
		return "its writer died while it applied an event";
	if (!s->head->clean && memcmp(boot, s->head->boot, 40) != 0)
		return "the machine went down without making it durable";
	if (s->head->sum != head_sum(s->head))
		return "its head is damaged";
	if (s->head->cohort_slots != 0 && cohorts_open(s, s->head) == -1)
		return "its cohorts are damaged";
	for (i = 0; i <= STATUS_ISSUER_MAX; i++) {
		if (s->rows[i].sum != row_sum(&s->rows[i]))
			return "an issuer's row is damaged";
		sum += s->rows[i].sum;
		if (s->rows[i].size != 0 &&
		    shelf_open(s, i, &s->rows[i]) == NULL)
			return "an issuer's files are damaged";
	}
	if (sum != s->head->row_sum)
		return "an issuer is missing";
	return NULL;
}

struct judged {
	struct status *status;
	const char *why; /* they cannot be written on */
};

static void
judge(void *ctx)
{
	struct judged *j = ctx;

	j->why = distrust(j->status);
}

static int
open_or_rebuild(struct status *s)
{
	struct judged j = { .status = s };
	const char *why;

	if (head_open(s) == -1)
		return err_kind() == ERR_BUSY ? status_rebuild(s) : -1;
	why = status_guard(s, judge, &j) == -1 ? err_text() : j.why;
	if (why != NULL) {
		log_write(LOG_WARN, "the status index in %s is rebuilt: %s",
		    s->folder, why);
		return status_rebuild(s);
	}
	s->head->clean = 0;
	boot_id(s->head->boot);
	return mapped_sync(&s->head_map);
}

/* A torn one is begun again: it can only know too little. */
static int
open_told(struct status *s)
{
	if (mapped_open(&s->told_map, status_path(s, "told"), true) == -1 ||
	    mapped_grow(&s->told_map, sizeof(*s->told)) == -1)
		return -1;
	s->told = (struct told *)s->told_map.p;
	if (s->told->check != ~s->told->last)
		*s->told = (struct told){ 0, ~UINT64_C(0) };
	return 0;
}

uint64_t
status_told(struct status *s)
{
	uint64_t last = s->head->last_event;

	return s->told->last > last ? s->told->last : last;
}

struct status *
status_open_writer(const char *folder)
{
	struct status *s = xcalloc(1, sizeof(*s));
	char *path;

	s->folder = xstrdup(folder);
	s->shelf = xcalloc(STATUS_ISSUER_MAX + 1, sizeof(*s->shelf));
	s->writer = true;
	path = status_path(s, "lock");
	s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	free(path);
	if (s->lock == -1) {
		err_set(ERR_INTERNAL, "could not open %s/lock", folder);
		goto fail;
	}
	if (flock(s->lock, LOCK_EX | LOCK_NB) == -1) {
		err_set(ERR_CONFLICT,
		    "the status index in %s has a writer already", folder);
		goto fail;
	}
	if (fault_catch() == -1 || open_told(s) == -1 ||
	    open_or_rebuild(s) == -1)
		goto fail;
	return s;
fail:
	status_close(s);
	return NULL;
}

static int
sync_all(struct status *s)
{
	uint32_t i;

	for (i = 0; i < s->shelves; i++)
		if (s->shelf[i].opened &&
		    (mapped_sync(&s->shelf[i].state) == -1 ||
			mapped_sync(&s->shelf[i].leaves) == -1 ||
			mapped_sync(&s->shelf[i].times) == -1 ||
			mapped_sync(&s->shelf[i].ranges) == -1))
			return -1;
	if (mapped_sync(&s->told_map) == -1 || mapped_sync(&s->cohorts) == -1 ||
	    mapped_sync(&s->head_map) == -1)
		return -1;
	s->head->clean = 1;
	return mapped_sync(&s->head_map);
}

void
status_free(struct status *s)
{
	if (s == NULL)
		return;
	if (s->writer && s->head != NULL && sync_all(s) == -1)
		log_err("make the status index durable");
	status_close(s);
}

void
status_set_checked(struct status *s, int64_t when)
{
	s->head->checked = when;
	s->head->phase = HEAD_SERVING;
}

void
status_set_leapt(struct status *s, int64_t seconds)
{
	if (s->head != NULL)
		s->head->leapt = seconds;
}

void
status_set_placed(struct status *s)
{
	atomic_fetch_add(&s->head->placed, 1);
}
