/*
 * The status index on disk: mapping its files, and finding things in them.
 * Everything read here may be under a writer's hands or damaged, so every
 * search is bounded by what is mapped.
 */

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/io.h"
#include "revoke/status_file.h"

/* Map the whole file, grown to at least n octets if we may. */
static int
map_all(struct mapped *m, size_t n)
{
	/* Not for ever, where its writer has laid a pipe, nor what only we can
	 * read, where it has laid a link. */
	int flags = O_NONBLOCK |
	    (m->writable ? O_RDWR | O_CREAT : O_RDONLY | O_NOFOLLOW);
	int fd, rc = -1;
	int prot = m->writable ? PROT_READ | PROT_WRITE : PROT_READ;
	struct stat st;
	void *p;

	if ((fd = open(m->path, flags | O_CLOEXEC,
		 0600 | io_group_may(m->path, 040))) == -1)
		return io_err("open", m->path);
	if (m->writable && n > m->n &&
	    (errno = posix_fallocate(fd, 0, (off_t)n)) != 0) {
		io_err("lengthen", m->path);
		goto out;
	}
	if (fstat(fd, &st) == -1) {
		io_err("examine", m->path);
		goto out;
	}
	if (!S_ISREG(st.st_mode)) {
		err_set(ERR_INPUT, "%s is no regular file", m->path);
		goto out;
	}
	if (st.st_size > 0) {
		p = mmap(NULL, (size_t)st.st_size, prot, MAP_SHARED, fd, 0);
		if (p == MAP_FAILED) {
			io_err("map", m->path);
			goto out;
		}
		if (m->p != NULL)
			(void)munmap(m->p, m->n);
		m->p = p;
		m->n = (size_t)st.st_size;
		m->device = st.st_dev;
		m->inode = st.st_ino;
	}
	rc = 0;
out:
	(void)close(fd);
	return rc;
}

int
mapped_open(struct mapped *m, char *path, bool writable)
{
	memset(m, 0, sizeof(*m));
	m->path = path;
	m->writable = writable;
	if (map_all(m, 0) == -1) {
		mapped_close(m);
		return -1;
	}
	return 0;
}

int
mapped_grow(struct mapped *m, size_t n)
{
	return n <= m->n ? 0 : map_all(m, n);
}

bool
mapped_is_named(const struct mapped *m)
{
	struct stat st;

	return lstat(m->path, &st) == 0 && st.st_dev == m->device &&
	    st.st_ino == m->inode && (uint64_t)st.st_size >= m->n;
}

/* The map has at least n octets, if the file has (reader). */
static int
mapped_follow(struct mapped *m, size_t n)
{
	if (n <= m->n)
		return 0;
	if (map_all(m, 0) == -1)
		return -1;
	if (n > m->n)
		return err_set(ERR_INTERNAL,
		    "the status index is damaged: a file is too short");
	return 0;
}

int
mapped_sync(struct mapped *m)
{
	if (m->p == NULL)
		return 0;
	if (msync(m->p, m->n, MS_SYNC) == -1)
		return io_err("make durable", m->path);
	return 0;
}

void
mapped_close(struct mapped *m)
{
	if (m->p != NULL)
		(void)munmap(m->p, m->n);
	free(m->path);
	memset(m, 0, sizeof(*m));
}

/* FNV-1a by words: finds torn and flipped ones, not forged ones. */
static uint64_t
sum_words(const void *p, size_t n)
{
	uint64_t sum = 14695981039346656037u, word;
	size_t i;

	for (i = 0; i + sizeof(word) <= n; i += sizeof(word)) {
		memcpy(&word, (const uint8_t *)p + i, sizeof(word));
		sum = (sum ^ word) * 1099511628211u;
		sum ^= sum >> 29;
	}
	return sum;
}

uint64_t
head_sum(const struct head *h)
{
	return sum_words(h, offsetof(struct head, sum));
}

/* A row of zeroes, an issuer not yet met, is its own sum. */
uint64_t
row_sum(const struct row *r)
{
	static const struct row none;

	return sum_words(r, offsetof(struct row, sum)) ^
	    sum_words(&none, offsetof(struct row, sum));
}

uint64_t
range_sum(const struct range *r)
{
	return sum_words(r, offsetof(struct range, sum));
}

