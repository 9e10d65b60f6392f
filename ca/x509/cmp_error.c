/*
 * Error messages of CMP.  libcrypto's server makes them for what it refuses
 * itself, and calls all of it badRequest.
 */

#include <string.h>

#include "base/err.h"
#include "key/hash.h"
#include "x509/cert.h"
#include "x509/cmp_inside.h"
#include "x509/der.h"
#include "x509/oid.h"

#define NONCE_SIZE 16
#define WHOLE_SIZE (2 * 8192 + 2048) /* two certificates (cert.h), and it */

static const struct {
	const char *code;
	enum cmp_fail fail;
} fails[] = {
	{ "CMP_MALFORMED", CMP_BAD_DATA_FORMAT },
	{ "CMP_VERSION", CMP_UNSUPPORTED_VERSION },
	{ "CMP_ALGORITHM", CMP_BAD_ALG },
	{ "CMP_PROTECTION", CMP_BAD_MESSAGE_CHECK },
	{ "CMP_SIGNER", CMP_SIGNER_NOT_TRUSTED },
	{ "CMP_TIME", CMP_BAD_TIME },
	{ "CMP_NONCE", CMP_BAD_RECIPIENT_NONCE },
	{ "CMP_SENDER_NONCE", CMP_BAD_SENDER_NONCE },
	{ "CMP_TRANSACTION_IN_USE", CMP_TRANSACTION_ID_IN_USE },
	{ "CMP_TRANSACTION_UNKNOWN", CMP_BAD_REQUEST },
	{ "CMP_CONFIRMED", CMP_CERT_CONFIRMED },
	{ "CMP_INTEGRITY", CMP_WRONG_INTEGRITY },
	{ "CMP_CERTIFICATE_UNKNOWN", CMP_BAD_CERT_ID },
	{ "CERTIFICATE_REVOKED", CMP_CERT_REVOKED },
	{ "CRMF_MALFORMED", CMP_BAD_DATA_FORMAT },
	{ "CSR_MALFORMED", CMP_BAD_DATA_FORMAT },
	{ "CRMF_TEMPLATE", CMP_BAD_CERT_TEMPLATE },
	{ "KEY_NOT_ALLOWED", CMP_BAD_CERT_TEMPLATE },
	{ "KEY_MALFORMED", CMP_BAD_CERT_TEMPLATE },
	{ "CRMF_POP", CMP_BAD_POP },
	{ "CSR_SIGNATURE", CMP_BAD_POP },
	{ "KEY_REGISTERED", CMP_DUPLICATE_CERT_REQ },
	{ "ID_REGISTERED", CMP_DUPLICATE_CERT_REQ },
};

enum cmp_fail
cmp_fail_of_err(void)
{
	size_t i;

	for (i = 0; i < sizeof(fails) / sizeof(fails[0]); i++)
		if (strcmp(fails[i].code, err_code()) == 0)
			return fails[i].fail;
	switch (err_kind()) {
	case ERR_DENIED:
	case ERR_CONFLICT:
		return CMP_NOT_AUTHORIZED;
	case ERR_BUSY:
		return CMP_SYSTEM_UNAVAIL;
	case ERR_INTERNAL:
		return CMP_SYSTEM_FAILURE;
	default:
		return CMP_BAD_REQUEST;
	}
}

static void
put_octets(struct der *w, int n, struct span s)
{
	size_t mark = der_mark(w);

	if (s.n == 0)
		return;
	der_put_tlv(w, DER_OCTET_STRING, s);
	der_wrap(w, DER_CONTEXT_CONS(n), mark);
}

/* directoryName; the empty one where there is none. */
static void
put_name(struct der *w, struct span name)
{
	size_t mark = der_mark(w);

	if (name.n == 0)
		der_put_tlv(w, DER_SEQUENCE, name);
	else
		der_put_span(w, name);
	der_wrap(w, DER_CONTEXT_CONS(4), mark);
}

/* What cmp_mac_instead() writes the MAC's algorithm for. */
static void
put_placeholder(struct der *w)
{
	size_t mark = der_mark(w);

	der_put_oid(w, oid_password_based_mac);
	der_wrap(w, DER_SEQUENCE, mark);
}

