/*
 * OCSP responses: questions looked up in the index, answers (ocsp_write.c)
 * signed by the delegated key.
 */

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "issue/serial.h"
#include "revoke/ocsp_inside.h"
#include "revoke/ocsp_kept.h"
#include "revoke/ocsp_signer.h"

/*
 * Never issued, and void, look alike to the world: unknown.  So does a serial
 * that is no image of one of our indexes, or one of another issuer of ours.
 */
static int
look_up(const struct ocsp_responder *r, const struct ocsp_cert_id *id,
    struct ocsp_question *q)
{
	uint32_t issuer;
	uint64_t index;

	memset(q, 0, sizeof(*q));
	if ((q->issuer = ocsp_signer_find(r->signer, id)) == NULL)
		return 0;
	if (serial_open(r->serials, id->serial, &issuer, &index) == -1 ||
	    issuer != q->issuer->id)
		return 0;
	return status_get(r->index, issuer, index, &q->answer);
}

/*
 * We have no certificate of its issuer that is good today, so about what it
 * issued nobody would believe us: as of one that is not ours.
 */
static bool
may_not_speak(struct ocsp_question *q, int64_t now)
{
	if (q->issuer == NULL ||
	    (q->issuer->not_before <= now && q->issuer->not_after > now))
		return false;
	memset(q, 0, sizeof(*q));
	return true;
}

/* That two programs on one machine see its clock apart. */
#define AHEAD 60

/*
 * Until when may this be believed?  False: not even now.  An index that was
 * looked at tomorrow was so by a clock that was wrong, and would stay fresh
 * until then whoever follows it or not.
 */
static bool
find_times(struct ocsp_response *s, int64_t checked)
{
	const struct ocsp_responder *r = s->responder;
	size_t i;

	s->this_update = checked < s->produced ? checked : s->produced;
	if (checked > s->produced + AHEAD ||
	    s->this_update < s->produced - r->most_behind)
		return false;
	s->next_update = s->this_update + r->validity;
	for (i = 0; i < s->request.n; i++)
		if (s->questions[i].issuer != NULL &&
		    s->questions[i].issuer->not_after < s->next_update)
			s->next_update = s->questions[i].issuer->not_after;
	return s->next_update > s->produced;
}

static enum ocsp_status
answer_all(struct ocsp_response *s)
{
	int64_t checked;
	size_t i, ours = 0, ended = 0;

	if (s->responder->index == NULL)
		return OCSP_TRY_LATER;
	checked = status_checked(s->responder->index);
	for (i = 0; i < s->request.n; i++) {
		if (look_up(s->responder, &s->request.certs[i],
			&s->questions[i]) == -1) {
			log_err("answer an OCSP request");
			return err_kind() == ERR_BUSY ? OCSP_TRY_LATER
						      : OCSP_INTERNAL_ERROR;
		}
		if (may_not_speak(&s->questions[i], s->produced))
			ended++;
		else if (s->questions[i].issuer != NULL)
			ours++;
	}
	if (ours == 0)
		return ended > 0 ? OCSP_TRY_LATER : OCSP_UNAUTHORIZED;
	return find_times(s, checked) ? OCSP_SUCCESSFUL : OCSP_TRY_LATER;
}

/* One certificate, nothing else: another's signature may do, or ours for them.
 */
static bool
may_be_kept(const struct ocsp_response *s)
{
	return s->responder->kept != NULL && s->request.n == 1 &&
	    s->request.nonce.n == 0 && !s->request.more;
}

static void
describe(const struct ocsp_response *s, struct ocsp_meta *meta)
{
	meta->this_update = s->this_update;
	meta->next_update = s->next_update;
	meta->nonce = s->request.nonce.n != 0;
	meta->more = s->request.more;
}

static bool
fail(struct buf *out, struct ocsp_meta *meta)
{
	log_err("sign an OCSP response");
	meta->status = OCSP_INTERNAL_ERROR;
	ocsp_write_status(meta->status, out);
	return true;
}

