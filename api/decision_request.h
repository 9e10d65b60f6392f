#ifndef API_DECISION_REQUEST_H
#define API_DECISION_REQUEST_H

#include <jansson.h>

#include "key/uuid.h"
#include "policy/facts.h"
#include "registry/fields.h"

/*
 * The body of POST /v1/decisions, read strictly (openapi.yaml describes it).
 */

#define DECISION_CHAIN_MAX 4

struct decision_chain {
	struct buf der[DECISION_CHAIN_MAX]; /* leaf, issuer, ... */
	size_t n;
};

struct decision_request {
	const char *request_id;		      /* UUID; NULL: of a batch */
	const char *purpose_text, *mode_text; /* mode NULL: left out */
	enum purpose purpose;
	enum decision_mode mode;
	struct buf challenge; /* 32 octets; empty: none, in a precheck */
	const char *operator_nonce;
	struct decision_chain tre, platform;
	struct buf tre_signature, platform_signature;
	/* by what the TrE shows what it is; NONE: nothing, in a precheck */
	enum evidence_kind shown;
	struct buf quote_attest, quote_signature;
	struct decision_chain dice; /* first layer first */
	const char *signed_at_text;
	int64_t signed_at; /* 0: none, in a precheck */
	const char *validation;
	json_t *claims;	      /* borrowed, or NULL */
	json_t *measurements; /* what they say was measured, likewise */
	const char *firmware, *debug, *tamper;	/* what they say, or NULL */
	json_t *device;				/* borrowed, or NULL */
	const char *imei, *tac;			/* NULL when not given */
	int64_t max_status_age;			/* 0: none asked */
	const char *current_operator, *consent; /* of a migration, or NULL */

	struct fields fields, evidence, device_fields, claims_fields, quote,
	    migration;
	bool has_evidence, has_device, has_claims, has_quote, has_migration;
};

/* -1: ERR_INPUT, code REQUEST_MALFORMED.  Free in either case. */
int decision_request_parse(struct span body, struct decision_request *);
void decision_request_free(struct decision_request *);

/*
 * A batch (POST /v1/decisions/batch): line 1 says what is asked of all items,
 * and each line that follows is a request without that.
 */
#define DECISION_BATCH_MAX 100000

struct decision_head {
	const char *batch; /* UUID */
	int items;
	struct decision_request asked; /* and nothing about a device */
};

/* -1: ERR_INPUT, code BATCH_MALFORMED.  Free in either case. */
int decision_head_parse(struct span line, struct decision_head *);
void decision_head_free(struct decision_head *);

/* As decision_request_parse(); the head must outlive the item. */
int decision_item_parse(struct span line, const struct decision_head *,
    struct span challenge, struct decision_request *);

/* Do the Luhn check digit and length of an IMEI hold (3GPP TS 23.003, B)? */
bool imei_valid(const char *);

#endif
