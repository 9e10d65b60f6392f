/*
 * Is this receipt the answer to that question?  It must hold, by the chain and
 * the CRLs that the API gives for its signer, and speak of what was sent just
 * now and of nothing else.
 */

#include <stdio.h>
#include <string.h>

#include "api/lib/client_inside.h"
#include "base/clock.h"
#include "registry/receipt_answer.h"

/* ---- does it hold? */

/*
 * What proves that decision's receipt: signer, issuer and CRLs, for the receipt
 * that we have, and as of its time.
 */
static int
get_bundle(struct assay_client *c, const struct receipt_text *r,
    struct span text, int64_t deadline, struct receipt_bundle *b)
{
	struct buf json = BUF_EMPTY;
	char path[96];
	int rc;

	(void)snprintf(path, sizeof(path), "/v1/decisions/%.36s/bundle", r->id);
	rc = client_ask(c, path, NULL, RECEIPT_BUNDLE_MAX, deadline, &json);
	if (rc == 0 && (rc = receipt_bundle_parse(buf_span(&json), b)) == 0) {
		receipt_text_free(&b->receipt);
		buf_clear(&b->text);
		buf_put_span(&b->text, text);
		rc = receipt_text_parse(buf_span(&b->text), &b->receipt);
	}
	buf_free(&json);
	return rc;
}

/* Under one of our roots. */
static int
verify_bundle(struct assay_client *c, const struct receipt_bundle *b)
{
	struct receipt_proof proof;
	size_t i;
	int rc = -1;

	for (i = 0; i < c->roots.n && rc == -1; i++) {
		rc = receipt_bundle_verify(
		    b, buf_span(&c->roots.der[i]), &proof);
		if (rc == 0)
			c->root = &c->roots.der[i];
	}
	return rc;
}

static void
keep_signer(struct assay_client *c, const struct receipt_bundle *b)
{
	memcpy(c->thumbprint, b->receipt.signer, sizeof(c->thumbprint));
	buf_clear(&c->signer);
	buf_put_span(&c->signer, buf_span(&b->signer));
	buf_clear(&c->signer_issuer);
	buf_put_span(&c->signer_issuer, buf_span(&b->issuer));
	c->signer_until = clock_ms() + SIGNER_MS;
}

static int
check_signature(struct assay_client *c, const struct receipt_text *r,
    struct span text, int64_t deadline)
{
	struct receipt_bundle b = { .text = BUF_EMPTY };
	int rc;

	if (strcmp(c->thumbprint, r->signer) == 0 &&
	    clock_ms() < c->signer_until)
		return receipt_text_verify(r, buf_span(&c->signer),
		    buf_span(&c->signer_issuer), buf_span(c->root));
	if ((rc = get_bundle(c, r, text, deadline, &b)) == 0 &&
	    (rc = verify_bundle(c, &b)) == 0)
		keep_signer(c, &b);
	receipt_bundle_free(&b);
	return rc;
}

/* ---- what it says */

static int
take_codes(
    const json_t *list, char codes[ASSAY_CLIENT_CODES][ASSAY_CLIENT_CODE])
{
	const json_t *v;
	size_t i;
	int n = 0;

	json_array_foreach(list, i, v)
	{
		if (n < ASSAY_CLIENT_CODES && json_is_string(v))
			(void)snprintf(codes[n++], ASSAY_CLIENT_CODE, "%s",
			    json_string_value(v));
	}
	return n;
}

static void
take_answer(const struct receipt_text *r, struct span text,
    struct assay_client_answer *a)
{
	if (strcmp(r->verdict, "permit") == 0)
		a->verdict = ASSAY_CLIENT_PERMIT;
	else if (strcmp(r->verdict, "refuse") == 0)
		a->verdict = ASSAY_CLIENT_REFUSE;
	a->nreasons =
	    take_codes(json_object_get(r->decision, "reasons"), a->reasons);
	a->nwarnings =
	    take_codes(json_object_get(r->decision, "warnings"), a->warnings);
	(void)snprintf(a->decision, sizeof(a->decision), "%s", r->id);
	a->decided = r->iat;
	a->act_until = r->exp;
	a->receipt = xasprintf("%.*s", (int)text.n, (const char *)text.p);
}

static struct span
leaf_of(const struct assay_client_der chain[2])
{
	return span_of(
	    chain[0].octets, chain[0].octets != NULL ? chain[0].n : 0);
}

static int
check_answer(const struct assay_client *c, const struct receipt_text *r,
    const struct asked *asked)
{
	const struct receipt_asked is = {
		.issuer = c->issuer,
		.operator= c->operator_handle,
		.request_id = asked->from.request_id,
		.purpose = asked->q->purpose,
		.mode = asked->q->mode,
		.nonce = asked->from.nonce,
		.challenge = asked->challenge,
		.body = span_str(asked->body),
		.tre = leaf_of(asked->q->tre),
		.terminal = leaf_of(asked->q->terminal),
	};

	return receipt_check_answer(r, &is, clock_now());
}

int
client_receipt_verify(struct assay_client *c, const struct asked *asked,
    struct span text, int64_t deadline, struct assay_client_answer *a)
{
	struct receipt_text r;
	int rc = -1;

	if (receipt_text_parse(text, &r) == 0 &&
	    check_answer(c, &r, asked) == 0 &&
	    check_signature(c, &r, text, deadline) == 0) {
		take_answer(&r, text, a);
		rc = 0;
	}
	receipt_text_free(&r);
	return rc;
}
