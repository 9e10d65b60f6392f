/*
 * What never enters, in DER: the octets behind a string may be letters and
 * digits as well, so each string is read by itself.
 */

#include "policy/never.h"

#define DEPTH_MOST 16

/* One header off the front of s; false when there is none that fits. */
static bool
take(struct span *s, uint8_t *tag, struct span *content)
{
	size_t n, octets, i = 2;

	if (s->n < 2)
		return false;
	*tag = s->p[0];
	n = s->p[1];
	if (n >= 0x80) {
		octets = n & 0x7f;
		if (octets == 0 || octets > 4 || s->n < 2 + octets)
			return false;
		for (n = 0; octets > 0; octets--)
			n = n << 8 | s->p[i++];
	}
	if (n > s->n - i)
		return false;
	*content = span_of(s->p + i, n);
	*s = span_of(s->p + i + n, s->n - i - n);
	return true;
}

static bool
walk(struct never_scan *scan, struct span s, unsigned depth)
{
	struct span content;
	uint8_t tag;

	bool whole = true;

	while (take(&s, &tag, &content)) {
		/* constructed, or the octets of an extension */
		if (depth < DEPTH_MOST &&
		    ((tag & 0x20) != 0 ||
			(tag == 0x04 && content.n > 0 && content.p[0] == 0x30)))
			whole &= walk(scan, content, depth + 1);
		else if (tag > 0x06 || tag == 0x04) { /* no number, no key */
			(void)never_scan_put(scan, content);
			(void)never_scan_put(scan, span_of("\"", 1));
		}
	}
	return whole && s.n == 0;
}

enum never
never_der(struct span der)
{
	struct never_scan scan;
	enum never kind;
	bool whole;

	never_scan_begin(&scan);
	whole = walk(&scan, der, 0);
	kind = never_scan_end(&scan);
	return kind != NEVER_NOTHING || whole ? kind : never_text(der);
}
