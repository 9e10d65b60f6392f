#ifndef REVOKE_OCSP_ANSWER_H
#define REVOKE_OCSP_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct ocsp_kept;
struct ocsp_signer;
struct serial_key;
struct status;

/*
 * Answers to OCSP requests, RFC 6960 section 4.2, out of the status index and
 * without a database.
 *
 * A response vouches for the moment when the index was last known to be up to
 * date (thisUpdate) and for `validity` seconds from there, no longer than its
 * signer's certificate; when `most_behind` seconds have passed since that
 * moment, or the validity has, or the moment is still to come, it is tryLater.
 *
 * One signature is on all that a request asks about, and counts for what its
 * certificate's issuer issued (section 4.2.2.2), so we have one of each issuer.
 * Of one issuer we may have none that is good today; then
 *
 *	its certificates alone		tryLater (section 2.3)
 *	its and those of others		these are answered, its own unknown
 *	its and what is not ours	tryLater
 *	what is not ours alone		unauthorized
 *
 * for those of an issuer that is not ours are unknown (section 2.2).  So what
 * is revoked is said to be for as long as anybody can say it.  How long the
 * answer counts is for those that are answered.
 */
struct ocsp_responder {
	struct status *index; /* NULL: there is none yet, so tryLater */
	const struct ocsp_signer *signer;
	struct serial_key *serials;
	struct ocsp_kept *kept; /* NULL: sign each time */
	int64_t validity;
	int64_t most_behind;
	int64_t leapt; /* of the clock, as this process saw it (base/clock.h) */
};

#define OCSP_VALIDITY 86400

/* OCSPResponseStatus, section 4.2.1. */
enum ocsp_status {
	OCSP_SUCCESSFUL = 0,
	OCSP_MALFORMED_REQUEST = 1,
	OCSP_INTERNAL_ERROR = 2,
	OCSP_TRY_LATER = 3,
	OCSP_UNAUTHORIZED = 6,
};

#define OCSP_TAG 16

/* What HTTP says about the response beside it (RFC 5019 section 6). */
struct ocsp_meta {
	enum ocsp_status status;
	int64_t this_update;
	int64_t next_update;
	bool nonce; /* was echoed: for this client alone */
	bool more;  /* the request has something beside what is answered */
	/* Of its signature, of which no two are alike. */
	uint8_t tag[OCSP_TAG];
};

/*
 * Append the response to out; there always is one.  A certificate of an issuer
 * that is not ours is unknown beside others of ours, and unauthorized alone.
 */
void ocsp_answer(const struct ocsp_responder *, struct span request,
    int64_t now, struct buf *out, struct ocsp_meta *);

/*
 * The same in steps, so that several are signed together, which is cheaper
 * (key_sign_many()).  True: it is answered.  False: it awaits its signature
 * and its end; until then the request and what the signer has stay as they
 * are.
 */
struct ocsp_pending;
struct ocsp_pending *ocsp_pending_new(void);
void ocsp_pending_free(struct ocsp_pending *);
bool ocsp_answer_begin(const struct ocsp_responder *, struct span request,
    int64_t now, struct buf *out, struct ocsp_meta *, struct ocsp_pending *);
/* KEY_MANY at most, of one responder. */
void ocsp_answer_sign(struct ocsp_pending *const *, size_t n);
void ocsp_answer_end(
    struct ocsp_pending *, struct buf *out, struct ocsp_meta *);

#endif
