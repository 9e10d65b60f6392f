/*
 * Distinguished names, RFC 5280 section 4.1.2.4, of our one shape.
 */

#include <string.h>

#include "base/err.h"
#include "x509/name.h"
#include "x509/oid.h"

#define ATTRIBUTES 5

/* In the order in which they stand. */
static const struct {
	const struct span *type;
	uint8_t tag;
	const char *label;
	size_t offset;
} attributes[ATTRIBUTES] = {
	{ &oid_country, DER_PRINTABLE, "C", offsetof(struct name, country) },
	{ &oid_organisation, DER_UTF8, "O",
	    offsetof(struct name, organisation) },
	{ &oid_unit, DER_UTF8, "OU", offsetof(struct name, unit) },
	{ &oid_common_name, DER_UTF8, "CN",
	    offsetof(struct name, common_name) },
	{ &oid_serial_number, DER_PRINTABLE, "serialNumber",
	    offsetof(struct name, serial_number) },
};

static struct span *
member(struct name *n, size_t i)
{
	return (struct span *)((char *)n + attributes[i].offset);
}

static struct span
value(const struct name *n, size_t i)
{
	return *(const struct span *)((const char *)n + attributes[i].offset);
}

/* Upper bounds of RFC 5280 appendix A.1, in characters. */
static int
check_value(size_t i, struct span v)
{
	size_t characters = 0;

	for (size_t k = 0; k < v.n; k++)
		characters += (v.p[k] & 0xc0) != 0x80;
	if (characters < 1 || characters > 64)
		return err_set(ERR_INPUT,
		    "%s of a name must have 1 to 64 characters",
		    attributes[i].label);
	if (attributes[i].tag == DER_UTF8 && !der_is_utf8(v))
		return err_set(ERR_INPUT,
		    "%s of a name must be UTF-8 without control characters",
		    attributes[i].label);
	for (size_t k = 0; attributes[i].tag == DER_PRINTABLE && k < v.n; k++)
		if (!der_is_printable(v.p[k]))
			return err_set(ERR_INPUT,
			    "%s of a name must be a PrintableString",
			    attributes[i].label);
	if (i == 0 &&
	    (v.n != 2 || v.p[0] < 'A' || v.p[0] > 'Z' || v.p[1] < 'A' ||
		v.p[1] > 'Z'))
		return err_set(
		    ERR_INPUT, "C of a name must be two capital letters");
	return 0;
}

int
name_check(const struct name *n)
{
	for (size_t i = 0; i < ATTRIBUTES; i++)
		if (value(n, i).n > 0 && check_value(i, value(n, i)) == -1)
			return -1;
	return 0;
}

/* AttributeTypeAndValue; next is the first attribute that may come. */
static int
parse_attribute(struct span pair, size_t *next, struct name *n)
{
	struct span type, whole, v;
	uint8_t tag = 0;
	size_t i;

	if (der_get_oid(&pair, &type) == -1)
		return -1;
	for (i = 0; i < ATTRIBUTES; i++)
		if (span_equal(type, *attributes[i].type))
			break;
	whole = pair;
	if (der_get_any(&pair, &tag, NULL, NULL) == -1 ||
	    der_end(pair, "an attribute's value") == -1)
		return -1;
	if (i < *next || i == ATTRIBUTES || tag != attributes[i].tag) {
		n->foreign = true;
		return 0;
	}
	if (der_get_string(&whole, tag, &v) == -1)
		return -1;
	*next = i + 1;
	*member(n, i) = v;
	if (v.n == 0 || check_value(i, v) == -1)
		n->foreign = true;
	return 0;
}

int
name_parse(struct span *cursor, struct name *n)
{
	struct span names, set, pair;
	size_t next = 0;

	*n = (struct name){ 0 };
	if (der_get_whole(cursor, DER_SEQUENCE, &n->der) == -1 ||
	    der_get_only(n->der, DER_SEQUENCE, "a name", &names) == -1)
		return -1;
	while (names.n > 0) {
		if (der_get(&names, DER_SET, &set) == -1 ||
		    der_get(&set, DER_SEQUENCE, &pair) == -1 ||
		    parse_attribute(pair, &next, n) == -1)
			return -1;
		for (; set.n > 0; n->foreign = true)
			if (der_get(&set, DER_SEQUENCE, &pair) == -1)
				return -1;
	}
	return 0;
}

static void
put_attribute(struct der *w, const struct name *n, size_t i)
{
	size_t mark = der_mark(w);

	der_put_tlv(w, attributes[i].tag, value(n, i));
	der_put_oid(w, *attributes[i].type);
	der_wrap(w, DER_SEQUENCE, mark);
	der_wrap(w, DER_SET, mark);
}

void
name_put_attributes(struct der *w, const struct name *n)
{
	for (size_t i = ATTRIBUTES; i-- > 0;)
		if (value(n, i).n > 0)
			put_attribute(w, n, i);
}

void
name_put(struct der *w, const struct name *n)
{
	size_t mark = der_mark(w);

	name_put_attributes(w, n);
	der_wrap(w, DER_SEQUENCE, mark);
}

void
name_write(const struct name *n, struct buf *out)
{
	const char *comma = "";

	for (size_t i = 0; i < ATTRIBUTES; i++)
		if (value(n, i).n > 0) {
			buf_printf(out, "%s%s=", comma, attributes[i].label);
			buf_put_span(out, value(n, i));
			comma = ", ";
		}
}
