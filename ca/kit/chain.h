#ifndef KIT_CHAIN_H
#define KIT_CHAIN_H

#include "base/buf.h"
#include "kit/kit.h"
#include "x509/signed.h"

/*
 * A kit as an operator keeps it: a full snapshot and the deltas behind it, each
 * verified with nothing but the root, in one chain without a gap.
 */

struct kit_file {
	struct buf octets; /* owned; the rest borrows from it */
	uint8_t sha256[32];
	struct signed_object object;
	struct kit kit;
	struct exact (*layers)[KIT_LAYERS]; /* of each issuer; a snapshot's */
};

/*
 * Who signs one, and the head of what it says; it takes over the octets, also
 * when it fails.  KIT_MALFORMED.  Free in either case.
 */
int kit_file_open(struct buf *octets, struct kit_file *);
void kit_file_free(struct kit_file *);

/*
 * Is it signed by its signer, and was that a signer of status feeds and kits
 * under this root (DER) when it was issued?
 *
 *	KIT_SIGNATURE	ERR_DENIED: altered, or signed by another key
 *	KIT_SIGNER	ERR_DENIED: no such signer of this PKI
 */
int kit_file_verify(const struct kit_file *, struct span root);

/*
 * The rest of one that was verified: it takes many times its octets in memory,
 * which is for nobody to decide but a signer that we know.  KIT_MALFORMED.
 */
int kit_file_read(struct kit_file *);

struct kit_chain {
	struct kit_file *files; /* the first is the snapshot */
	size_t n;
};

#define KIT_CHAIN_EMPTY ((struct kit_chain){ NULL, 0 })

/*
 * Add one that was verified; it is taken over when it fits, and given back as
 * it was when not.  A snapshot replaces all that is there.
 *
 *	KIT_ROLLBACK	ERR_DENIED: older than what is there
 *	KIT_GAP		ERR_DENIED: numbers in between are missing, or there is
 *			no snapshot for it to change
 *	KIT_CHAIN	ERR_DENIED: it follows another one than what is there
 *	KIT_ANEW	ERR_DENIED: too much has changed for a delta; a snapshot
 *			of that number or a later one is needed
 */
int kit_chain_add(struct kit_chain *, struct kit_file *);
/*
 * Put all of another in its place, and give back what was there; 0 or -1 with
 * KIT_ROLLBACK, KIT_CHAIN, and both are as they were.
 */
int kit_chain_replace(struct kit_chain *, struct kit_chain *by);
void kit_chain_free(struct kit_chain *);

/* The last one; NULL: the chain is empty. */
const struct kit *kit_chain_newest(const struct kit_chain *);

/*
 * May one go by it at that time?
 *
 *	KIT_STALE	ERR_DENIED: its nextUpdate has passed
 *	KIT_NOT_YET	ERR_DENIED: issued later than five minutes from then
 */
int kit_chain_fresh(const struct kit_chain *, int64_t now);

/*
 * What it says of a certificate of that issuer (by key id), which must be one
 * that this PKI has signed: true, its class and its issuer; false when it was
 * issued later than the kit knows, or not by a CA that reports all it issues.
 * serial is as certificates have it, without a leading zero octet.
 */
bool kit_chain_class(const struct kit_chain *, struct span key_id,
    struct span serial, int64_t not_before, enum kit_class *);
/* By key id, in the newest; NULL: unknown. */
const struct kit_issuer *kit_find_issuer(const struct kit *, struct span);

#endif
