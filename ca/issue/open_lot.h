#ifndef ISSUE_OPEN_LOT_H
#define ISSUE_OPEN_LOT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * An open lot's header: what a supplier signs before its devices ask one at a
 * time.  A compact JWS (typ assay-open-lot+jws) whose payload is
 *
 *	{"model":"<handle>","site":"<handle>","count":<requests at most>,
 *	 "until":<seconds since 1970>,"renewal":<may known devices renew>,
 *	 "secrets":["<hex>", ...],"reference":"<text>","iat":<seconds>}
 *
 * A secret stands there as SHA-256 of "DEVICE:SECRET" and is good for that
 * device once.  It must be as long as a key (open_lot_secret()), for whoever
 * sees the hash can try.
 *
 * For CMP there may be two more:
 *
 *	 "factory":["<base64 of a DER certificate>", ...]
 *	 "mac":{"<device id>":"<key>", ...}
 *
 * A message may be signed under one of these certificates, which are the
 * supplier's own; where no secret and no key is named beside them, no new
 * device comes in otherwise.  A key of a MAC is good for its device once.  It
 * stands here in clear, for whoever verifies a MAC must have it: make each for
 * this alone (open_lot_secret()).
 */
#define OPEN_LOT_TYP	     "assay-open-lot+jws"
#define OPEN_LOT_JWS_MAX     8192 /* lot.header_jws */
#define OPEN_LOT_COUNT_MAX   10000000
#define OPEN_LOT_SECRETS_MAX 75 /* so many fit into a header */
#define OPEN_LOT_SECRET_SIZE 27 /* 20 octets as base64url */
#define OPEN_LOT_FACTORY_MAX 4
#define OPEN_LOT_CERT_MAX    2048
#define OPEN_LOT_MACS_MAX    64
#define OPEN_LOT_MAC_MIN     20 /* characters of a key */

/* Who may make MACs, and with what. */
struct open_lot_mac {
	char device[33];
	char key[65];
};

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
	uint8_t factory[OPEN_LOT_FACTORY_MAX][OPEN_LOT_CERT_MAX];
	size_t factory_size[OPEN_LOT_FACTORY_MAX];
	int nfactory;
	struct open_lot_mac macs[OPEN_LOT_MACS_MAX];
	int nmacs;
};

/* The JWS's payload; ERR_INPUT, code OPEN_LOT_HEADER, says what is wrong. */
int open_lot_parse(struct span payload, struct open_lot *);
/* Zeroed before it is freed: it has the keys of MACs. */
void open_lot_free(struct open_lot *);
/* The payload to sign. */
void open_lot_write(struct buf *, const struct open_lot *);

/* Does the register take new devices only under a factory certificate? */
bool open_lot_is_strict(const struct open_lot *);
/* The key of that device's MACs, or NULL. */
const char *open_lot_mac_key(const struct open_lot *, struct span device);

/* A fresh secret, NUL-terminated. */
void open_lot_secret(char secret[OPEN_LOT_SECRET_SIZE + 1]);
/* What the header has of it. */
void open_lot_secret_hash(
    struct span device, struct span secret, uint8_t sha256[32]);

#endif
