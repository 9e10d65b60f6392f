/*
 * A row of a lot's manifest: the usual writing of it without a JSON parser, any
 * other one with.
 */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/enc.h"
#include "issue/manifest.h"
#include "x509/ext.h"

#define LINE_BESIDES 160 /* room for what a line has beside the key */

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
	    !manifest_id_ok(id) || !skip(&s, ",\"") ||
	    !skip(&s, manifest_kind_name(kind)) || !skip(&s, "\":\"") ||
	    !until_quote(&s, &csr) || csr.n == 0)
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

/* The request or the key: whichever the header promised. */
static int
key_member(struct manifest_row *row, enum manifest_kind kind, const char *name,
    struct span s)
{
	if (strcmp(name, manifest_kind_name(kind)) != 0) {
		fault(row,
		    "the header says \"kind\":\"%s\", so a row has no "
		    "\"%s\"",
		    manifest_kind_name(kind), name);
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
		fault(row, "\"%s\" is missing", manifest_kind_name(kind));
	json_decref(o);
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

void
manifest_row_free(struct manifest_row *row)
{
	buf_free(&row->csr);
}

/* {"name":" or ,"name":" */
static void
put_name(struct buf *out, char before, const char *name)
{
	buf_putc(out, before);
	buf_putc(out, '"');
	buf_puts(out, name);
	buf_puts(out, "\":\"");
}

static void
put_member(struct buf *out, const char *name, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	put_name(out, ',', name);
	buf_puts(out, value);
	buf_putc(out, '"');
}

void
manifest_row_write(struct buf *out, enum manifest_kind kind, const char *id,
    struct span csr, const char *tre, const char *tac)
{
	(void)buf_reserve(out, csr.n * 4 / 3 + LINE_BESIDES);
	put_name(out, '{', "id");
	buf_puts(out, id);
	buf_putc(out, '"');
	put_name(out, ',', manifest_kind_name(kind));
	base64_encode(out, csr);
	buf_putc(out, '"');
	put_member(out, "tre", tre);
	put_member(out, "tac", tac);
	buf_puts(out, "}\n");
}
