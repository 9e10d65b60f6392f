#ifndef ISSUE_MANIFEST_H
#define ISSUE_MANIFEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * A lot's manifest: what a supplier sends to have devices certified.
 *
 * NDJSON (one JSON object a line, each ended by a newline).  Line 1 is
 *
 *	{"header":"<JWS, compact, typ assay-lot+jws>"}
 *
 * whose payload is a manifest_header; it stands for all the octets that follow
 * by their number of lines and their SHA-256.  Each other line is a row:
 *
 *	{"id":"<device id>","csr":"<base64 of a DER PKCS#10>"}
 *
 * or, where the header says "kind":"key", a public key that the supplier alone
 * answers for,
 *
 *	{"id":"<device id>","key":"<base64 of a DER SubjectPublicKeyInfo>"}
 *
 * or, where it says "kind":"certificate" and "ca":"<number of a delegated CA>",
 * what that CA has issued to it, which makes the lot a report,
 *
 *	{"id":"<device id>","certificate":"<base64 of a DER certificate>"}
 *
 * with "tre":"<TrE id>" and perhaps "tac":"<8 digits>" where the device is a
 * terminal.  All rows are of the header's kind.  Unknown and repeated members
 * are refused.
 *
 * A row is "plain" when it is written exactly as manifest_row_write() writes
 * it.  A plain row can be written again from its fields, so the register need
 * not keep its line to have the manifest's hash proven again.
 */

#define MANIFEST_LINE_MAX 16384	   /* octets, newline included */
#define MANIFEST_ROWS_MAX 10000000 /* lot.count */
#define MANIFEST_CSR_MAX  8192
#define MANIFEST_ID_MAX	  32
#define MANIFEST_TYP	  "assay-lot+jws"

/* What each row holds, and the lot's kind. */
enum manifest_kind { MANIFEST_CSR, MANIFEST_KEY, MANIFEST_CERTIFICATE };
const char *manifest_kind_name(enum manifest_kind);
int manifest_kind_parse(const char *, enum manifest_kind *);

struct manifest_header {
	enum manifest_kind kind;
	char model[41]; /* handles */
	char site[41];
	int count;	    /* rows */
	char reference[65]; /* the supplier's own words; "" for none */
	uint8_t rows_sha256[32];
	int64_t iat; /* when it was signed */
	char ca[24]; /* of a report; "" for none */
};

/* The JWS's payload; ERR_INPUT names the member that is wrong. */
int manifest_header_parse(struct span, struct manifest_header *);
/* The payload to sign. */
void manifest_header_write(struct buf *, const struct manifest_header *);

struct manifest_row {
	int row; /* from 1 */
	/* "" where there is none; of a faulty row what could be read */
	char id[MANIFEST_ID_MAX + 1];
	char tre[MANIFEST_ID_MAX + 1];
	char tac[9];
	/* DER, not looked at: request, key or certificate;
	 * manifest_row_free() */
	struct buf csr;
	char fault[160]; /* "" or why this row is refused (ROW_MALFORMED) */
	/*
	 * The line without its newline, when the row is faulty or not plain;
	 * else empty.  Good until the next row is read.
	 */
	struct span line;
};

void manifest_row_free(struct manifest_row *);
/* A line (without its newline) into the row; row->row is left alone. */
void manifest_row_parse(
    struct span line, enum manifest_kind, struct manifest_row *);
/* A plain row with its newline; tre and tac may be NULL or "". */
void manifest_row_write(struct buf *, enum manifest_kind, const char *id,
    struct span csr, const char *tre, const char *tac);

bool manifest_id_ok(struct span); /* ^[A-Z0-9][A-Z0-9.-]{3,31}$ */

/* Reads a descriptor from where it stands, some 64 KiB at a time. */
struct manifest;
struct manifest *manifest_open(int fd); /* fd stays the caller's */
void manifest_free(struct manifest *);

/*
 * Line 1, once, before the rows: the JWS, not verified.  ERR_INPUT where the
 * whole manifest is refused, here and in manifest_next().
 */
int manifest_header(struct manifest *, struct buf *jws);
/* What the header says, before the first row is read. */
void manifest_expect(struct manifest *, enum manifest_kind);
/*
 * The next row: 1, or 0 at the end, or -1.  A row with a fault is a row; a
 * line that is too long or cut off, or that has in it what never enters,
 * refuses the whole.
 */
int manifest_next(struct manifest *, struct manifest_row *);
/* After the end: SHA-256 of all octets behind line 1. */
int manifest_digest(struct manifest *, uint8_t sha256[32]);

#endif
