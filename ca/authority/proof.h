#ifndef AUTHORITY_PROOF_H
#define AUTHORITY_PROOF_H

#include "authority/lot.h"
#include "issue/open_lot.h"

/*
 * Rows of an open lot that came by CMP: the message itself is kept, and it is
 * verified here again.  It must hold this very request, for this very device,
 * and be protected by what the supplier's signed header names (a factory's
 * certificate, a MAC's key) or, of one that renews, by the old certificate.
 *
 * Where the header names factory certificates and nothing else, a new device
 * that brings no such message is refused: PROOF_MISSING.  PROOF_REFUSED: it
 * proves nothing.
 */
int proof_judge(struct authority *, const struct lot *, struct row *, int n);

/* The same of one new device's row, whose message is at hand; empty: none. */
int proof_judge_new(
    const struct open_lot *, struct span message, int64_t now, struct row *);
/* What the lot's supplier signed; open_lot_free() it. */
struct open_lot *proof_header(const struct lot *);

#endif
