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

#endif
