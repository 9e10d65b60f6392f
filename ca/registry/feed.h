#ifndef REGISTRY_FEED_H
#define REGISTRY_FEED_H

#include <stdint.h>

#include <jansson.h>

#include "base/buf.h"
#include "key/jws.h"

/*
 * The status feed as whoever keeps a copy sees it (policy/feed.md): verified
 * without us, with nothing but the root.
 *
 * A feed is a JWS (RFC 7515, compact, ES256) whose protected header is exactly
 * {"alg":"ES256","typ":FEED_TYPE,"x5c":[SIGNER, ISSUER]}: a feed signer's
 * certificate and the access CA's.  Its signer is judged as of `issued`.
 */

#define FEED_TYPE  "assay-feed+jws"
#define FEED_MAX   (256u * 1024 * 1024) /* octets */
#define FEED_LASTS (7 * 86400)		/* seconds; none is good for longer */

struct feed {
	struct jws jws;
	struct buf signer, issuer;
	char sha256[65]; /* its own, of all its octets */
	/* by feed_verify() */
	json_t *claims; /* the payload */
	int64_t no, issued, next_update;
	const char *previous; /* SHA-256 in hex; NULL of the first */
};

/*
 * Read who signed one; text must outlive it.  ERR_INPUT, code FEED_MALFORMED.
 * Free in either case.
 */
int feed_parse(struct span text, struct feed *);
void feed_free(struct feed *);

/*
 * Is it signed by its signer, and was that a feed signer under this root (DER)
 * when it was issued?  Then what it says is read, which nothing before it is.
 *
 *	FEED_SIGNATURE	ERR_DENIED: altered, or signed by another key
 *	FEED_SIGNER	ERR_DENIED: no feed signer of this PKI
 *	FEED_MALFORMED	ERR_INPUT: its members, its lists
 */
int feed_verify(struct feed *, struct span root);

/*
 * May one go by it at that time?
 *
 *	FEED_STALE	ERR_DENIED: its nextUpdate has passed
 *	FEED_NOT_YET	ERR_DENIED: issued later than five minutes from then
 */
int feed_fresh(const struct feed *, int64_t now);

/*
 * Does the newer one keep all that the older one told: each of its reports, in
 * its place, and what it said for good of each subject?
 *
 * One that says itself that the record was put back between the two
 * ("restored") may know less.
 *
 *	FEED_PAST_CHANGED	ERR_DENIED, and which
 */
int feed_keeps(const struct feed *older, const struct feed *newer);

/*
 * The same, and the very next number.
 *
 *	FEED_GAP	ERR_DENIED: numbers in between are missing
 *	FEED_CHAIN	ERR_DENIED: it names another one before it than this
 */
int feed_follows(const struct feed *older, const struct feed *newer);

#endif
