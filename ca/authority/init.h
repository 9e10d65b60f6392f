#ifndef AUTHORITY_INIT_H
#define AUTHORITY_INIT_H

#include "authority/issuer.h"

/*
 * `assay-authority init`: what README.md promises.  Everything that exists
 * stays as it is.
 */
int init_run(struct authority *);

/* VAR/init/manifest: certificates for everybody in it who has none. */
int init_manifest(struct authority *, struct issuer *access);

#endif
