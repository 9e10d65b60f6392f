/*
 * Reading a batch line by line, in bounded memory.
 */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/batch_file.h"
#include "api/decision_request.h"
#include "base/err.h"

#define CHUNK 65536

struct batch_file {
	int fd;
	off_t at; /* in the file */
	bool ended;
	size_t used; /* of the octets that were read */
	struct buf in;
};

struct batch_file *
batch_file_open(int fd)
{
	struct batch_file *f = xcalloc(1, sizeof(*f));

	f->fd = fd;
	return f;
}

void
batch_file_free(struct batch_file *f)
{
	if (f == NULL)
		return;
	buf_free(&f->in);
	free(f);
}

/* More octets behind those that are left. */
static int
fill(struct batch_file *f)
{
	uint8_t *p;
	ssize_t n;

	memmove(f->in.p, f->in.p + f->used, f->in.n - f->used);
	f->in.n -= f->used;
	f->used = 0;
	p = buf_reserve(&f->in, CHUNK);
	do
		n = pread(f->fd, p, CHUNK, f->at);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return err_set(
		    ERR_INTERNAL, "could not read a body back from its file");
	f->ended = n == 0;
	f->at += n;
	f->in.n += (size_t)n;
	return 0;
}

int
batch_file_line(struct batch_file *f, struct span *line)
{
	const uint8_t *start, *end;
	size_t have, seen = 0;

	(void)buf_reserve(&f->in, 1);
	for (;;) {
		start = f->in.p + f->used;
		have = f->in.n - f->used;
		end = have > seen ? memchr(start + seen, '\n', have - seen)
				  : NULL;
		if (end == NULL && f->ended && have > 0)
			end = start + have; /* the last may go without */
		if ((size_t)((end != NULL ? end : start + have) - start) >
		    BATCH_LINE_MAX)
			return err_set_code(ERR_INPUT, "BATCH_MALFORMED",
			    "a line has at most %d octets", BATCH_LINE_MAX);
		if (end != NULL)
			break;
		if (f->ended)
			return 0;
		seen = have;
		if (fill(f) == -1)
			return -1;
	}
	*line = span_of(start, (size_t)(end - start));
	f->used += line->n + (end < f->in.p + f->in.n ? 1 : 0);
	return 1;
}

int
batch_file_scan(int fd, uint8_t sha256[HASH_SIZE], int *lines)
{
	struct batch_file *f = batch_file_open(fd);
	struct hash *hash = hash_new();
	struct span line;
	int rc;

	for (*lines = 0; (rc = batch_file_line(f, &line)) == 1; ++*lines) {
		if (*lines > DECISION_BATCH_MAX) {
			rc = err_set_code(ERR_INPUT, "BATCH_TOO_LARGE",
			    "a batch has at most %d items", DECISION_BATCH_MAX);
			break;
		}
		hash_put(hash, line);
		hash_put(hash, span_str("\n"));
	}
	hash_end(hash, sha256);
	hash_free(hash);
	batch_file_free(f);
	return rc;
}
