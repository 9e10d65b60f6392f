/*
 * The answer about one device, proven before it counts.
 */

#include <stdlib.h>
#include <string.h>

#include "api/cli/decide_proof.h"
#include "api/cli/offline.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/err.h"
#include "registry/receipt_answer.h"

int
decide_proof_open(struct cli *cli, struct decide_proof *p)
{
	*p = (struct decide_proof){ .root = NULL };
	return offline_roots(cli, &p->roots);
}

void
decide_proof_close(struct decide_proof *p)
{
	roots_free(&p->roots);
	buf_free(&p->signer);
	buf_free(&p->issuer);
}

/* ---- does it hold? */

static int
verify(const void *what, struct span root)
{
	struct receipt_proof proof;

	return receipt_bundle_verify(what, root, &proof);
}

/* What proves this very receipt. */
static int
check_bundle(struct decide_proof *p, const char *receipt, const json_t *bundle)
{
	struct receipt_bundle b = { .text = BUF_EMPTY };
	char *json = json_dumps(bundle, JSON_COMPACT);
	int rc = receipt_bundle_parse(span_str(json), &b);

	free(json);
	if (rc == 0 && !span_equal(buf_span(&b.text), span_str(receipt)))
		rc = err_set_code(ERR_DENIED, "RECEIPT_OTHER",
		    "what is to prove the receipt is of another one");
	if (rc == 0) {
		p->root =
		    offline_under(&p->roots, "RECEIPT_SIGNER", verify, &b);
		rc = p->root != NULL ? 0 : -1;
	}
	if (rc == 0) {
		memcpy(p->thumbprint, b.receipt.signer, sizeof(p->thumbprint));
		buf_clear(&p->signer);
		buf_put_span(&p->signer, buf_span(&b.signer));
		buf_clear(&p->issuer);
		buf_put_span(&p->issuer, buf_span(&b.issuer));
	}
	receipt_bundle_free(&b);
	return rc;
}

static int
check_signature(struct cli *cli, struct decide_proof *p,
    const struct receipt_text *r, const char *receipt, json_t **bundle)
{
	json_t *fetched;
	int rc;

	if (bundle == NULL && p->root != NULL &&
	    strcmp(p->thumbprint, r->signer) == 0)
		return receipt_text_verify(r, buf_span(&p->signer),
		    buf_span(&p->issuer), buf_span(p->root));
	fetched = cli_get(cli, "/v1/decisions/%s/bundle", cli_escape(r->id));
	if (fetched == NULL)
		return -1;
	rc = check_bundle(p, receipt, fetched);
	if (rc == 0 && bundle != NULL)
		*bundle = json_incref(fetched);
	json_decref(fetched);
	return rc;
}

/* ---- is it the answer? */

static struct span
leaf_of(const struct player *p)
{
	return p != NULL && p->nchain > 0 ? buf_span(&p->chain[0])
					  : span_of(NULL, 0);
}

static int
check_question(const struct receipt_text *r, const struct question *q,
    const struct question_sent *sent)
{
	struct buf challenge = BUF_EMPTY;
	struct receipt_asked asked = {
		.operator= q->operator,
		.request_id = sent->request_id,
		.purpose = q->purpose,
		.mode = q->mode_unsaid ? NULL : q->mode,
		.nonce = q->nonce,
		.body = span_str(sent->body),
		.tre = leaf_of(q->tre),
		.terminal = leaf_of(q->terminal),
	};
	int64_t now = clock_now();
	int rc = 0;

	/* nobody knew these octets before they went out: a receipt that is
	 * ahead of us is by a clock that is */
	if (now < r->iat)
		now = r->iat;
	if (sent->challenge != NULL)
		rc = base64_decode(&challenge, span_str(sent->challenge));
	asked.challenge = buf_span(&challenge);
	if (rc == 0)
		rc = receipt_check_answer(r, &asked, now);
	buf_free(&challenge);
	return rc;
}

/* What is shown, and decides how we exit, stands beside the receipt. */
static int
check_beside(const struct receipt_text *r, const json_t *answer)
{
	static const char *const said[] = { "verdict", "reasons", "warnings" };
	const char *id = json_string_value(json_object_get(answer, "decision"));
	bool same = id != NULL && strcmp(id, r->id) == 0;
	size_t i;

	for (i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		same = same &&
		    json_equal(json_object_get(answer, said[i]),
			json_object_get(r->decision, said[i]));
	return same ? 0
		    : err_set_code(ERR_DENIED, "RECEIPT_OTHER",
			  "the answer says something else than its receipt");
}

int
decide_proof_check(struct cli *cli, struct decide_proof *p,
    const struct question *q, const struct question_sent *sent,
    const json_t *answer, json_t **bundle)
{
	const char *receipt =
	    json_string_value(json_object_get(answer, "receipt"));
	struct receipt_text r;
	int rc = -1;

	if (receipt == NULL)
		return err_set_code(ERR_DENIED, "RECEIPT_MALFORMED",
		    "the answer has no receipt");
	if (receipt_text_parse(span_str(receipt), &r) == 0 &&
	    check_question(&r, q, sent) == 0 && check_beside(&r, answer) == 0)
		rc = check_signature(cli, p, &r, receipt, bundle);
	receipt_text_free(&r);
	return rc;
}
