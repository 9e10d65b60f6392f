#ifndef CEREMONY_RUN_KEY_H
#define CEREMONY_RUN_KEY_H

#include "ceremony/ceremony.h"
#include "key/pkcs11.h"

/* A root's private key during a ceremony. */
struct run_key {
	struct pkcs11 *token; /* NULL: from a file */
	struct key *key;
};

/* The one that is there; script is the path where relative ones begin. */
int run_key_load(
    struct run_key *, const struct script_key *, const char *script);
void run_key_close(struct run_key *);

/*
 * Before custodians confirm: make a new root's key, if it is not there, and
 * write its public half where the script says.  What it did goes to text.
 * CEREMONY_CONFLICT, ERR_CONFLICT: a key is there of another algorithm, or
 * another public one.
 */
int run_key_make(const struct ceremony *, const char *script, struct buf *text);

#endif
