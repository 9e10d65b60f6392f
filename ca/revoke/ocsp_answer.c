/*
 * OCSP responses: questions looked up in the index, answers in DER, signed by
 * the delegated key.
 */

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "issue/serial.h"
#include "key/key.h"
#include "revoke/ocsp_answer.h"
#include "revoke/ocsp_kept.h"
#include "revoke/ocsp_request.h"
#include "revoke/ocsp_signer.h"
#include "revoke/status.h"
#include "x509/der.h"
#include "x509/oid.h"

/* Octets of a single response beside its CertID, and of a response's frame. */
#define ROOM_SINGLE 96
#define ROOM_FRAME  (512 + KEY_SIGNATURE_MAX)
#define ROOM_MOST   12288 /* of both halves, about one certificate */

struct question {
	const struct ocsp_issuer *issuer; /* NULL: not ours */
	struct status_answer answer;
};

struct response {
	const struct ocsp_responder *responder;
	struct ocsp_request request;
	struct question questions[OCSP_CERTS_MAX];
	int64_t produced;
	int64_t this_update;
	int64_t next_update;
};

/* Between a question and its signature. */
struct ocsp_pending {
	struct response response;
	struct span request;
	struct span data; /* what is signed */
	uint8_t *back;	  /* room for the whole, half octets */
	size_t half;
	uint8_t signature[KEY_SIGNATURE_MAX];
	size_t signed_octets; /* of it; 0: it is not there */
	struct buf room;      /* where most is too small */
	uint8_t most[ROOM_MOST];
};

/*
 * Never issued, and void, look alike to the world: unknown.  So does a serial
 * that is no image of one of our indexes, or one of another issuer of ours.
 */
static int
look_up(const struct ocsp_responder *r, const struct ocsp_cert_id *id,
    struct question *q)
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
may_not_speak(struct question *q, int64_t now)
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
find_times(struct response *s, int64_t checked)
{
	const struct ocsp_responder *r = s->responder;
	size_t i;

	s->this_update = checked < s->produced ? checked : s->produced;
	if (checked > s->produced + AHEAD ||
	    s->produced - s->this_update > r->most_behind)
		return false;
	s->next_update = s->this_update + r->validity;
	for (i = 0; i < s->request.n; i++)
		if (s->questions[i].issuer != NULL &&
		    s->questions[i].issuer->not_after < s->next_update)
			s->next_update = s->questions[i].issuer->not_after;
	return s->next_update > s->produced;
}

static enum ocsp_status
answer_all(struct response *s)
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

/* CertStatus, RFC 6960 section 4.2.1. */
static void
put_cert_status(struct der *w, const struct status_answer *a)
{
	size_t mark = der_mark(w), reason;

	if (a->state == STATUS_GOOD) {
		der_put_header(w, DER_CONTEXT(0), 0);
		return;
	}
	if (a->state != STATUS_HOLD && a->state != STATUS_REVOKED) {
		der_put_header(w, DER_CONTEXT(2), 0);
		return;
	}
	if (a->reason != 0) {
		reason = der_mark(w);
		der_put_octet(w, (uint8_t)a->reason);
		der_put_header(w, DER_ENUMERATED, 1);
		der_wrap(w, DER_CONTEXT_CONS(0), reason);
	}
	der_put_generalized_time(w, a->when);
	der_wrap(w, DER_CONTEXT_CONS(1), mark);
}

static void
put_single(struct der *w, const struct response *s, size_t i)
{
	size_t mark = der_mark(w), next;

	next = der_mark(w);
	der_put_generalized_time(w, s->next_update);
	der_wrap(w, DER_CONTEXT_CONS(0), next);
	der_put_generalized_time(w, s->this_update);
	put_cert_status(w, &s->questions[i].answer);
	der_put_span(w, s->request.certs[i].whole);
	der_wrap(w, DER_SEQUENCE, mark);
}

/* The nonce as it came, RFC 9654 section 2.1. */
static void
put_nonce(struct der *w, struct span value)
{
	size_t mark = der_mark(w);

	if (value.n == 0)
		return;
	der_put_tlv(w, DER_OCTET_STRING, value);
	der_put_oid(w, oid_ocsp_nonce);
	der_wrap(w, DER_SEQUENCE, mark);
	der_wrap(w, DER_SEQUENCE, mark);
	der_wrap(w, DER_CONTEXT_CONS(1), mark);
}

/* ResponseData */
static void
put_data(struct der *w, const struct response *s)
{
	const struct ocsp_signer *signer = s->responder->signer;
	size_t mark = der_mark(w), i, part;

	put_nonce(w, s->request.nonce);
	part = der_mark(w);
	for (i = s->request.n; i-- > 0;)
		put_single(w, s, i);
	der_wrap(w, DER_SEQUENCE, part);
	der_put_generalized_time(w, s->produced);
	part = der_mark(w);
	der_put_tlv(w, DER_OCTET_STRING,
	    span_of(signer->key_hash, sizeof(signer->key_hash)));
	der_wrap(w, DER_CONTEXT_CONS(2), part);
	der_wrap(w, DER_SEQUENCE, mark);
}

