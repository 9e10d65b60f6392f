#ifndef AUTHORITY_INIT_H
#define AUTHORITY_INIT_H

#include "authority/issuer.h"

/*
 * `assay-authority init`: what README.md promises.  Everything that exists
 * stays as it is.  0; -1; or INIT_WAITS: a root that is offline has to sign
 * what VAR/requests.json asks for.  folder is NULL, or what its ceremony made,
 * whose root must have that SHA-256, in hex.
 */
#define INIT_WAITS 3 /* the exit code, too */
int init_run(struct authority *, const char *folder, const char *root_sha256);

/* Up to a root and an access CA, where the root is offline: 0, INIT_WAITS, -1.
 */
int init_offline(
    struct authority *, const char *folder, const char *root_sha256);
/* The manifest's keys that sign from day to day, into the register. */
int init_delegated(struct authority *);

/* VAR/init/manifest: certificates for everybody in it who has none. */
int init_manifest(struct authority *, struct issuer *access);

#endif