static void
put_header(struct der *w, const struct cmp_message *m, const struct cert *own,
    bool mac, int64_t now)
{
	uint8_t nonce[NONCE_SIZE];
	size_t mark = der_mark(w), inner;

	hash_random(nonce, sizeof(nonce));
	put_octets(w, 6, m->sender_nonce);
	put_octets(w, 5, span_of(nonce, sizeof(nonce)));
	put_octets(w, 4, m->transaction);
	if (mac || own != NULL) {
		put_octets(w, 2, mac ? m->kid : own->subject_key_id);
		inner = der_mark(w);
		if (mac)
			put_placeholder(w);
		else
			der_put_span(
			    w, key_algorithm_of_signatures(own->key_kind));
		der_wrap(w, DER_CONTEXT_CONS(1), inner);
	}
	inner = der_mark(w);
	der_put_generalized_time(w, now);
	der_wrap(w, DER_CONTEXT_CONS(0), inner);
	put_name(w, m->sender);
	put_name(w, own != NULL ? own->subject.der : span_of(NULL, 0));
	der_put_uint(w, 2);
	der_wrap(w, DER_SEQUENCE, mark);
}

/* ErrorMsgContent { PKIStatusInfo { rejection, text, failInfo } } */
static void
put_body(struct der *w, enum cmp_fail fail, const char *text)
{
	uint8_t bits[5] = { 0 };
	size_t octets = (size_t)fail / 8 + 1, mark = der_mark(w), inner;

	/* a named bit list: the unused ones of its last octet, then the bits */
	bits[0] = (uint8_t)(7 - fail % 8);
	bits[octets] = (uint8_t)(0x80 >> (fail % 8));
	der_put_tlv(w, DER_BIT_STRING, span_of(bits, octets + 1));
	inner = der_mark(w);
	der_put_tlv(w, DER_UTF8, span_str(text));
	der_wrap(w, DER_SEQUENCE, inner);
	der_put_uint(w, CMP_REJECTED);
	der_wrap(w, DER_SEQUENCE, mark);
	der_wrap(w, DER_SEQUENCE, mark);
	der_wrap(w, DER_CONTEXT_CONS(CMP_ERROR), mark);
}

static int
put_protection(struct der *w, struct span part, const struct key *key,
    const struct span *certs, size_t n)
{
	uint8_t space[2048], signature[KEY_SIGNATURE_MAX];
	struct span text;
	struct der copy;
	size_t length = 0, mark;

	der_start(&copy, space, sizeof(space));
	der_put_span(&copy, part);
	der_wrap(&copy, DER_SEQUENCE, 0);
	if (der_done(&copy, &text) == -1 ||
	    key_sign(key, text, signature, &length) == -1)
		return -1;
	while (n > 0)
		der_put_span(w, certs[--n]);
	der_wrap(w, DER_SEQUENCE, 0);
	der_wrap(w, DER_CONTEXT_CONS(1), 0);
	mark = der_mark(w);
	der_put_octet_bits(w, span_of(signature, length));
	der_wrap(w, DER_CONTEXT_CONS(0), mark);
	return 0;
}

int
cmp_error_write(const struct cmp_message *m, enum cmp_fail fail,
    const char *text, const struct key *key, struct span certificate,
    struct span issuer, int64_t now, struct buf *out)
{
	uint8_t space[1600], whole[WHOLE_SIZE];
	struct span part, der, certs[2] = { certificate, issuer };
	struct cert own;
	struct der inner, w;

	if (key != NULL && cert_parse(certificate, &own) == -1)
		return -1;
	der_start(&inner, space, sizeof(space));
	put_body(&inner, fail, text);
	put_header(&inner, m, key != NULL ? &own : NULL, false, now);
	der_start(&w, whole, sizeof(whole));
	if (der_done(&inner, &part) == -1 ||
	    (key != NULL && put_protection(&w, part, key, certs, 2) == -1))
		return -1;
	der_put_span(&w, part);
	der_wrap(&w, DER_SEQUENCE, 0);
	if (der_done(&w, &der) == -1)
		return -1;
	buf_put_span(out, der);
	return 0;
}

int
cmp_error_mac(const struct cmp_message *m, enum cmp_fail fail, const char *text,
    struct span secret, int64_t now, struct buf *out)
{
	uint8_t space[1600];
	struct span der;
	struct der w;

	der_start(&w, space, sizeof(space));
	der_put_octet_bits(&w, span_of(NULL, 0)); /* as its algorithm */
	der_wrap(&w, DER_CONTEXT_CONS(0), 0);
	put_body(&w, fail, text);
	put_header(&w, m, NULL, true, now);
	der_wrap(&w, DER_SEQUENCE, 0);
	if (der_done(&w, &der) == -1)
		return -1;
	return cmp_mac_instead(der, m->pbmac1, m->iterations, secret, out);
}
