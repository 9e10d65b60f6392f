#ifndef REGISTRY_EVIDENCE_TYPE_H
#define REGISTRY_EVIDENCE_TYPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "registry/json_scan.h"

/*
 * Does a file hold what its media type says?  Whoever opens evidence years
 * from now trusts that word, so what can be told cheaply is told at the door:
 *
 *	application/pdf		begins with %PDF-
 *	image/png, image/jpeg	begin with their signatures
 *	application/zip		begins with PK and a header's number
 *	application/json	UTF-8, and an object or an array (RFC 8259)
 *	text/plain		UTF-8 without control characters but TAB, LF,
 *				FF and CR
 *
 * Any other type is refused.  Octets may come in pieces.
 */
struct evidence_type {
	const char *name; /* static; what to send the file as */
	enum { EVIDENCE_MAGIC, EVIDENCE_JSON, EVIDENCE_TEXT } kind;
	uint8_t head[8]; /* the file's first octets */
	size_t nhead;
	uint8_t least, most; /* what the next octet of a character may be */
	unsigned left;	     /* so many octets complete the character */
	bool bad;	     /* no UTF-8, or a control character */
	struct json_scan json;
};

/* -1 with ERR_INPUT, code EVIDENCE_TYPE_UNKNOWN, when it is none of these. */
int evidence_type_begin(struct evidence_type *, const char *media_type);
void evidence_type_put(struct evidence_type *, struct span);
/* -1 with ERR_INPUT, code EVIDENCE_TYPE_MISMATCH. */
int evidence_type_end(const struct evidence_type *);

#endif
