/*
 * A receipt's claims.
 */

#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "policy/receipt.h"

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
nonces(const struct receipt *r)
{
	json_t *list = json_array();
	struct buf b = BUF_EMPTY;

	if (r->operator_nonce != NULL)
		(void)json_array_append_new(
		    list, json_string(r->operator_nonce));
	if (r->challenge.n > 0) {
		base64url_encode(&b, r->challenge);
		(void)json_array_append_new(list, json_string(buf_str(&b)));
	}
	buf_free(&b);
	return list;
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

static int
tier(const struct verdict *v, bool held)
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

/* What is said of one module: its tier, and the vector behind it. */
static json_t *
submodule(const struct receipt *r, const struct side_facts *side)
{
	bool identified = side->registered && side->path == REASON_NONE;
	json_t *vector = json_object();

	(void)json_object_set_new(vector, "instance-identity",
	    json_integer(identified ? TIER_AFFIRMING : TIER_CONTRAINDICATED));
	(void)json_object_set_new(vector, "hardware",
	    json_integer(side->model.at_issue == COC_IS_CERTIFIED ||
			side->model.at_issue == COC_IS_PROVISIONAL
		    ? TIER_AFFIRMING
		    : TIER_NONE));
	if (side == &r->facts->tre)
		(void)json_object_set_new(vector, "executables",
		    json_integer(executables(&r->facts->evidence)));
	return json_pack("{s:i, s:o}", "ear.status",
	    tier(r->verdict, side->possession), "ear.trustworthiness-vector",
	    vector);
}

static json_t *
coc(const struct coc_facts *c)
{
	if (c->number[0] == '\0')
		return json_null();
	return json_pack("{s:s, s:s, s:s}", "number", c->number, "at_issue",
	    coc_fact_text(c->at_issue), "now", coc_fact_text(c->now));
}

static json_t *
measures(const struct facts *f)
{
	json_t *list = json_array();
	int i;

	for (i = 0; i < f->nmeasures; i++)
		(void)json_array_append_new(
		    list, json_string(f->measures[i].number));
	return list;
}

static json_t *
policy(const struct operator_policy *p)
{
	return p == NULL || p->number[0] == '\0'
	    ? json_null()
	    : json_pack("{s:s, s:i, s:s}", "number", p->number, "version",
		  p->version, "sha256", p->sha256);
}

static json_t *
decision(const struct receipt *r)
{
	const struct facts *f = r->facts;
	const struct verdict *v = r->verdict;
	json_t *d = json_object();

	(void)json_object_set_new(
	    d, "verdict", json_string(verdict_text(v->kind)));
	(void)json_object_set_new(d, "purpose", json_string(r->purpose));
	(void)json_object_set_new(d, "mode", json_string(r->mode));
	(void)json_object_set_new(d, "reasons", codes(v->reasons, v->nreasons));
	(void)json_object_set_new(
	    d, "warnings", codes(v->warnings, v->nwarnings));
	if (r->request_id != NULL)
		(void)json_object_set_new(
		    d, "request_id", json_string(r->request_id));
	if (r->detail != NULL)
		(void)json_object_set_new(d, "detail", json_string(r->detail));
	(void)json_object_set_new(d, "request_sha256", hex(r->request));
	(void)json_object_set_new(d, "transcript_sha256", hex(r->transcript));
	(void)json_object_set_new(d, "tre_certificate_sha256", hex(r->tre));
	(void)json_object_set_new(
	    d, "platform_certificate_sha256", hex(r->platform));
	(void)json_object_set_new(d, "tre_coc", coc(&f->tre.model));
	(void)json_object_set_new(
	    d, "hardware_platform_coc", coc(&f->hardware));
	(void)json_object_set_new(d, "platform_coc", coc(&f->platform.model));
	(void)json_object_set_new(d, "measures", measures(f));
	(void)json_object_set_new(d, "consent",
	    r->consent != NULL ? json_string(r->consent) : json_null());
	(void)json_object_set_new(d, "floor", json_string("floor-v1"));
	(void)json_object_set_new(d, "operator_policy", policy(f->policy));
	(void)json_object_set_new(d, "status_event", json_integer(r->event));
	(void)json_object_set_new(d, "status_log_sha256", hex(r->event_sha256));
	(void)json_object_set_new(d, "crl_number", json_integer(r->crl_number));
	(void)json_object_set_new(
	    d, "evidence", json_string(evidence_kind_text(f->evidence.shown)));
	return d;
}

static json_t *
submodules(const struct receipt *r)
{
	const struct facts *f = r->facts;
	json_t *o = json_object();

	(void)json_object_set_new(o, "tre",
	    f->mode == MODE_PLATFORM_ONLY ? json_string("not_evaluated")
					  : submodule(r, &f->tre));
	(void)json_object_set_new(o, "platform", submodule(r, &f->platform));
	return o;
}

/* Who says it to whom, and until when one may act on it. */
static json_t *
envelope(const char *issuer, const char *operator, const char * id, int64_t now)
{
	return json_pack("{s:s, s:s, s:s, s:I, s:I}", "iss", issuer,
	    "aud", operator, "jti", id, "iat", (json_int_t)now, "exp",
	    (json_int_t)now + RECEIPT_SECONDS);
}

json_t *
receipt_claims(const struct receipt *r)
{
	json_t *claims = envelope(r->issuer, r->operator, r->id, r->now);

	(void)json_object_set_new(claims, "eat_nonce", nonces(r));
	(void)json_object_set_new(claims, "submods", submodules(r));
	(void)json_object_set_new(claims, "decision", decision(r));
	return claims;
}

json_t *
receipt_item(const struct receipt *r, const char *batch, int index)
{
	json_t *item = json_object();

	(void)json_object_set_new(item, "batch", json_string(batch));
	(void)json_object_set_new(item, "index", json_integer(index));
	(void)json_object_set_new(item, "jti", json_string(r->id));
	(void)json_object_set_new(item, "eat_nonce", nonces(r));
	(void)json_object_set_new(item, "submods", submodules(r));
	(void)json_object_set_new(item, "decision", decision(r));
	return item;
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
		    side, "ear.status", json_integer(tier(v, false)));
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
	(void)json_object_set_new(o, "floor", json_string("floor-v1"));
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
