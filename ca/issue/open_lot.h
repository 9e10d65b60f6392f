#ifndef ISSUE_OPEN_LOT_H
#define ISSUE_OPEN_LOT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * An open lot's header: what a supplier signs before its devices ask one at a
 * time.  A compact JWS (ES256, typ assay-open-lot+jws) whose payload is
 *
 *	{"model":"<handle>","site":"<handle>","count":<requests at most>,
 *	 "until":<seconds since 1970>,"renewal":<may known devices renew>,
 *	 "secrets":["<hex>", ...],"reference":"<text>","iat":<seconds>}
 *
 * A secret stands there as SHA-256 of "DEVICE:SECRET" and is good for that
 * device once.  It must be as long as a key (open_lot_secret()), for whoever
 * sees the hash can try.
 */
#define OPEN_LOT_TYP	     "assay-open-lot+jws"
#define OPEN_LOT_JWS_MAX     8192 /* lot.header_jws */
#define OPEN_LOT_COUNT_MAX   10000000
#define OPEN_LOT_SECRETS_MAX 75 /* so many fit into a header */
#define OPEN_LOT_SECRET_SIZE 27 /* 20 octets as base64url */

struct open_lot {
	char model[41]; /* handles */
	char site[41];
	int count;
	int64_t until;
	bool renewal;
	char reference[65]; /* "" for none */
	int64_t iat;
	uint8_t secrets[OPEN_LOT_SECRETS_MAX][32];
	int nsecrets;
};

/* The JWS's payload; ERR_INPUT, code OPEN_LOT_HEADER, says what is wrong. */
int open_lot_parse(struct span payload, struct open_lot *);
/* The payload to sign. */
void open_lot_write(struct buf *, const struct open_lot *);

/* A fresh secret, NUL-terminated. */
void open_lot_secret(char secret[OPEN_LOT_SECRET_SIZE + 1]);
/* What the header has of it. */
void open_lot_secret_hash(
    struct span device, struct span secret, uint8_t sha256[32]);

#endif
