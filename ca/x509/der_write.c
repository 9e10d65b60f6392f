/*
 * Writing DER backwards: an element's content stands before its header is
 * written, so every length is known.
 */

#include <string.h>

#include "base/err.h"
#include "x509/der.h"

void
der_start(struct der *w, uint8_t *space, size_t size)
{
	*w = (struct der){ space, space + size, space + size, false };
}

size_t
der_mark(const struct der *w)
{
	return (size_t)(w->end - w->p);
}

struct span
der_since(const struct der *w, size_t mark)
{
	return span_of(w->p, der_mark(w) - mark);
}

int
der_done(const struct der *w, struct span *out)
{
	if (w->full)
		return err_set(ERR_INTERNAL,
		    "cannot write DER: more than %zu octets",
		    (size_t)(w->end - w->base));
	*out = der_since(w, 0);
	return 0;
}

void
der_put(struct der *w, const void *p, size_t n)
{
	if (w->full || n > (size_t)(w->p - w->base)) {
		w->full = true;
		return;
	}
	w->p -= n;
	if (n > 0)
		memcpy(w->p, p, n);
}

void
der_put_span(struct der *w, struct span s)
{
	der_put(w, s.p, s.n);
}

void
der_put_octet(struct der *w, uint8_t octet)
{
	der_put(w, &octet, 1);
}

void
der_put_header(struct der *w, uint8_t tag, size_t length)
{
	uint8_t octets = 0;

	if (length < 0x80) {
		der_put_octet(w, (uint8_t)length);
	} else {
		for (; length > 0; length >>= 8, octets++)
			der_put_octet(w, (uint8_t)length);
		der_put_octet(w, 0x80 | octets);
	}
	der_put_octet(w, tag);
}

void
der_wrap(struct der *w, uint8_t tag, size_t mark)
{
	der_put_header(w, tag, der_mark(w) - mark);
}

void
der_put_tlv(struct der *w, uint8_t tag, struct span content)
{
	der_put_span(w, content);
	der_put_header(w, tag, content.n);
}

void
der_put_bool(struct der *w, bool value)
{
	der_put_octet(w, value ? 0xff : 0);
	der_put_header(w, DER_BOOLEAN, 1);
}

void
der_put_integer(struct der *w, struct span m)
{
	size_t mark = der_mark(w);

	while (m.n > 0 && m.p[0] == 0)
		m = span_of(m.p + 1, m.n - 1);
	der_put_span(w, m);
	if (m.n == 0 || (m.p[0] & 0x80))
		der_put_octet(w, 0);
	der_wrap(w, DER_INTEGER, mark);
}

void
der_put_uint(struct der *w, uint64_t value)
{
	uint8_t octets[8];

	for (int i = 7; i >= 0; i--, value >>= 8)
		octets[i] = (uint8_t)value;
	der_put_integer(w, span_of(octets, sizeof(octets)));
}

void
der_put_null(struct der *w)
{
	der_put_header(w, DER_NULL, 0);
}

void
der_put_oid(struct der *w, struct span content)
{
	der_put_tlv(w, DER_OID, content);
}

void
der_put_octet_bits(struct der *w, struct span octets)
{
	der_put_span(w, octets);
	der_put_octet(w, 0);
	der_put_header(w, DER_BIT_STRING, octets.n + 1);
}

void
der_put_named_bits(struct der *w, unsigned bits)
{
	size_t mark = der_mark(w);
	uint8_t octets[2] = { 0, 0 };
	uint8_t unused = 0;
	size_t n = 0;

	for (unsigned b = 0; b < 16; b++)
		if (bits & (1u << b)) {
			octets[b / 8] |= (uint8_t)(0x80u >> (b % 8));
			n = b / 8 + 1;
			unused = (uint8_t)(7 - b % 8);
		}
	der_put(w, octets, n);
	der_put_octet(w, unused);
	der_wrap(w, DER_BIT_STRING, mark);
}
