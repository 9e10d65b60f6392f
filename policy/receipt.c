/*
 * A receipt's claims.
 */

#include <string.h>

#include "base/enc.h"
#include "policy/receipt.h"
#include "policy/receipt_inside.h"

/* draft-ietf-rats-ear, trustworthiness tiers */
enum {
	TIER_NONE = 0,
	TIER_AFFIRMING = 2,
	TIER_WARNING = 32,
	TIER_CONTRAINDICATED = 96
};

static json_t *
hex(struct span s)
{
	struct buf b = BUF_EMPTY;
	json_t *v;

	if (s.n == 0)
		return json_null();
	hex_encode(&b, s);
	v = json_string(buf_str(&b));
	buf_free(&b);
	return v;
}

static json_t *
codes(const enum reason *list, int n)
{
	json_t *array = json_array();
	int i;

	for (i = 0; i < n; i++)
		(void)json_array_append_new(
		    array, json_string(reason_get(list[i])->code));
	return array;
}

int
receipt_tier(const struct verdict *v, bool held)
{
	if (v->kind == VERDICT_REFUSE)
		return TIER_CONTRAINDICATED;
	if (v->kind == VERDICT_INDETERMINATE || !held)
		return TIER_NONE;
	return v->nwarnings > 0 ? TIER_WARNING : TIER_AFFIRMING;
}

/* What the TrE runs, as far as it was measured. */
static int
executables(const struct evidence_facts *e)
{
	if (!evidence_at_hand(e) || e->measurement == MEASUREMENT_IS_NOT_ASKED)
		return TIER_NONE;
	return e->measurement == MEASUREMENT_IS_GOOD ? TIER_AFFIRMING
						     : TIER_CONTRAINDICATED;
}

struct receipt_vector
receipt_vector(const struct facts *f, const struct side_facts *side)
{
	bool identified = side->registered && side->path == REASON_NONE;
	bool accredited = side->model.at_issue == COC_IS_CERTIFIED ||
	    side->model.at_issue == COC_IS_PROVISIONAL;

	return (struct receipt_vector){
		.identity = identified ? TIER_AFFIRMING : TIER_CONTRAINDICATED,
		.hardware = accredited ? TIER_AFFIRMING : TIER_NONE,
		.executables = executables(&f->evidence),
	};
}

static json_t *
policy(const struct operator_policy *p)
{
	return p == NULL || p->number[0] == '\0'
	    ? json_null()
	    : json_pack("{s:s, s:i, s:s}", "number", p->number, "version",
		  p->version, "sha256", p->sha256);
}

/* Who says it to whom, and until when one may act on it. */
static json_t *
envelope(const char *issuer, const char *operator, const char * id, int64_t now)
{
	return json_pack("{s:s, s:s, s:s, s:I, s:I}", "iss", issuer,
	    "aud", operator, "jti", id, "iat", (json_int_t)now, "exp",
	    (json_int_t)now + RECEIPT_SECONDS);
}

void
receipt_item_judge(json_t *item, const struct verdict *v)
{
	json_t *d = json_object_get(item, "decision"), *side;
	const char *name;

	(void)json_object_set_new(
	    d, "verdict", json_string(verdict_text(v->kind)));
	(void)json_object_set_new(d, "reasons", codes(v->reasons, v->nreasons));
	(void)json_object_set_new(
	    d, "warnings", codes(v->warnings, v->nwarnings));
	json_object_foreach(json_object_get(item, "submods"), name, side)
	{
		(void)json_object_set_new(
		    side, "ear.status", json_integer(receipt_tier(v, false)));
	}
}

json_t *
receipt_batch_claims(const struct receipt_batch *b)
{
	json_t *claims = envelope(b->issuer, b->operator, b->batch, b->now);
	json_t *o = json_object();

	(void)json_object_set_new(o, "size", json_integer(b->size));
	(void)json_object_set_new(o, "root", hex(b->root));
	(void)json_object_set_new(o, "permit", json_integer(b->permit));
	(void)json_object_set_new(o, "refuse", json_integer(b->refuse));
	(void)json_object_set_new(
	    o, "indeterminate", json_integer(b->indeterminate));
	(void)json_object_set_new(o, "purpose", json_string(b->purpose));
	(void)json_object_set_new(o, "request_sha256", hex(b->request));
	(void)json_object_set_new(o, "received", json_integer(b->received));
	(void)json_object_set_new(o, "floor", json_string(RECEIPT_FLOOR));
	(void)json_object_set_new(o, "operator_policy", policy(b->policy));
	(void)json_object_set_new(o, "status_event", json_integer(b->event));
	(void)json_object_set_new(o, "status_log_sha256", hex(b->event_sha256));
	(void)json_object_set_new(claims, "batch", o);
	return claims;
}

json_t *
receipt_standing_claims(const char *issuer, const char *audience,
    const char *id, int64_t now, json_t *standing)
{
	json_t *claims = envelope(issuer, audience, id, now);

	(void)json_object_set_new(claims, "standing", standing);
	return claims;
}
