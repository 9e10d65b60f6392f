#ifndef API_CLI_CUSTODY_STORY_H
#define API_CLI_CUSTODY_STORY_H

#include "api/cli/witness.h"

/*
 * What a custody's story is made of: who signed that it began, went on and
 * ended.  Told word by word, and as a whole.
 */
struct story {
	struct cli *cli;
	struct witness *witness;
	long held, failed;
};

/*
 * What came of verifying one thing (rc, and the error slot): a line for people
 * or of JSON.  0, or -1 when it could not be looked at.
 */
int story_tell(struct story *, const char *what, const char *name, int rc);

/* One of /v1/custody-proofs. 0, or -1 when something could not be looked at. */
int custody_story(struct story *, const json_t *custody);

/*
 * One dispute of it: what was said, and decided.  0, or -1 with what does not
 * hold.
 */
int dispute_story(struct story *, const json_t *dispute);
/* What the two who have judged it signed; the caller frees said. */
int dispute_judged(struct story *, const json_t *dispute, json_t **said);
/*
 * Two people's words behind an act ("proposed", "approved"): the first sent to
 * that address, in those roles.  said: what was proposed, the caller's to free.
 */
int story_of_two(struct story *, const json_t *judged, const char *subject,
    const char *url, const char *proposer, json_t **said);

/*
 * What somebody of the organisation, an operator, has signed to that address is
 * this and no more (the reference is taken): members that are null count as not
 * there.
 */
int story_word(struct story *, const json_t *statement, const char *url,
    const char *organisation, json_t *terms);

#endif
