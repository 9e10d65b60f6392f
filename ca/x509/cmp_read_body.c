/*
 * Bodies of CMP's messages: what somebody asks for or confirms.
 */

#include "base/err.h"
#include "key/hash.h"
#include "x509/cmp_inside.h"
#include "x509/der.h"
#include "x509/oid.h"

/* The one element of a list of one. */
static int
get_single(struct span in, const char *what, struct span *whole)
{
	struct span list;

	if (der_get_only(in, DER_SEQUENCE, what, &list) == -1 ||
	    der_get_whole(&list, DER_SEQUENCE, whole) == -1)
		return cmp_malformed(err_text());
	if (list.n > 0)
		return cmp_unsupported("a message asks for one thing at a time "
				       "(RFC 9483 section 4.1)");
	return 0;
}

static int
read_certificate_request(struct span in, struct cmp_message *m)
{
	return get_single(in, "the requests", &m->request);
}

static int
read_p10cr(struct span in, struct cmp_message *m)
{
	m->request = in;
	return der_walk(in) == 0 ? 0 : cmp_malformed(err_text());
}

/* crlEntryDetails: of them the reason is read. */
static int
read_reason(struct span list, int *reason)
{
	struct span one, oid, value, code;
	bool critical;

	while (list.n > 0) {
		if (der_get(&list, DER_SEQUENCE, &one) == -1 ||
		    der_get_oid(&one, &oid) == -1 ||
		    (der_next_is(one, DER_BOOLEAN) &&
			der_get_bool(&one, &critical) == -1) ||
		    der_get(&one, DER_OCTET_STRING, &value) == -1 ||
		    der_end(one, "an extension") == -1)
			return cmp_malformed(err_text());
		if (!span_equal(oid, oid_crl_reason))
			continue;
		if (der_get_only(value, DER_ENUMERATED, "a reason", &code) ==
		    -1)
			return cmp_malformed(err_text());
		if (code.n != 1 || code.p[0] > 10)
			return cmp_malformed("there is no such reason");
		*reason = code.p[0];
	}
	return 0;
}

static int
read_rr(struct span in, struct cmp_message *m)
{
	struct span one, c, template, list = { NULL, 0 };

	if (get_single(in, "the revocations", &one) == -1)
		return -1;
	if (der_get(&one, DER_SEQUENCE, &c) == -1 ||
	    der_get(&c, DER_SEQUENCE, &template) == -1 ||
	    (c.n > 0 &&
		(der_get(&c, DER_SEQUENCE, &list) == -1 ||
		    der_end(c, "a revocation") == -1)))
		return cmp_malformed(err_text());
	if (read_reason(list, &m->reason) == -1)
		return -1;
	if (crmf_template_certificate(template, &m->issuer, &m->serial) == -1)
		return -1;
	if (m->issuer.n == 0 || m->serial.n == 0)
		return err_set_code(ERR_INPUT, "CRMF_TEMPLATE",
		    "a request for revocation names issuer and serial number "
		    "(RFC 9483 section 4.2)");
	return 0;
}

/* hashAlg, where the certificate's signature names no hash, as Ed25519's does
 * (RFC 9810 section 5.3.18). */
static int
read_hash_algorithm(struct span in, struct cmp_message *m)
{
	struct span tagged, algorithm, oid, nothing;

	if (der_get(&in, DER_CONTEXT_CONS(0), &tagged) == -1 ||
	    der_end(in, "certConf") == -1 ||
	    der_get_only(tagged, DER_SEQUENCE, "hashAlg", &algorithm) == -1 ||
	    der_get(&algorithm, DER_OID, &oid) == -1 ||
	    (algorithm.n > 0 &&
		(der_get(&algorithm, DER_NULL, &nothing) == -1 ||
		    nothing.n > 0 || der_end(algorithm, "hashAlg") == -1)))
		return cmp_malformed(err_text());
	m->hash_size = span_equal(oid, oid_sha256) ? HASH_SIZE
	    : span_equal(oid, oid_sha384)	   ? HASH_SHA384
	    : span_equal(oid, oid_sha512)	   ? HASH_SHA512
						   : 0;
	if (m->hash_size == 0)
		return cmp_unsupported(
		    "hashAlg must be SHA-256, SHA-384 or SHA-512");
	return 0;
}

/* certReqId; as many as requests, of which there is one. */
static int
read_request_id(struct span *in, int *id)
{
	struct span code;

	if (der_get(in, DER_INTEGER, &code) == -1)
		return cmp_malformed(err_text());
	if (code.n != 1 || (code.p[0] != 0 && code.p[0] != 0xff))
		return cmp_unsupported("certReqId must be 0, or -1 of a p10cr "
				       "(RFC 9483 sections 4.1.1, 4.1.4)");
	*id = code.p[0] == 0 ? 0 : -1;
	return 0;
}

