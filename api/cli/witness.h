#ifndef API_CLI_WITNESS_H
#define API_CLI_WITNESS_H

#include "api/cli/cli.h"

/*
 * Whoever verifies again what others have signed, with code and a root of its
 * own: of the server it takes what is kept and no verdict.
 */
struct witness;

/* NULL with the error. */
struct witness *witness_new(struct cli *);
void witness_free(struct witness *);

/*
 * The certificate with that SHA-256, which must have been good at that time and
 * of somebody of that organisation (NULL: of the body) in that role, who was
 * active then.  It is the witness'.  0, or -1:
 *
 *	SIGNER_UNKNOWN		ERR_DENIED: the register has no such certificate
 *	SIGNER_UNTRUSTED	ERR_DENIED: it is not under our root
 *	SIGNER_NOT_GOOD		ERR_DENIED: over, revoked or locked at the time
 *	SIGNER_NOT_THEIRS	ERR_DENIED: of another organisation or role
 *
 * or why the server gave no answer.
 */
int witness_signer(struct witness *, const uint8_t sha256[32], int64_t at,
    const char *organisation, const char *role, struct span *certificate);

/*
 * A statement as the server has it ("jws", "url", "body", "at"): signed to that
 * address, at that time, by one of those.  said: the body, which the caller
 * frees; by: the signer's handle, the witness'.  0, or -1 with the codes above,
 * those of statement_verify(), or
 *
 *	STATEMENT_ABSENT	ERR_DENIED: there is none
 */
int witness_statement(struct witness *, const json_t *statement,
    const char *url, const char *organisation, const char *role, json_t **said,
    const char **by);

/* Is the error slot something that the witness has found, and no failure to
 * look? */
bool witness_found(void);

#endif
