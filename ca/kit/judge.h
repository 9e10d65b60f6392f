#ifndef KIT_JUDGE_H
#define KIT_JUDGE_H

#include "kit/chain.h"
#include "policy/decide.h"
#include "x509/cert.h"
#include "x509/roots.h"

/*
 * A decision without a network: checks 3 to 7, 10 and 11 of policy/decide.h on
 * what a kit knows, by the same engine.  It is a precheck: it refuses, or it is
 * indeterminate, and never a permit.  What is left out: the operator, the
 * challenge, possession, claims, incidents, consent and the operator's policy;
 * of check 5, the octets in the register; of check 7, today's binding there
 * (a terminal that was bound anew has a new certificate, and its old one is
 * revoked).
 */

struct kit_question {
	struct span tre[2], terminal[2]; /* leaf and issuer; none: no octets */
	bool platform_only;
	const char *imei, *tac; /* NULL: not said */
	const char *firmware;	/* what the TrE says that it runs; NULL */
	int64_t max_status_age; /* seconds; 0: until nextUpdate */
	int64_t now;
};

/* Why the kit cannot tell, of one side. */
enum kit_gap {
	KIT_KNOWS,
	KIT_TOO_OLD,   /* issued later than it knows */
	KIT_DELEGATED, /* by a supplier's own CA, which may not have told yet */
	KIT_LOT,       /* its lot is under a measure that it cannot tell */
};

struct kit_answer {
	struct verdict verdict;
	enum kit_gap tre, terminal; /* each is STATUS_STALE, too */
	int64_t age;		    /* of the kit, seconds */
};

/*
 * ERR_DENIED with KIT_STALE and KIT_NOT_YET when the kit may not be gone by at
 * that time; there is no answer then.
 */
int kit_judge(const struct kit_chain *, const struct roots *,
    const struct kit_question *, struct kit_answer *);

/*
 * How a certificate of this PKI stands by the kit alone, what holds or revokes
 * all of its lot, model, site and so on counted; STANDING_UNKNOWN: there is no
 * certificate of that number.  Where there is a gap, what is said means
 * nothing.  The chain is not empty.
 */
enum standing kit_judge_standing(
    const struct kit_chain *, const struct cert *, enum kit_gap *);

#endif
