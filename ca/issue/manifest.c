/*
 * Reading a lot's manifest, strictly and in bounded memory.
 */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/enc.h"
#include "base/err.h"
#include "issue/manifest_never.h"
#include "key/hash.h"
#include "x509/ext.h"

#define CHUNK 65536

struct manifest {
	int fd;
	enum manifest_kind kind;
	bool ended;
	int line;  /* of the line read last, from 1 */
	size_t at; /* of the octets read, the first not yet used */
	struct buf in;
	struct hash *hash; /* of the lines behind the first */
};

static int line_next(struct manifest *, struct span *);
static int fill(struct manifest *);
static bool plain_row(struct span, enum manifest_kind, struct manifest_row *);
static void json_row(struct span, enum manifest_kind, struct manifest_row *);
static int row_member(
    struct manifest_row *, enum manifest_kind, const char *, json_t *);
static int key_member(
    struct manifest_row *, enum manifest_kind, const char *, struct span);

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

void
manifest_row_free(struct manifest_row *row)
{
	buf_free(&row->csr);
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

void
manifest_row_parse(
    struct span line, enum manifest_kind kind, struct manifest_row *row)
{
	row->id[0] = row->tre[0] = row->tac[0] = row->fault[0] = '\0';
	row->line = span_of(NULL, 0);
	buf_clear(&row->csr);
	if (plain_row(line, kind, row))
		return;
	buf_clear(&row->csr);
	json_row(line, kind, row);
	row->line = line;
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

/* Take "text" off the front of s. */
static bool
skip(struct span *s, const char *text)
{
	size_t n = strlen(text);

	if (s->n < n || memcmp(s->p, text, n) != 0)
		return false;
	s->p += n;
	s->n -= n;
	return true;
}

/* Take what stands before the next quote, and the quote. */
static bool
until_quote(struct span *s, struct span *value)
{
	const uint8_t *q = s->n > 0 ? memchr(s->p, '"', s->n) : NULL;

	if (q == NULL)
		return false;
	*value = span_of(s->p, (size_t)(q - s->p));
	s->n -= value->n + 1;
	s->p = q + 1;
	return true;
}

static void
copy_text(char *to, struct span from)
{
	memcpy(to, from.p, from.n);
	to[from.n] = '\0';
}

/*
 * The usual case without a JSON parser: the very octets that
 * manifest_row_write() would write.  Anything else is left to json_row().
 */
static bool
plain_row(struct span line, enum manifest_kind kind, struct manifest_row *row)
{
	struct span s = line, id, csr, tre = { NULL, 0 }, tac = { NULL, 0 };

	if (!skip(&s, "{\"id\":\"") || !until_quote(&s, &id) ||
	    !manifest_id_ok(id) || !skip(&s, ",\"") || !skip(&s, kinds[kind]) ||
	    !skip(&s, "\":\"") || !until_quote(&s, &csr) || csr.n == 0)
		return false;
	if (skip(&s, ",\"tre\":\"") &&
	    (!until_quote(&s, &tre) || !manifest_id_ok(tre)))
		return false;
	if (skip(&s, ",\"tac\":\"") &&
	    (!until_quote(&s, &tac) || !ext_is_tac(tac)))
		return false;
	if (!skip(&s, "}") || s.n != 0)
		return false;
	if (base64_decode(&row->csr, csr) == -1 ||
	    row->csr.n > MANIFEST_CSR_MAX)
		return false;
	copy_text(row->id, id);
	copy_text(row->tre, tre.p != NULL ? tre : span_str(""));
	copy_text(row->tac, tac.p != NULL ? tac : span_str(""));
	return true;
}

/* What it quotes came from outside: only ASCII that prints stays. */
static void __attribute__((format(printf, 2, 3)))
fault(struct manifest_row *row, const char *fmt, ...)
{
	va_list ap;
	char *p;

	va_start(ap, fmt);
	(void)vsnprintf(row->fault, sizeof(row->fault), fmt, ap);
	va_end(ap);
	for (p = row->fault; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
}

/* Any other way to write the same row, and every wrong one. */
static void
json_row(struct span line, enum manifest_kind kind, struct manifest_row *row)
{
	json_error_t why;
	json_t *o, *value;
	const char *name;

	o = json_loadb(
	    (const char *)line.p, line.n, JSON_REJECT_DUPLICATES, &why);
	if (o == NULL) {
		fault(row, "the line is no JSON: %.80s (column %d)", why.text,
		    why.column);
		return;
	}
	if (!json_is_object(o))
		fault(row, "the line is no JSON object");
	json_object_foreach(o, name, value)
	{
		if (row_member(row, kind, name, value) == -1)
			break;
	}
	if (row->fault[0] == '\0' && row->id[0] == '\0')
		fault(row, "\"id\" is missing");
	if (row->fault[0] == '\0' && row->csr.n == 0)
		fault(row, "\"%s\" is missing", kinds[kind]);
	json_decref(o);
}

/* One member into the row, or the row's fault and -1. */
static int
row_member(struct manifest_row *row, enum manifest_kind kind, const char *name,
    json_t *value)
{
	struct span s;

	if (strcmp(name, "id") != 0 && strcmp(name, "csr") != 0 &&
	    strcmp(name, "key") != 0 && strcmp(name, "certificate") != 0 &&
	    strcmp(name, "tre") != 0 && strcmp(name, "tac") != 0) {
		fault(row, "the member \"%.40s\" is not known here", name);
		return -1;
	}
	if (!json_is_string(value)) {
		fault(row, "\"%s\" must be a string", name);
		return -1;
	}
	s = span_of(json_string_value(value), json_string_length(value));
	if (name[0] == 'c' || name[0] == 'k')
		return key_member(row, kind, name, s);
	if (strcmp(name, "tac") == 0) {
		if (ext_is_tac(s)) {
			copy_text(row->tac, s);
			return 0;
		}
		fault(row, "\"tac\" must be 8 digits");
		return -1;
	}
	if (!manifest_id_ok(s)) {
		fault(row,
		    "\"%s\" must be 4 to 32 of A-Z, 0-9, '.' and '-', "
		    "beginning with a letter or digit",
		    name);
		return -1;
	}
	copy_text(name[0] == 'i' ? row->id : row->tre, s);
	return 0;
}

/* The request or the key: whichever the header promised. */
static int
key_member(struct manifest_row *row, enum manifest_kind kind, const char *name,
    struct span s)
{
	if (strcmp(name, kinds[kind]) != 0) {
		fault(row,
		    "the header says \"kind\":\"%s\", so a row has no "
		    "\"%s\"",
		    kinds[kind], name);
		return -1;
	}
	if (base64_decode(&row->csr, s) == 0 && row->csr.n > 0 &&
	    row->csr.n <= MANIFEST_CSR_MAX)
		return 0;
	buf_clear(&row->csr);
	fault(row,
	    "\"%s\" must be base64 (RFC 4648 section 4) of 1 to %d octets",
	    name, MANIFEST_CSR_MAX);
	return -1;
}

bool
manifest_id_ok(struct span s)
{
	size_t i;

	if (s.n < 4 || s.n > MANIFEST_ID_MAX)
		return false;
	for (i = 0; i < s.n; i++)
		if (!((s.p[i] >= 'A' && s.p[i] <= 'Z') ||
			(s.p[i] >= '0' && s.p[i] <= '9') ||
			(i > 0 && (s.p[i] == '.' || s.p[i] == '-'))))
			return false;
	return true;
}

void
manifest_row_write(struct buf *out, enum manifest_kind kind, const char *id,
    struct span csr, const char *tre, const char *tac)
{
	buf_printf(out, "{\"id\":\"%s\",\"%s\":\"", id, kinds[kind]);
	base64_encode(out, csr);
	buf_putc(out, '"');
	if (tre != NULL && tre[0] != '\0')
		buf_printf(out, ",\"tre\":\"%s\"", tre);
	if (tac != NULL && tac[0] != '\0')
		buf_printf(out, ",\"tac\":\"%s\"", tac);
	buf_puts(out, "}\n");
}
