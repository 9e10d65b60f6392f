#ifndef API_CLI_SIGNER_H
#define API_CLI_SIGNER_H

#include "api/cli/cli.h"
#include "key/key.h"

/* The credential --as, to sign with: its key and its certificate. */
struct signer {
	struct key *key;
	struct buf certificate; /* DER */
};

/* 0, or -1 with err_set(); CLI_USAGE's error when there is no --as. */
int signer_open(struct cli *, struct signer *);
void signer_free(struct signer *);

/* A JWS by --as, with the header {"alg","typ","x5t#S256"}; appended. */
int signer_sign(
    struct cli *, const char *typ, struct span payload, struct buf *jws);

/* The certificate that stands first in a PEM file, a chain's leaf. */
int signer_certificate(const char *path, struct buf *der);

#endif
