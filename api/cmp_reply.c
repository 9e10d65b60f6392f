/*
 * Answers of CMP on their way out.
 */

#include <stdio.h>

#include "api/cmp_reply.h"
#include "api/cmp_signer.h"
#include "base/clock.h"
#include "base/err.h"

int
cmp_reply_error(struct cmp_call *c, struct reply *reply)
{
	struct buf out = BUF_EMPTY;
	enum cmp_fail fail = cmp_fail_of_err();
	char text[256];
	int rc;

	(void)snprintf(text, sizeof(text), "%s",
	    err_kind() == ERR_INTERNAL ? "the server failed" : err_text());
	if (c->believed && c->secret != NULL)
		rc = cmp_error_mac(&c->message, fail, text, span_str(c->secret),
		    clock_now(), &out);
	else
		rc = cmp_error_write(&c->message, fail, text,
		    c->own.n > 0 ? cmp_signer_key() : NULL, buf_span(&c->own),
		    buf_span(&c->own_issuer), clock_now(), &out);
	if (rc == 0)
		rc = reply_octets(reply, 200, PKIXCMP, buf_span(&out));
	buf_free(&out);
	return rc;
}

int
cmp_reply(struct cmp_call *c, const struct cmp_answer *a, int accepted,
    struct reply *reply)
{
	struct cmp_exchange e = { .message = &c->message,
		.signer = c->signer,
		.secret =
		    c->secret != NULL ? span_str(c->secret) : span_of(NULL, 0),
		.key = cmp_signer_key(),
		.certificate = buf_span(&c->own),
		.issuer = buf_span(&c->own_issuer),
		.first = buf_span(&c->first),
		.nonce = buf_span(&c->nonce) };
	struct buf out = BUF_EMPTY;
	int rc;

	rc = cmp_answer_write(&e, a, &out);
	if (rc == 0 && c->transaction != 0)
		rc = cmp_call_keep(c, buf_span(&out), accepted);
	if (rc == 0)
		rc = reply_octets(reply, 200, PKIXCMP, buf_span(&out));
	buf_free(&out);
	return rc;
}

void
cmp_reject(struct cmp_answer *a)
{
	a->status = CMP_REJECTED;
	a->fail = cmp_fail_of_err();
	(void)snprintf(a->text, sizeof(a->text), "%s",
	    err_kind() == ERR_INTERNAL ? "the server failed" : err_text());
}
