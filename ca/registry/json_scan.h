#ifndef REGISTRY_JSON_SCAN_H
#define REGISTRY_JSON_SCAN_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Is it JSON (RFC 8259)?  Octet by octet, of any length, without keeping what
 * was read: a file of 256 MiB takes no more memory than an empty one.  The
 * whole is an object or an array, at most JSON_SCAN_DEPTH deep.  That it is
 * UTF-8 is checked elsewhere (registry/evidence_type.h).
 */

#define JSON_SCAN_DEPTH 512

struct json_scan {
	enum json_scan_state {
		SCAN_VALUE, /* zero: nothing was read yet */
		SCAN_FIRST_VALUE,
		SCAN_FIRST_KEY,
		SCAN_KEY,
		SCAN_COLON,
		SCAN_AFTER, /* a value has ended */
		SCAN_STRING,
		SCAN_ESCAPE,
		SCAN_HEX,
		SCAN_WORD,
		SCAN_MINUS,
		SCAN_ZERO,
		SCAN_DIGITS,
		SCAN_POINT,
		SCAN_FRACTION,
		SCAN_E,
		SCAN_E_SIGN,
		SCAN_E_DIGITS,
		SCAN_BAD
	} state;
	bool key;	  /* the string is a name */
	unsigned hex;	  /* digits still to come */
	const char *rest; /* of true, false or null */
	unsigned depth;
	uint8_t objects[JSON_SCAN_DEPTH / 8]; /* a bit a level: 0 is an array */
};

/* Begins as all zeroes. */
void json_scan_put(struct json_scan *, uint8_t);
/* Is what was put whole? */
bool json_scan_end(const struct json_scan *);

#endif
