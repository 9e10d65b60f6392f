#ifndef CLI_CHANNEL_H
#define CLI_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "kit/chain.h"
#include "x509/cert.h"

/*
 * What each channel tells of one certificate: the index on this host, OCSP and
 * the CRL as the certificate's own addresses give them to anybody, with the
 * delta that the CRL names, an offline kit that was fetched.  The feed tells of
 * none.
 */

enum channel {
	CHANNEL_INDEX,
	CHANNEL_OCSP,
	CHANNEL_CRL,
	CHANNEL_KIT,
	CHANNEL_FEED,
	CHANNELS
};

/* As a table and a metric name them; and how many seconds each may take. */
extern const char *const channel_names[CHANNELS];
extern const int channel_delay[CHANNELS];

enum stands { STANDS_GOOD, STANDS_HELD, STANDS_REVOKED, STANDS_ELSE };

/* What is known or told; when and reason of what is held or revoked. */
struct told {
	enum stands standing;
	bool bare; /* the channel has no reason and no time */
	int reason;
	int64_t when;
	char *why; /* STANDS_ELSE: what is wrong instead; malloc'd */
};

struct channels;

/* status: the folder of the index, or NULL when it is not on this host.  The
 * kit, which may be empty, is borrowed. */
struct channels *channels_open(const char *status, const struct kit_chain *kit);
void channels_free(struct channels *);

/* About which one, whose. */
struct channel_question {
	const struct cert *cert, *issuer; /* issuer: the CA's certificate */
	uint32_t issuer_id;
	uint64_t index;
	int64_t now;
	int64_t
	    listed; /* when what CRLs list of it last changed; 0: not said */
};

/*
 * Ask one.  What is wrong with an answer is an answer (STANDS_ELSE).  -1: this
 * channel is not here, or not meant.
 */
int channel_ask(struct channels *, enum channel,
    const struct channel_question *, struct told *);

/* CRLs are fetched once until then. */
void channels_forget_crls(struct channels *);

#endif
