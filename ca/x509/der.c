/*
 * Reading DER: every value has one form (X.690 section 10), all others are
 * refused.
 */

#include <string.h>

#include "base/err.h"
#include "x509/der.h"

#define LENGTH_MAX ((size_t)1 << 30)
#define WALK_DEPTH 16

static int
malformed(const char *why)
{
	return err_set_code(ERR_INPUT, "DER_MALFORMED", "bad DER: %s", why);
}

/* X.690 8.1.3 and 10.1: definite, in the fewest octets. */
static int
get_length(struct span *in, size_t *length)
{
	size_t n = 0, octets;

	if (in->n == 0)
		return malformed("it ends within a header");
	octets = in->p[0];
	*in = span_of(in->p + 1, in->n - 1);
	if (octets < 0x80) {
		*length = octets;
		return 0;
	}
	octets &= 0x7f;
	if (octets == 0)
		return malformed("an indefinite length (X.690 10.1)");
	if (octets > 4 || octets > in->n)
		return malformed("a length that is too long");
	if (in->p[0] == 0)
		return malformed("a length is not minimal (X.690 10.1)");
	for (size_t i = 0; i < octets; i++)
		n = n << 8 | in->p[i];
	if (n < 0x80)
		return malformed("a length is not minimal (X.690 10.1)");
	if (n > LENGTH_MAX)
		return malformed("a length that is too long");
	*in = span_of(in->p + octets, in->n - octets);
	*length = n;
	return 0;
}

bool
der_next_is(struct span in, uint8_t tag)
{
	return in.n > 0 && in.p[0] == tag;
}

int
der_get_any(
    struct span *in, uint8_t *tag, struct span *whole, struct span *content)
{
	struct span rest = *in;
	size_t length = 0;

	if (rest.n == 0)
		return malformed("it ends where an element should be");
	if ((rest.p[0] & 0x1f) == 0x1f)
		return malformed("a tag of more than one octet");
	if (tag != NULL)
		*tag = rest.p[0];
	rest = span_of(rest.p + 1, rest.n - 1);
	if (get_length(&rest, &length) == -1)
		return -1;
	if (length > rest.n)
		return malformed("an element is longer than what holds it");
	if (content != NULL)
		*content = span_of(rest.p, length);
	if (whole != NULL)
		*whole = span_of(in->p, (size_t)(rest.p - in->p) + length);
	*in = span_of(rest.p + length, rest.n - length);
	return 0;
}

static int
get_tagged(
    struct span *in, uint8_t tag, struct span *whole, struct span *content)
{
	if (!der_next_is(*in, tag))
		return err_set_code(ERR_INPUT, "DER_MALFORMED",
		    "bad DER: %s where tag %02x should be",
		    in->n == 0 ? "nothing" : "something else", tag);
	return der_get_any(in, NULL, whole, content);
}

/* As nearly all are: of one octet's tag, and of less than 128 octets.  What
 * der_get_any() would say of it, in one look; of all others that says it. */
static bool
get_short(struct span *in, uint8_t tag, struct span *content)
{
	size_t n;

	if (in->n < 2 || in->p[0] != tag || (tag & 0x1f) == 0x1f)
		return false;
	n = in->p[1];
	if (n >= 0x80 || n > in->n - 2)
		return false;
	if (content != NULL)
		*content = span_of(in->p + 2, n);
	*in = span_of(in->p + 2 + n, in->n - 2 - n);
	return true;
}

int
der_get(struct span *in, uint8_t tag, struct span *content)
{
	return get_short(in, tag, content) ? 0
					   : get_tagged(in, tag, NULL, content);
}

int
der_get_whole(struct span *in, uint8_t tag, struct span *whole)
{
	return get_tagged(in, tag, whole, NULL);
}

/* X.690 11.1: true is ff. */
int
der_get_bool(struct span *in, bool *value)
{
	struct span c;

	if (der_get(in, DER_BOOLEAN, &c) == -1)
		return -1;
	if (c.n != 1 || (c.p[0] != 0 && c.p[0] != 0xff))
		return malformed("a boolean other than 00 or ff (X.690 11.1)");
	*value = c.p[0] != 0;
	return 0;
}

/* X.690 8.3.2: the first nine bits are neither all ones nor all zero. */
int
der_get_integer(struct span *in, struct span *magnitude)
{
	struct span c;

	if (der_get(in, DER_INTEGER, &c) == -1)
		return -1;
	if (c.n == 0)
		return malformed("an integer without octets");
	if (c.p[0] & 0x80)
		return malformed("a negative integer");
	if (c.n > 1 && c.p[0] == 0) {
		if (!(c.p[1] & 0x80))
			return malformed(
			    "an integer is not minimal (X.690 8.3.2)");
		c = span_of(c.p + 1, c.n - 1);
	}
	*magnitude = c;
	return 0;
}

