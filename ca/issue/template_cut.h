#ifndef ISSUE_TEMPLATE_CUT_H
#define ISSUE_TEMPLATE_CUT_H

#include "issue/template.h"
#include "key/hash.h"

/*
 * A device's certificate in pieces, as the register keeps it: what it shares
 * with others of its template is kept once, and between those pieces is what it
 * has of its own.  Both in turn, and the signature behind, give it octet for
 * octet; the register tries that before it takes one
 * (db/schema/302_certificate.sql).
 */

/* What is its own, in the order in which it stands there. */
enum cut_kind {
	CUT_SERIAL,
	CUT_NOT_BEFORE, /* digits and Z */
	CUT_NOT_AFTER,	/* likewise; nothing where it is endless */
	CUT_DEVICE_ID,	/* in the subject */
	CUT_POINT,
	CUT_KEY_ID,
	CUT_HARDWARE, /* the device id again, in hardwareModuleName */
	CUT_BINDING,  /* from the TrE's key to its serial; of a terminal */
	CUTS
};

struct template_cut {
	bool cut; /* or it must be kept as it is */
	uint16_t at[CUTS], n[CUTS];
	uint8_t digest[HASH_SIZE]; /* of what it shares */
};

/* Find them in the content made for that row. */
void template_cut(const struct template *, const struct template_row *,
    struct span content, struct template_cut *);
/* What a thread that ends has kept of it. */
void template_cut_forget(void);
/* What stands before own part i; for i = CUTS all that is behind the last, up
 * to the signature's header. */
void template_piece(const struct template *, const struct template_cut *,
    struct span content, int i, struct buf *out);
/* The own part i. */
struct span template_own(
    const struct template_cut *, struct span content, enum cut_kind);
/* Octets of all but the header around it and the signature's. */
size_t template_octets(const struct template *, struct span content);
/* Seconds from notBefore to notAfter; 0: endless. */
int64_t template_lasts(const struct template *);

#endif
