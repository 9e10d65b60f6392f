#ifndef API_CLI_CLIENT_H
#define API_CLI_CLIENT_H

#include "api/cli/cli.h"

/*
 * Sign the body as the credential --as: the compact JWS, payload detached, of
 * an Assay-Statement for path; malloc'd, or NULL with err_set().
 */
char *client_statement(struct cli *, const char *path, struct span body);

/*
 * A problem+json body (RFC 9457) into the error slot: kind by status, code
 * from the type's last part, the detail as the sentence.  Returns -1.
 */
int client_problem(long status, struct span body);

/*
 * Before another try of what has just failed: waits for as long as the server
 * has asked for (Retry-After), else a second.  false: it is no failure that
 * passes, or was waited for long enough; the error slot says so.
 */
struct client_patience {
	int tries;  /* without a word of when */
	int waited; /* seconds that the server asked for */
};
bool client_wait(const struct cli *, struct client_patience *);

#endif
