#ifndef REVOKE_CRL_WALK_H
#define REVOKE_CRL_WALK_H

#include <stddef.h>
#include <stdint.h>

struct crl;
struct crl_entry;

/*
 * The entries of all published CRLs (crl_placed.h), of which there may be tens
 * of millions: as many at a time as the caller likes.
 */

/* How far it has come; zeroes are the beginning. */
struct crl_walk {
	char name[64];	  /* of the CRL, or "" */
	uint64_t number;  /* of that CRL, which may be another by then */
	uint64_t entries; /* of it, that are done */
};

enum crl_walk_answer {
	CRL_WALK_ON = 0, /* the next; after a failure, this one again */
	CRL_WALK_KEPT,	 /* the next; up to here all is done */
	CRL_WALK_STOP,	 /* that, and it is enough for now */
};

struct crl_walker {
	/* Is it worth it?  1, 0 or -1. */
	int (*crl)(uint32_t issuer, const struct crl *, void *ctx);
	/* A crl_walk_answer, or -1. */
	int (*entry)(uint32_t issuer, const struct crl_entry *, void *ctx);
};

/* From there on; 0: to the end, CRL_WALK_STOP, or -1: what failed is met again
 * the next time. */
int crl_walk(
    const char *var, struct crl_walk *, const struct crl_walker *, void *ctx);

#endif
