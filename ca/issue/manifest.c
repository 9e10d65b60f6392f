/*
 * Reading a lot's manifest, strictly and in bounded memory.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/err.h"
#include "issue/manifest_never.h"
#include "key/hash.h"

#define CHUNK 65536

static const char *const kinds[] = {
	[MANIFEST_CSR] = "csr",
	[MANIFEST_KEY] = "key",
	[MANIFEST_CERTIFICATE] = "certificate",
};

const char *
manifest_kind_name(enum manifest_kind kind)
{
	return kinds[kind];
}

int
manifest_kind_parse(const char *name, enum manifest_kind *kind)
{
	for (*kind = MANIFEST_CSR; *kind <= MANIFEST_CERTIFICATE; ++*kind)
		if (strcmp(name, kinds[*kind]) == 0)
			return 0;
	*kind = MANIFEST_CSR;
	return err_set_code(ERR_INPUT, "MANIFEST_KIND",
	    "a lot's kind is \"csr\", \"key\" or \"certificate\", not "
	    "\"%.20s\"",
	    name);
}

/* ---- lines */

struct manifest {
	int fd;
	enum manifest_kind kind;
	bool ended;
	int line;  /* of the line read last, from 1 */
	size_t at; /* of the octets read, the first not yet used */
	struct buf in;
	struct hash *hash; /* of the lines behind the first */
};

/* Read on; what was used makes room first. */
static int
fill(struct manifest *m)
{
	uint8_t *room;
	ssize_t n;

	if (m->at > 0) {
		memmove(m->in.p, m->in.p + m->at, m->in.n - m->at);
		m->in.n -= m->at;
		m->at = 0;
	}
	room = buf_reserve(&m->in, CHUNK);
	do
		n = read(m->fd, room, CHUNK);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return err_set(ERR_INTERNAL, "could not read the manifest: %s",
		    strerror(errno));
	m->in.n += (size_t)n;
	m->ended = n == 0;
	return 0;
}

/* The next line without its newline: 1, or 0 at the end, or -1. */
static int
line_next(struct manifest *m, struct span *line)
{
	const uint8_t *start, *end;
	size_t have, seen = 0;

	for (;;) {
		start = m->in.p == NULL ? NULL : m->in.p + m->at;
		have = m->in.n - m->at;
		end = have > seen ? memchr(start + seen, '\n', have - seen)
				  : NULL;
		if (end != NULL && (size_t)(end - start) < MANIFEST_LINE_MAX)
			break;
		if (end != NULL || have >= MANIFEST_LINE_MAX)
			return err_set_code(ERR_INPUT, "MANIFEST_LINE_TOO_LONG",
			    "line %d: a line has at most %d octets",
			    m->line + 1, MANIFEST_LINE_MAX);
		if (m->ended && have == 0)
			return 0;
		if (m->ended)
			return err_set_code(ERR_INPUT, "MANIFEST_CUT_OFF",
			    "line %d: the last line does not end in a newline; "
			    "the manifest may have been cut off",
			    m->line + 1);
		seen = have;
		if (fill(m) == -1)
			return -1;
	}
	*line = span_of(start, (size_t)(end - start));
	m->at += line->n + 1;
	m->line++;
	return 1;
}

/* ---- what stands in them */

struct manifest *
manifest_open(int fd)
{
	struct manifest *m = xcalloc(1, sizeof(*m));

	m->fd = fd;
	m->hash = hash_new();
	return m;
}

void
manifest_expect(struct manifest *m, enum manifest_kind kind)
{
	m->kind = kind;
}

void
manifest_free(struct manifest *m)
{
	if (m == NULL)
		return;
	hash_free(m->hash);
	buf_free(&m->in);
	free(m);
}

int
manifest_header(struct manifest *m, struct buf *jws)
{
	struct span line;
	json_t *o = NULL, *header;
	int r, rc = -1;

	if ((r = line_next(m, &line)) == -1)
		goto out;
	if (r == 0) {
		err_set_code(ERR_INPUT, "MANIFEST_MALFORMED",
		    "the manifest is empty: line 1 must be its header");
		goto out;
	}
	if (manifest_never_line(1, line) == -1)
		goto out;
	o = json_loadb(
	    (const char *)line.p, line.n, JSON_REJECT_DUPLICATES, NULL);
	header = json_object_get(o, "header");
	if (!json_is_string(header) || json_object_size(o) != 1) {
		err_set_code(ERR_INPUT, "MANIFEST_MALFORMED",
		    "line 1: a JSON object with the one member \"header\", a "
		    "string, is wanted");
		goto out;
	}
	buf_put(jws, json_string_value(header), json_string_length(header));

	rc = 0;
out:
	json_decref(o);
	return rc;
}

int
manifest_next(struct manifest *m, struct manifest_row *row)
{
	struct span line;
	int r;

	if ((r = line_next(m, &line)) != 1)
		return r;
	hash_put(m->hash, line);
	hash_put(m->hash, span_str("\n"));

	row->row = m->line - 1;
	if (row->row > MANIFEST_ROWS_MAX)
		return err_set_code(ERR_INPUT, "MANIFEST_TOO_LONG",
		    "line %d: a lot has at most %d rows", m->line,
		    MANIFEST_ROWS_MAX);
	manifest_row_parse(line, m->kind, row);
	return manifest_never_row(m->line, row) == -1 ? -1 : 1;
}

int
manifest_digest(struct manifest *m, uint8_t sha256[32])
{
	if (!m->ended || m->at != m->in.n)
		return err_set(
		    ERR_INTERNAL, "the manifest was not read to its end");
	hash_end(m->hash, sha256);
	return 0;
}