/* PKIStatusInfo of who has a certificate: accepted, perhaps with what was made
 * otherwise, or a rejection, which alone has a reason. */
static int
read_verdict(struct span in, bool *accepted)
{
	struct span code;

	if (der_get(&in, DER_INTEGER, &code) == -1 || der_walk(in) == -1)
		return cmp_malformed(err_text());
	if (code.n != 1 || code.p[0] > 2)
		return cmp_unsupported(
		    "a certConf accepts or rejects (RFC 9483 "
		    "section 4.1.1)");
	*accepted = code.p[0] < 2;
	if (der_next_is(in, DER_SEQUENCE) &&
	    der_get(&in, DER_SEQUENCE, NULL) == -1)
		return cmp_malformed(err_text());
	if (*accepted && in.n > 0)
		return cmp_unsupported(
		    "a certConf that accepts has no failInfo "
		    "(RFC 9483 section 4.1.1)");
	return 0;
}

/* CertStatus, RFC 9810 section 5.3.18: none rejects what was issued. */
static int
read_certconf(struct span in, struct cmp_message *m)
{
	struct span list, one, c, status;

	if (der_get_only(in, DER_SEQUENCE, "certConf", &list) == -1)
		return cmp_malformed(err_text());
	if (list.n == 0)
		return 0;
	if (get_single(in, "certConf", &one) == -1)
		return -1;
	if (der_get(&one, DER_SEQUENCE, &c) == -1 ||
	    der_get(&c, DER_OCTET_STRING, &m->hash) == -1)
		return cmp_malformed(err_text());
	if (read_request_id(&c, &m->request_id) == -1)
		return -1;
	m->accepted = true;
	if (der_next_is(c, DER_SEQUENCE)) {
		if (der_get(&c, DER_SEQUENCE, &status) == -1)
			return cmp_malformed(err_text());
		if (read_verdict(status, &m->accepted) == -1)
			return -1;
	}
	return c.n > 0 ? read_hash_algorithm(c, m) : 0;
}

static int
read_genm(struct span in, struct cmp_message *m)
{
	struct span list, oid, value;

	if (der_get_only(in, DER_SEQUENCE, "genm", &list) == -1)
		return cmp_malformed(err_text());
	while (list.n > 0) {
		if (cmp_get_info(&list, &oid, &value) == -1)
			return cmp_malformed(err_text());
		if (m->ninfos == CMP_INFOS)
			return cmp_unsupported(
			    "a genm asks for eight things at "
			    "most");
		m->infos[m->ninfos++] = oid;
		if (span_equal(oid, oid_it_root_cert))
			m->root = value;
	}
	return 0;
}

/* PollReqContent, RFC 9810 section 5.3.22 */
static int
read_pollreq(struct span in, struct cmp_message *m)
{
	struct span one, c;

	if (get_single(in, "pollReq", &one) == -1)
		return -1;
	if (der_get(&one, DER_SEQUENCE, &c) == -1)
		return cmp_malformed(err_text());
	if (read_request_id(&c, &m->request_id) == -1)
		return -1;
	return der_end(c, "pollReq") == 0 ? 0 : cmp_malformed(err_text());
}

static int
read_other(struct span in, struct cmp_message *m)
{
	(void)m;
	return der_walk(in) == 0 ? 0 : cmp_malformed(err_text());
}

static const struct {
	int type;
	int (*read)(struct span, struct cmp_message *);
} bodies[] = {
	{ CMP_IR, read_certificate_request },
	{ CMP_CR, read_certificate_request },
	{ CMP_KUR, read_certificate_request },
	{ CMP_P10CR, read_p10cr },
	{ CMP_RR, read_rr },
	{ CMP_CERTCONF, read_certconf },
	{ CMP_POLLREQ, read_pollreq },
	{ CMP_GENM, read_genm },
	{ -1, read_other },
};

int
cmp_read_body(struct cmp_message *m)
{
	struct span in = m->body, content;
	size_t i = 0;
	uint8_t tag;

	if (der_get_any(&in, &tag, NULL, &content) == -1 ||
	    (tag & 0xe0) != 0xa0)
		return cmp_malformed("it has no body");
	m->type = tag & 0x1f;
	while (bodies[i].type != m->type && bodies[i].type != -1)
		i++;
	return bodies[i].read(content, m);
}
