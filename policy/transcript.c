/*
 * The transcript of a decision.
 */

#include <string.h>

#include "base/err.h"
#include "policy/canon.h"
#include "policy/transcript.h"

#define LABEL "TRE-DECISION-v1"

static void
set(json_t *object, const char *name, json_t *value)
{
	if (value != NULL)
		(void)json_object_set_new(object, name, value);
}

int
transcript_context(struct buf *out, json_t *claims, json_t *device,
    const char *operator_nonce, const char *signed_at, const char *validation)
{
	json_t *context = json_object();
	int rc;

	set(context, "claims", json_incref(claims));
	set(context, "device", json_incref(device));
	if (operator_nonce != NULL)
		set(context, "operator_nonce", json_string(operator_nonce));
	if (signed_at != NULL)
		set(context, "signed_at", json_string(signed_at));
	if (validation != NULL)
		set(context, "validation", json_string(validation));
	rc = canon_write(out, context);
	json_decref(context);
	return rc;
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