static bool
is_first_of_issuer(const struct response *s, size_t i)
{
	size_t j;

	if (s->questions[i].issuer == NULL)
		return false;
	for (j = 0; j < i; j++)
		if (s->questions[j].issuer == s->questions[i].issuer)
			return false;
	return true;
}

/* Our certificate by each issuer that was asked about. */
static void
put_certs(struct der *w, const struct response *s)
{
	size_t mark = der_mark(w), i;

	for (i = s->request.n; i-- > 0;)
		if (is_first_of_issuer(s, i))
			der_put_span(
			    w, buf_span(&s->questions[i].issuer->cert));
	der_wrap(w, DER_SEQUENCE, mark);
	der_wrap(w, DER_CONTEXT_CONS(0), mark);
}

static size_t
room_for(const struct response *s)
{
	size_t n = ROOM_FRAME + s->request.nonce.n, i;

	for (i = 0; i < s->request.n; i++) {
		n += ROOM_SINGLE + s->request.certs[i].whole.n;
		if (is_first_of_issuer(s, i))
			n += s->questions[i].issuer->cert.n;
	}
	return n;
}

static void
put_signature(struct der *w, const struct key *key, struct span signature)
{
	der_put_octet_bits(w, signature);
	der_put_span(w, key_algorithm_of_signatures(key_kind(key)));
}

/* What is signed; backwards, as der_put_ wants it, into the room's front half.
 */
static int
write_data(struct ocsp_pending *p)
{
	struct der w;
	uint8_t *room = p->most;

	p->half = room_for(&p->response);
	if (2 * p->half > sizeof(p->most))
		room = buf_reserve(&p->room, 2 * p->half);
	der_start(&w, room, p->half);
	put_data(&w, &p->response);
	p->back = room + p->half;
	return der_done(&w, &p->data);
}

/* BasicOCSPResponse in OCSPResponse. */
static int
write_signed(struct ocsp_pending *p, struct buf *out)
{
	const struct response *s = &p->response;
	struct span whole;
	struct der w;
	size_t part;

	der_start(&w, p->back, p->half);
	put_certs(&w, s);
	put_signature(&w, s->responder->signer->key,
	    span_of(p->signature, p->signed_octets));
	der_put_span(&w, p->data);
	der_wrap(&w, DER_SEQUENCE, 0);
	der_wrap(&w, DER_OCTET_STRING, 0);
	der_put_oid(&w, oid_ocsp_basic);
	der_wrap(&w, DER_SEQUENCE, 0);
	der_wrap(&w, DER_CONTEXT_CONS(0), 0);
	part = der_mark(&w);
	der_put_octet(&w, OCSP_SUCCESSFUL);
	der_wrap(&w, DER_ENUMERATED, part);
	der_wrap(&w, DER_SEQUENCE, 0);
	if (der_done(&w, &whole) == -1)
		return -1;
	buf_put_span(out, whole);
	return 0;
}

/* OCSPResponse of another status than successful: nothing is signed. */
static void
write_status(enum ocsp_status status, struct buf *out)
{
	const uint8_t der[] = { DER_SEQUENCE, 3, DER_ENUMERATED, 1,
		(uint8_t)status };

	buf_put(out, der, sizeof(der));
}

/* One certificate, nothing else: another's signature may do, or ours for them.
 */
static bool
may_be_kept(const struct response *s)
{
	return s->responder->kept != NULL && s->request.n == 1 &&
	    s->request.nonce.n == 0 && !s->request.more;
}

static void
describe(const struct response *s, struct ocsp_meta *meta)
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
	write_status(meta->status, out);
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
	struct response *s = &p->response;
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
	if (write_data(p) == 0 && write_signed(p, out) == 0)
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
	struct response *s = &p->response;

	memset(meta, 0, sizeof(*meta));
	s->responder = r;
	s->produced = now;
	if (ocsp_request_parse(request, &s->request) == -1)
		meta->status = OCSP_MALFORMED_REQUEST;
	else
		meta->status = answer_all(s);
	if (meta->status != OCSP_SUCCESSFUL) {
		write_status(meta->status, out);
		return true;
	}
	if (give_kept(p, request, out, meta))
		return true;
	describe(s, meta);
	p->request = request;
	p->signed_octets = 0;
	return write_data(p) == -1 && fail(out, meta);
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
	const struct response *s = &p->response;
	size_t mark = out->n;

	if (p->signed_octets < OCSP_TAG || write_signed(p, out) == -1) {
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
