#ifndef API_CLI_PRINCIPAL_H
#define API_CLI_PRINCIPAL_H

#include "api/cli/cli.h"

/* A key of the algorithm that --algorithm says, as a new file; or NULL. */
struct key *principal_new_key(struct cli *, const char *path);
/* A body with a PKCS#10 for that key, base64 in its member csr; or NULL. */
json_t *principal_request(const char *handle, const struct key *);
/* What answer has in certificate and issuer, the leaf first, as
 * VAR/credentials/HANDLE.crt, if it is for the key in HANDLE.key. */
int principal_store(struct cli *, const char *handle, json_t *answer);

#endif