int
der_get_uint(struct span *in, uint64_t *value)
{
	struct span m;

	if (der_get_integer(in, &m) == -1)
		return -1;
	if (m.n > 8)
		return malformed("an integer of more than 64 bits");
	*value = 0;
	for (size_t i = 0; i < m.n; i++)
		*value = *value << 8 | m.p[i];
	return 0;
}

int
der_get_null(struct span *in)
{
	struct span c;

	if (der_get(in, DER_NULL, &c) == -1)
		return -1;
	return c.n == 0 ? 0 : malformed("a NULL with content");
}

/* X.690 8.19.2: no arc starts with 80, the last octet ends one. */
int
der_get_oid(struct span *in, struct span *content)
{
	struct span c;

	if (der_get(in, DER_OID, &c) == -1)
		return -1;
	if (c.n == 0 || (c.p[c.n - 1] & 0x80))
		return malformed("an object identifier that doesn't end");
	for (size_t i = 0; i < c.n; i++)
		if (c.p[i] == 0x80 && (i == 0 || !(c.p[i - 1] & 0x80)))
			return malformed(
			    "an arc is not minimal (X.690 8.19.2)");
	*content = c;
	return 0;
}

int
der_get_octet_bits(struct span *in, struct span *octets)
{
	struct span c;

	if (der_get(in, DER_BIT_STRING, &c) == -1)
		return -1;
	if (c.n < 1 || c.p[0] != 0)
		return malformed("a bit string that isn't whole octets");
	*octets = span_of(c.p + 1, c.n - 1);
	return 0;
}

/* X.690 11.2: unused bits are zero, and so is no last used one. */
int
der_get_named_bits(struct span *in, unsigned *bits)
{
	struct span c;
	unsigned unused, value = 0;

	if (der_get(in, DER_BIT_STRING, &c) == -1)
		return -1;
	if (c.n < 1 || c.n > 3 || c.p[0] > 7 || (c.n == 1 && c.p[0] != 0))
		return malformed("a list of named bits of the wrong size");
	unused = c.p[0];
	if (c.n > 1 && ((c.p[c.n - 1] >> unused) & 1) == 0)
		return malformed("named bits end in a zero (X.690 11.2.2)");
	if (c.n > 1 && (c.p[c.n - 1] & ((1u << unused) - 1)) != 0)
		return malformed("unused bits are not zero (X.690 11.2.1)");
	for (size_t i = 1; i < c.n; i++)
		for (unsigned b = 0; b < 8; b++)
			if (c.p[i] & (0x80u >> b))
				value |= 1u << ((i - 1) * 8 + b);
	*bits = value;
	return 0;
}

int
der_get_string(struct span *in, uint8_t tag, struct span *string)
{
	struct span c;
	bool good = true;

	if (der_get(in, tag, &c) == -1)
		return -1;
	if (tag == DER_UTF8)
		good = der_is_utf8(c);
	for (size_t i = 0; good && tag != DER_UTF8 && i < c.n; i++)
		switch (tag) {
		case DER_NUMERIC:
			good =
			    (c.p[i] >= '0' && c.p[i] <= '9') || c.p[i] == ' ';
			break;
		case DER_PRINTABLE:
			good = der_is_printable(c.p[i]);
			break;
		default: /* DER_IA5: visible characters only */
			good = c.p[i] > 0x20 && c.p[i] < 0x7f;
		}
	if (!good)
		return malformed("a string with octets not of its type");
	*string = c;
	return 0;
}

int
der_end(struct span in, const char *what)
{
	if (in.n == 0)
		return 0;
	return err_set_code(ERR_INPUT, "DER_MALFORMED",
	    "%zu octets too many behind %s", in.n, what);
}

int
der_get_only(
    struct span in, uint8_t tag, const char *what, struct span *content)
{
	if (der_get(&in, tag, content) == -1)
		return -1;
	return der_end(in, what);
}

static int
walk(struct span in, int depth)
{
	struct span content;
	uint8_t tag = 0;

	if (depth > WALK_DEPTH)
		return malformed("elements within elements without end");
	while (in.n > 0) {
		if (der_get_any(&in, &tag, NULL, &content) == -1)
			return -1;
		if ((tag & 0x20) != 0 && walk(content, depth + 1) == -1)
			return -1;
	}
	return 0;
}

int
der_walk(struct span in)
{
	return walk(in, 0);
}
