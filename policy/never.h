#ifndef POLICY_NEVER_H
#define POLICY_NEVER_H

#include <stdint.h>

#include "base/buf.h"

/*
 * What never enters: the subscriber's secrets and identities, and profiles.
 * The body certifies devices before anybody has chosen an operator for them,
 * so there is no field in which such a thing could belong, and none may be
 * stored or logged by mistake.
 *
 * Found are: members and parameters by their names, however spelled; values
 * that stand behind such a name in a text, a table or a file ("IMSI:
 * 262...", "<ki>00...", a column of a CSV); and profile packages by their
 * first octets.  A value without any name is not found: fifteen digits may be
 * an IMEI.  An IMEI is no subscriber's.
 */
enum never {
	NEVER_NOTHING,
	NEVER_IMSI,    /* also a SUPI (3GPP TS 23.003) */
	NEVER_MSISDN,  /* ITU-T E.164 */
	NEVER_ICCID,   /* ITU-T E.118 */
	NEVER_KEY,     /* Ki, K: 3GPP TS 33.102, TS 35.205 */
	NEVER_OP,      /* OP, OPc, TOPc */
	NEVER_CODE,    /* PIN, PUK, ADM: ETSI TS 102 221 */
	NEVER_VECTOR,  /* authentication vectors and what is derived */
	NEVER_PROFILE, /* a profile package (TCA), or a part of it */
};

/* "an IMSI", for a sentence. */
const char *never_kind(enum never);

/* Is this what such a thing would be called?  By name alone. */
enum never never_name(struct span);

/*
 * A text or a file, in pieces of any size, in constant memory.  NUL octets
 * don't count, so UTF-16 is read too.  found is final once it is set.
 */
#define NEVER_WORD    72 /* longer runs of letters and digits mean nothing */
#define NEVER_COLUMNS 32

struct never_label;
struct never_scan {
	enum never found;
	/* the run of letters and digits, in lower case, and the one before;
	 * where a capital follows a small letter; what parts the two */
	char words[2][NEVER_WORD];
	unsigned current; /* of the two */
	size_t n, hump, nbefore, gap;
	uint8_t gap_octet, last;
	/* a label, and its value as far as it has come */
	const struct never_label *label;
	char value[NEVER_WORD];
	size_t nvalue;
	unsigned fillers, groups;
	bool marked, plus;
	uint8_t joint; /* between the first two groups of a value */
	/* base64 behind a key's label: how long, -1 when it has not begun */
	const struct never_label *key;
	int base64;
	size_t base64_run; /* letters of base64 in a row, up to here */
	/* "-----BEGIN ": until the line ends, words tell what it is */
	bool pem;
	/* tables: this cell, and the labels of the columns */
	char cell[40];
	size_t ncell, runs, column;
	const struct never_label *columns[NEVER_COLUMNS];
	const struct never_label *heading[NEVER_COLUMNS];
	bool has_columns, has_heading;
	uint64_t octets; /* the last eight */
};

void never_scan_begin(struct never_scan *);
enum never never_scan_put(struct never_scan *, struct span);
enum never never_scan_end(struct never_scan *);

/* All of it at once. */
enum never never_text(struct span);
/* Certificates and requests: string by string, as X.690 parts them. */
enum never never_der(struct span);

/* A text that may be base64, a PEM block or a JWS. */
enum never never_value(struct span);

/*
 * JSON, well formed or not: the names of its members, and its texts as
 * never_value() reads them.  where gets the name of the member.
 */
#define NEVER_WHERE 48
enum never never_json(struct span, char where[NEVER_WHERE]);

/*
 * Refuse it: ERR_INPUT, SUBSCRIBER_DATA_REFUSED, a sentence that names where
 * and what, and never the value.  Returns -1, or 0 for NEVER_NOTHING.
 */
#define NEVER_REFUSED "SUBSCRIBER_DATA_REFUSED"
int never_refuse(enum never, const char *where);

#endif
