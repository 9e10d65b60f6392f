/*
 * OCSP responses in DER, written backwards: what is signed, and the whole when
 * it is.
 */

#include "revoke/ocsp_inside.h"
#include "revoke/ocsp_signer.h"
#include "x509/der.h"
#include "x509/oid.h"

/* Octets of a single response beside its CertID, and of a response's frame. */
#define ROOM_SINGLE 96
#define ROOM_FRAME  (512 + KEY_SIGNATURE_MAX)

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
put_single(struct der *w, const struct ocsp_response *s, size_t i)
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
put_data(struct der *w, const struct ocsp_response *s)
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
is_first_of_issuer(const struct ocsp_response *s, size_t i)
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
put_certs(struct der *w, const struct ocsp_response *s)
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
room_for(const struct ocsp_response *s)
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

/* Into the room's front half. */
int
ocsp_write_data(struct ocsp_pending *p)
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

int
ocsp_write_signed(struct ocsp_pending *p, struct buf *out)
{
	const struct ocsp_response *s = &p->response;
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

void
ocsp_write_status(enum ocsp_status status, struct buf *out)
{
	const uint8_t der[] = { DER_SEQUENCE, 3, DER_ENUMERATED, 1,
		(uint8_t)status };

	buf_put(out, der, sizeof(der));
}
