#ifndef API_CLI_DECIDE_PROOF_H
#define API_CLI_DECIDE_PROOF_H

#include "api/cli/question.h"
#include "x509/roots.h"

/*
 * The answer about one device, proven before it counts: its receipt holds under
 * the roots of --root or VAR, is the answer to what was asked, now, and says
 * what the answer says.
 */
struct decide_proof {
	struct roots roots;
	const struct buf *root; /* the signer's, once one has held */
	char thumbprint[44];
	struct buf signer, issuer;
};

/* Close in either case. */
int decide_proof_open(struct cli *, struct decide_proof *);
void decide_proof_close(struct decide_proof *);

/*
 * -1: it proves nothing.  The bundle is fetched where somebody wants it, and
 * for a signer that is met for the first time; NULL: nobody does.
 */
int decide_proof_check(struct cli *, struct decide_proof *,
    const struct question *, const struct question_sent *, const json_t *answer,
    json_t **bundle);

#endif