/*
 * Was the same asked, and is it still so?  Then its signature is there, and
 * what it is of, octet for octet: nothing else went into it.
 */
static bool
give_kept(struct ocsp_pending *p, struct span request, struct buf *out,
    struct ocsp_meta *meta)
{
	struct ocsp_response *s = &p->response;
	size_t mark = out->n;
	struct ocsp_kept_one one;

	if (!may_be_kept(s) ||
	    !ocsp_kept_find(s->responder->kept, request,
		&s->questions[0].answer, s->produced, &one))
		return false;
	s->produced = one.produced;
	s->this_update = one.meta.this_update;
	s->next_update = one.meta.next_update;
	*meta = one.meta;
	memcpy(p->signature, one.signature.p, one.signature.n);
	p->signed_octets = one.signature.n;
	if (ocsp_write_data(p) == 0 && ocsp_write_signed(p, out) == 0)
		return true;
	out->n = mark;
	return fail(out, meta);
}

struct ocsp_pending *
ocsp_pending_new(void)
{
	return xcalloc(1, sizeof(struct ocsp_pending));
}

void
ocsp_pending_free(struct ocsp_pending *p)
{
	if (p == NULL)
		return;
	buf_free(&p->room);
	free(p);
}

bool
ocsp_answer_begin(const struct ocsp_responder *r, struct span request,
    int64_t now, struct buf *out, struct ocsp_meta *meta,
    struct ocsp_pending *p)
{
	struct ocsp_response *s = &p->response;

	memset(meta, 0, sizeof(*meta));
	s->responder = r;
	s->produced = now;
	if (ocsp_request_parse(request, &s->request) == -1)
		meta->status = OCSP_MALFORMED_REQUEST;
	else
		meta->status = answer_all(s);
	if (meta->status != OCSP_SUCCESSFUL) {
		ocsp_write_status(meta->status, out);
		return true;
	}
	if (give_kept(p, request, out, meta))
		return true;
	describe(s, meta);
	p->request = request;
	p->signed_octets = 0;
	return ocsp_write_data(p) == -1 && fail(out, meta);
}

void
ocsp_answer_sign(struct ocsp_pending *const *all, size_t n)
{
	struct key_signed s[KEY_MANY];
	size_t i;

	for (i = 0; i < n; i++)
		s[i] =
		    (struct key_signed){ all[i]->data, all[i]->signature, 0 };
	/* they are all the one responder's */
	if (n == 0 ||
	    key_sign_many(all[0]->response.responder->signer->key, s, n) == -1)
		return;
	for (i = 0; i < n; i++)
		all[i]->signed_octets = s[i].n;
}

void
ocsp_answer_end(struct ocsp_pending *p, struct buf *out, struct ocsp_meta *meta)
{
	const struct ocsp_response *s = &p->response;
	size_t mark = out->n;

	if (p->signed_octets < OCSP_TAG || ocsp_write_signed(p, out) == -1) {
		out->n = mark;
		(void)fail(out, meta);
		return;
	}
	memcpy(meta->tag, p->signature + p->signed_octets - OCSP_TAG, OCSP_TAG);
	if (may_be_kept(s))
		ocsp_kept_put(s->responder->kept, p->request,
		    &s->questions[0].answer,
		    &(struct ocsp_kept_one){ s->produced, *meta,
			span_of(p->signature, p->signed_octets) });
}

/* It is large, so only what counts is filled. */
void
ocsp_answer(const struct ocsp_responder *r, struct span request, int64_t now,
    struct buf *out, struct ocsp_meta *meta)
{
	struct ocsp_pending p, *one = &p;

	p.room = BUF_EMPTY;
	if (!ocsp_answer_begin(r, request, now, out, meta, &p)) {
		ocsp_answer_sign(&one, 1);
		ocsp_answer_end(&p, out, meta);
	}
	buf_free(&p.room);
}
