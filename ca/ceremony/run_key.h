#ifndef CEREMONY_RUN_KEY_H
#define CEREMONY_RUN_KEY_H

#include "ceremony/script.h"
#include "key/pkcs11.h"

/* A root's private key during a ceremony. */
struct run_key {
	struct pkcs11 *token; /* NULL: from a file */
	struct key *key;
	bool made; /* in this run */
};

/* The one that is there; script is the path where relative ones begin. */
int run_key_load(
    struct run_key *, const struct script_key *, const char *script);
/*
 * The same; made when it is not there.  One that is there is of an interrupted
 * ceremony, or was put there: the transcript tells, and its algorithm must be
 * that one.
 */
int run_key_ready(struct run_key *, const struct script_key *,
    const char *script, enum key_kind);
void run_key_close(struct run_key *);

#endif