/* A free slot has one, too: where a file was cut short are zeroes. */
uint64_t
cohort_sum(const struct cohort *c)
{
	return sum_words(c, offsetof(struct cohort, sum));
}

char *
status_path(const struct status *s, const char *fmt, ...)
{
	struct buf path = BUF_EMPTY;
	char name[64];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	buf_printf(&path, "%s/%s", s->folder, name);
	(void)buf_str(&path);
	return (char *)path.p;
}

void
shelf_close(struct shelf *sh)
{
	mapped_close(&sh->state);
	mapped_close(&sh->leaves);
	mapped_close(&sh->times);
	mapped_close(&sh->ranges);
	memset(sh, 0, sizeof(*sh));
}

static bool
slots_make_sense(uint64_t slots)
{
	return (slots & (slots - 1)) == 0 && slots <= COHORT_SLOTS_MAX;
}

static int
shelf_map(struct status *s, struct shelf *sh, uint32_t issuer)
{
	if (sh->opened)
		return 0;
	if (mapped_open(&sh->state, status_path(s, "%u.state", issuer),
		s->writer) == -1 ||
	    mapped_open(&sh->leaves, status_path(s, "%u.leaves", issuer),
		s->writer) == -1 ||
	    mapped_open(&sh->times, status_path(s, "%u.times", issuer),
		s->writer) == -1 ||
	    mapped_open(&sh->ranges, status_path(s, "%u.ranges", issuer),
		s->writer) == -1) {
		shelf_close(sh);
		return -1;
	}
	sh->opened = true;
	if (s->shelves <= issuer)
		s->shelves = issuer + 1;
	return 0;
}

struct shelf *
shelf_open(struct status *s, uint32_t issuer, const struct row *row)
{
	struct shelf *sh = &s->shelf[issuer];

	if (row->size > STATUS_INDEX_MAX || row->ranges > STATUS_INDEX_MAX ||
	    row->times_used > STATUS_INDEX_MAX) {
		err_set(ERR_INTERNAL, "the status index is damaged: issuer %u",
		    issuer);
		return NULL;
	}
	if (shelf_map(s, sh, issuer) == -1 ||
	    mapped_follow(&sh->state, row->size) == -1 ||
	    mapped_follow(&sh->leaves,
		leaves_for(row->size) * sizeof(struct leaf)) == -1 ||
	    mapped_follow(&sh->times, row->times_used) == -1 ||
	    mapped_follow(&sh->ranges, row->ranges * sizeof(struct range)) ==
		-1)
		return NULL;
	return sh;
}

int
cohorts_open(struct status *s, const struct head *h)
{
	if (!slots_make_sense(h->cohort_slots))
		return err_set(
		    ERR_INTERNAL, "the status index is damaged: cohorts");
	if (s->cohorts.p == NULL || s->cohort_file != h->cohort_file) {
		mapped_close(&s->cohorts);
		s->cohort_file = h->cohort_file;
		if (mapped_open(&s->cohorts,
			status_path(s, "cohorts.%llu",
			    (unsigned long long)h->cohort_file),
			s->writer) == -1)
			return -1;
	}
	return mapped_follow(
	    &s->cohorts, h->cohort_slots * sizeof(struct cohort));
}

const struct range *
range_find(const struct range *r, uint64_t n, uint64_t index)
{
	uint64_t low = 0, high = n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (r[mid].first <= index)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == 0 || index - r[low - 1].first >= r[low - 1].count)
		return NULL;
	return &r[low - 1];
}

static uint64_t
mix(uint64_t x)
{
	x ^= x >> 31;
	x *= 0x9e3779b97f4a7c15u;
	return x ^ x >> 29;
}

uint64_t
cohort_place(enum cohort_kind kind, uint64_t id)
{
	return mix(id * COHORT_KINDS + kind);
}

struct cohort *
cohort_slot(struct cohort *t, uint64_t slots, enum cohort_kind kind,
    uint64_t id, uint64_t measure)
{
	uint64_t at = cohort_place(kind, id), n;

	for (n = 0; n < slots; n++, at++) {
		at &= slots - 1;
		if (t[at].id == 0 ||
		    (t[at].id == id && t[at].kind == kind &&
			t[at].measure == measure))
			return &t[at];
	}
	return NULL;
}
