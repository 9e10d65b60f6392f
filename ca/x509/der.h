#ifndef X509_DER_H
#define X509_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * DER (ITU-T X.690 section 10), read strictly and written fast.
 */

enum der_tag {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_NULL = 0x05,
	DER_OID = 0x06,
	DER_ENUMERATED = 0x0a,
	DER_UTF8 = 0x0c,
	DER_NUMERIC = 0x12,
	DER_PRINTABLE = 0x13,
	DER_IA5 = 0x16,
	DER_UTC_TIME = 0x17,
	DER_GENERALIZED_TIME = 0x18,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
};

/* Context-specific tags, [n] below 31. */
#define DER_CONTEXT(n)	    (0x80 | (n))
#define DER_CONTEXT_CONS(n) (0xa0 | (n))

/* The last second that certificates know, RFC 5280 section 4.1.2.5. */
#define DER_TIME_END INT64_C(253402300799) /* 99991231235959Z */

/*
 * Reading.  The span is the cursor: each der_get_* takes one element off its
 * front.  Indefinite, non-minimal or overlong lengths, multi-octet tags and
 * values in another than their one form are refused: -1, ERR_INPUT and code
 * DER_MALFORMED; the cursor is then of no use any more.  What is handed out
 * borrows from the input.
 */
bool der_next_is(struct span, uint8_t tag);
/* Any element: its tag, the whole of it, its content.  Each may be NULL. */
int der_get_any(
    struct span *, uint8_t *tag, struct span *whole, struct span *content);
int der_get(struct span *, uint8_t tag, struct span *content);
int der_get_whole(struct span *, uint8_t tag, struct span *whole);

int der_get_bool(struct span *, bool *);
/* Positive or zero, without the leading zero octet; zero is one octet. */
int der_get_integer(struct span *, struct span *magnitude);
int der_get_uint(struct span *, uint64_t *);
int der_get_null(struct span *);
int der_get_oid(struct span *, struct span *content);
/* A bit string of whole octets. */
int der_get_octet_bits(struct span *, struct span *);
/* A named bit list of at most 16 bits, bit n of it as 1 << n; minimal. */
int der_get_named_bits(struct span *, unsigned *);
/* UTCTime or GeneralizedTime as RFC 5280 section 4.1.2.5 divides them. */
int der_get_time(struct span *, int64_t *);
/* GeneralizedTime in seconds and Z, whatever the year. */
int der_get_generalized_time(struct span *, int64_t *);
/* A string of the type, its octets checked to be of its alphabet. */
int der_get_string(struct span *, uint8_t tag, struct span *);

/* The one helper that refuses trailing octets: of what, for the sentence. */
int der_end(struct span, const char *what);
/* One element of that tag and nothing behind it. */
int der_get_only(
    struct span, uint8_t tag, const char *what, struct span *content);

/* Elements within elements, all well formed?  For what is only walked over. */
int der_walk(struct span);

/* Is it well-formed UTF-8 without control characters? */
bool der_is_utf8(struct span);
/* Is it of PrintableString's alphabet? */
bool der_is_printable(uint8_t);

/*
 * Writing goes backwards into the caller's buffer: the last element first, so
 * that each length is known when its header is written.
 *
 *	der_start(&w, space, sizeof(space));
 *	mark = der_mark(&w);
 *	der_put_uint(&w, 2);
 *	der_put_uint(&w, 1);
 *	der_wrap(&w, DER_SEQUENCE, mark);      SEQUENCE { 1, 2 }
 *	if (der_done(&w, &out) == -1) ...
 *
 * A writer that ran out of room remembers it until der_done().
 */
struct der {
	uint8_t *base; /* the buffer's first octet */
	uint8_t *p;    /* the first octet written */
	uint8_t *end;
	bool full;
};

void der_start(struct der *, uint8_t *, size_t);
/* Octets written so far. */
size_t der_mark(const struct der *);
/* What was written since the mark; it stays where it is. */
struct span der_since(const struct der *, size_t mark);
/* All that was written; -1 with ERR_INTERNAL when it had no room. */
int der_done(const struct der *, struct span *);

/* Octets as they are. */
void der_put(struct der *, const void *, size_t);
void der_put_span(struct der *, struct span);
void der_put_octet(struct der *, uint8_t);
void der_put_header(struct der *, uint8_t tag, size_t length);
/* The header of all that was written since the mark. */
void der_wrap(struct der *, uint8_t tag, size_t mark);

/* One element of that tag with that content. */
void der_put_tlv(struct der *, uint8_t tag, struct span content);
void der_put_bool(struct der *, bool);
/* Positive or zero, big-endian, leading zeroes as you like. */
void der_put_integer(struct der *, struct span magnitude);
void der_put_uint(struct der *, uint64_t);
void der_put_null(struct der *);
void der_put_oid(struct der *, struct span content);
void der_put_octet_bits(struct der *, struct span);
void der_put_named_bits(struct der *, unsigned);
/* As RFC 5280 section 4.1.2.5: UTCTime through 2049.  1950 to 9999 only. */
void der_put_time(struct der *, int64_t);
void der_put_generalized_time(struct der *, int64_t);

#endif
