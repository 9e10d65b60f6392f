#ifndef AUTHORITY_SIGNER_H
#define AUTHORITY_SIGNER_H

#include <jansson.h>

#include "authority/authority.h"
#include "key/jws.h"
#include "x509/cert.h"

/*
 * Who signed what, believed for the signature's sake alone.  The database may
 * have been written to by somebody who holds the api's role: what a row says
 * about a person counts for nothing here.  A person is who the access CA
 * certified, in the role that stands in the certificate (OU), and did what
 * their key signed.
 */
struct signer {
	struct buf der;
	struct cert cert;
	struct key *key;
	char role[64];	       /* OU */
	char organisation[64]; /* O: handle */
	char handle[64];       /* CN */
};

/*
 * The certificate that a JWS names ("x5t#S256"), if it was good at that time:
 * issued by our access CA (its signature is checked), in its time, and not
 * revoked or put on hold before, nor ever revoked for a compromise; nor, until
 * a later time, taken away for anything but that it was renewed. ERR_DENIED.
 */
int signer_find(struct authority *, const char *thumbprint, int64_t at,
    int64_t until, struct signer *);
void signer_free(struct signer *);

/* One signed request of the record, verified; act_free(). */
struct act {
	struct signer by;
	char url[257];
	struct buf body;
	uint8_t body_sha256[32];
	json_t *json; /* the body, an object */
	int64_t recorded;
	int64_t recorded_us; /* the same in microseconds */
	int64_t approved;    /* four_eyes_find(): when the other said yes */
};
int act_get(struct authority *, int64_t statement, struct act *);
void act_free(struct act *);

/* A text member of the body; "" when there is none. */
const char *act_text(const struct act *, const char *name);

/*
 * Is there a proposal of that act on the subject, by somebody of a role in
 * `proposer`, with an approval by another of a role in `approver`, both truly
 * signed, and recorded since `since`?  0 and the proposer's act (act_free()),
 * or -1 with ERR_DENIED, code NOT_SIGNED_BY_TWO, or ORDER_NOT_AS_SIGNED where
 * the proposer signed for another address than `url`.
 */
struct four_eyes {
	const char *subject; /* number or handle */
	const char *act;
	const char *proposer; /* roles, with spaces between them */
	const char *approver;
	const char *url; /* NULL: whoever asks looks at the act's */
	int64_t since;
	/* The same in microseconds, where what was given back before must not
	 * be given back by the same signatures within a second; 0: as since. */
	int64_t since_us;
};
int four_eyes_find(struct authority *, const struct four_eyes *, struct act *);

#endif
