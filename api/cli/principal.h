#ifndef API_CLI_PRINCIPAL_H
#define API_CLI_PRINCIPAL_H

#include "api/cli/cli.h"

/* A key of the algorithm that --algorithm says, as a new file; key_free() it.
 * NULL: there is none. */
struct key *principal_new_key(struct cli *, const char *path);
/* A body with a PKCS#10 for that key, base64 in its member csr: a new
 * reference; or NULL. */
json_t *principal_request(const char *handle, const struct key *);
/* Whose a certificate must be: a name and role, or (of a renewal) the whole
 * subject of the one before. */
struct principal_whose {
	const char *handle, *role;
	struct span subject; /* DER, or empty */
};

/* What answer has in certificate and issuer, the leaf first, as
 * VAR/credentials/FILE.crt, if it is for the key in FILE.key (else code
 * KEY_MISMATCH) and leads, perhaps by these links, to the root that is trusted.
 */
int principal_store(struct cli *, const char *file, json_t *answer,
    json_t *links, const struct principal_whose *);
/* The latter alone; -1 with a code of x509/path.h, or NAME_MISMATCH. */
int principal_judge(struct cli *, struct span leaf, struct span issuer,
    json_t *links, const struct principal_whose *);

#endif
