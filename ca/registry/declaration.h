#ifndef REGISTRY_DECLARATION_H
#define REGISTRY_DECLARATION_H

#include <stdint.h>

#include <jansson.h>

#include "base/buf.h"

/*
 * A supplier's declaration: a JWS (RFC 7515, compact, ES256) by the key of the
 * principal that submits it.  Protected header, exactly
 *
 *	{"alg":"ES256","typ":"assay-declaration+jws","x5t#S256":...,"iat":n}
 *
 * Payload, exactly
 *
 *	{"model":handle,"ruleset":name,"version":n,"valid_until":RFC 3339,
 *	 "answers":{rule:{"answer":"yes"|"no"|"not_applicable",
 *	                  "statement":text,"evidence":[sha256 in hex]?}}}
 *
 * It proves for ever who said what; so it is kept as it came.  That every
 * rule of the set is answered, and no other, is checked beside the rule set
 * (db/schema, declaration_submit).
 */
struct declaration {
	json_t *payload; /* owned; the texts live as long */
	const char *model;
	const char *ruleset;
	int version;
	int64_t valid_until;
	char *answers; /* as JSON */
};

#define DECLARATION_MAX	 400000 /* octets of the JWS */
#define DECLARATION_SKEW 300	/* seconds that iat may be off */

/*
 * Read one, signed by that certificate's key at about that time.
 *
 *	DECLARATION_MALFORMED	ERR_INPUT
 *	DECLARATION_SIGNER	ERR_DENIED: x5t#S256 names another certificate
 *	DECLARATION_TIME	ERR_DENIED: iat more than DECLARATION_SKEW off
 *	DECLARATION_SIGNATURE	ERR_DENIED
 */
int declaration_read(struct declaration *, struct span jws,
    struct span certificate, int64_t now);
void declaration_free(struct declaration *);

struct key;

/* Sign a payload; appends the JWS. */
int declaration_build(const json_t *payload, const struct key *,
    struct span certificate, int64_t now, struct buf *jws);

#endif
