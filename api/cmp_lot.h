#ifndef API_CMP_LOT_H
#define API_CMP_LOT_H

#include "api/request.h"
#include "db/conn.h"
#include "issue/open_lot.h"
#include "x509/cmp_server.h"

/*
 * A message of CMP on its way through: what it is, whom it is from, and what
 * the record has of its transaction.
 */
struct cmp_call {
	struct request *req;
	const char *lot;
	int operation;		 /* type that the address is for, or -1 */
	struct open_lot *header; /* what its supplier signed */
	struct buf issuer, root, crl;

	struct cmp_message message;
	struct buf own, own_issuer; /* who answers; empty: nobody can now */
	const char *secret;	    /* the key of its MAC, or NULL */
	bool believed;		    /* its protection holds */
	struct span signer;	    /* certificate of who signed it */
	bool known;	 /* the first of its certificates is a device's */
	bool device;	 /* a device's of the register */
	uint8_t who[32]; /* SHA-256 of signer, or of the MAC's id and key */

	/* of a transaction under way, or begun */
	int64_t transaction; /* 0: none */
	struct buf first, nonce;
	int row;
	uint8_t key[32];
	bool fresh; /* the row is a new one: nobody has looked at it */
	bool over;  /* confirmed or rejected */
};

/* The lot that the address names, who answers for it, and whether the message,
 * which was read before if it can be, brings a device's certificate;
 * ERR_ABSENT. */
int cmp_call_lot(struct cmp_call *);
/* Is it new enough, and from whom: CMP_* refusals. */
int cmp_call_judge(struct cmp_call *);
/* SHA-256 of each factory certificate that its signer leads to, of those that
 * the lot names. */
void cmp_call_anchors(const struct cmp_call *, struct db_array *);
/* The transaction that the message goes on with. */
int cmp_call_find(struct cmp_call *);
/* Begin one, or find that it was begun by the same message. */
int cmp_call_begin(struct cmp_call *);
/* Keep what came of it; accepted: 1, 0, or -1 for not said. */
int cmp_call_keep(struct cmp_call *, struct span answer, int accepted);
void cmp_call_free(struct cmp_call *);

#endif
