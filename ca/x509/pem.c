/*
 * Textual encoding, RFC 7468, read strictly within a block.
 */

#include <stdio.h>
#include <string.h>

#include "base/enc.h"
#include "base/err.h"
#include "x509/pem.h"

#define LINE 64

void
pem_write(const char *label, struct span der, struct buf *out)
{
	struct buf text = BUF_EMPTY;

	base64_encode(&text, der);
	buf_printf(out, "-----BEGIN %s-----\n", label);
	for (size_t i = 0; i < text.n; i += LINE) {
		buf_put(out, text.p + i, text.n - i < LINE ? text.n - i : LINE);
		buf_putc(out, '\n');
	}
	buf_printf(out, "-----END %s-----\n", label);
	buf_free(&text);
}

/* The octets of text before the boundary; the cursor moves behind it. */
static int
take_until(struct span *text, const char *boundary, struct span *before)
{
	size_t n = strlen(boundary);
	const uint8_t *at =
	    text->n > 0 ? memmem(text->p, text->n, boundary, n) : NULL;

	if (at == NULL)
		return -1;
	*before = span_of(text->p, (size_t)(at - text->p));
	*text = span_of(at + n, text->n - before->n - n);
	return 0;
}

int
pem_read(const char *label, struct span *text, struct buf *der)
{
	char begin[64], end[64];
	struct span skipped, body;
	struct buf letters = BUF_EMPTY;
	int rc;

	(void)snprintf(begin, sizeof(begin), "-----BEGIN %s-----", label);
	(void)snprintf(end, sizeof(end), "-----END %s-----", label);
	if (take_until(text, begin, &skipped) == -1)
		return err_set(ERR_ABSENT, "there is no PEM block %s", label);
	if (take_until(text, end, &body) == -1)
		return err_set(
		    ERR_INPUT, "the PEM block %s does not end", label);
	for (size_t i = 0; i < body.n; i++)
		if (strchr(" \t\r\n", body.p[i]) == NULL || body.p[i] == '\0')
			buf_putc(&letters, (char)body.p[i]);
	rc = base64_decode(der, buf_span(&letters));
	buf_free(&letters);
	return rc;
}
