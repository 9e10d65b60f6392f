/*
 * The transcript of a decision.
 */

#include <string.h>

#include "base/err.h"
#include "policy/canon.h"
#include "policy/transcript.h"

#define LABEL "TRE-DECISION-v1"

static void
put_name(struct buf *out, size_t begin, const char *name)
{
	buf_puts(out, out->n == begin + 1 ? "\"" : ",\"");
	buf_puts(out, name);
	buf_puts(out, "\":");
}

static int
put_object(struct buf *out, size_t begin, const char *name, const json_t *value)
{
	if (value == NULL)
		return 0;
	put_name(out, begin, name);
	return canon_write(out, value);
}

static void
put_text(struct buf *out, size_t begin, const char *name, const char *text)
{
	if (text == NULL)
		return;
	put_name(out, begin, name);
	canon_write_text(out, text);
}

/* In canonical order, and without a tree of it: each decision has one. */
int
transcript_context(struct buf *out, json_t *claims, json_t *device,
    const char *operator_nonce, const char *signed_at, const char *validation)
{
	size_t begin = out->n;

	buf_putc(out, '{');
	if (put_object(out, begin, "claims", claims) == -1 ||
	    put_object(out, begin, "device", device) == -1) {
		out->n = begin;
		return -1;
	}
	put_text(out, begin, "operator_nonce", operator_nonce);
	put_text(out, begin, "signed_at", signed_at);
	put_text(out, begin, "validation", validation);
	buf_putc(out, '}');
	return 0;
}

static int
put_short(struct buf *out, const char *what, const char *s)
{
	size_t n = strlen(s);

	if (n < 1 || n > 255)
		return err_set(ERR_INPUT, "%s: 1 to 255 octets", what);
	buf_putc(out, (char)n);
	buf_put(out, s, n);
	return 0;
}

int
transcript_write(struct buf *out, const struct transcript *t)
{
	static const uint8_t absent[32];
	size_t mark = out->n;

	if (t->challenge.n != 32 || t->platform_sha256.n != 32 ||
	    t->context_sha256.n != 32 ||
	    (t->tre_sha256.n != 0 && t->tre_sha256.n != 32))
		return err_set(ERR_INPUT,
		    "a part of the transcript has not "
		    "32 octets");
	buf_puts(out, LABEL);
	buf_put_span(out, t->challenge);
	if (put_short(out, "operator", t->operator) == -1 ||
	    put_short(out, "purpose", t->purpose) == -1 ||
	    put_short(out, "mode", t->mode) == -1) {
		out->n = mark;
		return -1;
	}
	if (t->tre_sha256.n == 0)
		buf_put(out, absent, sizeof(absent));
	buf_put_span(out, t->tre_sha256);
	buf_put_span(out, t->platform_sha256);
	buf_put_span(out, t->context_sha256);
	return 0;
}
