/*
 * Messages of CMP, RFC 9810: the header, and what stands around a body.  Its
 * module has explicit tags.
 */

#include "base/err.h"
#include "x509/cmp_inside.h"
#include "x509/csr_subject.h"
#include "x509/der.h"
#include "x509/oid.h"

#define ID_MIN 1
#define ID_MAX 64

int
cmp_malformed(const char *why)
{
	return err_set_code(ERR_INPUT, "CMP_MALFORMED",
	    "this is no PKIMessage (RFC 9810 section 5.1): %s", why);
}

int
cmp_unsupported(const char *why)
{
	return err_set_code(ERR_INPUT, "CMP_NOT_SUPPORTED", "%s", why);
}

/* [n] EXPLICIT, if it is there: 1, or 0, or -1. */
static int
get_tagged(struct span *in, int n, struct span *content)
{
	if (!der_next_is(*in, DER_CONTEXT_CONS(n)))
		return 0;
	return der_get(in, DER_CONTEXT_CONS(n), content) == -1 ? -1 : 1;
}

static int
get_octets(struct span *in, int n, struct span *to)
{
	struct span c;
	int there = get_tagged(in, n, &c);

	*to = span_of(NULL, 0);
	if (there == 1)
		return der_get_only(
		    c, DER_OCTET_STRING, "a field of the header", to);
	return there;
}

/* GeneralName; of the sender a directoryName, whole. */
static int
get_name(struct span *in, struct span *name)
{
	struct span c;
	uint8_t tag;

	if (der_get_any(in, &tag, NULL, &c) == -1)
		return -1;
	*name = span_of(NULL, 0);
	if (tag != DER_CONTEXT_CONS(4))
		return 0;
	if (der_get_whole(&c, DER_SEQUENCE, name) == -1 ||
	    der_walk(*name) == -1)
		return -1;
	return der_end(c, "a name");
}

int
cmp_get_info(struct span *in, struct span *oid, struct span *value)
{
	if (der_get(in, DER_SEQUENCE, value) == -1 ||
	    der_get_oid(value, oid) == -1)
		return -1;
	return der_walk(*value);
}

static int
read_algorithm(struct span in, struct cmp_message *m)
{
	struct span a, oid;

	m->algorithm = in;
	if (der_get_only(in, DER_SEQUENCE, "protectionAlg", &a) == -1 ||
	    der_get_oid(&a, &oid) == -1 || der_walk(a) == -1)
		return cmp_malformed(err_text());
	m->protection = CMP_MAC;
	if (span_equal(oid, oid_password_based_mac))
		return cmp_read_pbm(a, m);
	if (span_equal(oid, oid_pbmac1))
		return cmp_read_pbmac1(a, m);
	m->protection = CMP_SIGNED;
	return 0;
}

/* freeText and generalInfo; of the latter only implicitConfirm counts. */
static int
read_general(struct span *in, struct cmp_message *m)
{
	struct span c, list, oid, value;
	int there;

	if ((there = get_tagged(in, 7, &c)) == -1 ||
	    (there == 1 && der_walk(c) == -1) ||
	    (there = get_tagged(in, 8, &c)) == -1)
		return -1;
	if (there == 0)
		return 0;
	if (der_get_only(c, DER_SEQUENCE, "generalInfo", &list) == -1)
		return -1;
	while (list.n > 0) {
		if (cmp_get_info(&list, &oid, &value) == -1)
			return -1;
		if (!span_equal(oid, oid_it_implicit_confirm))
			continue;
		if (value.n > 0 &&
		    (der_get_null(&value) == -1 ||
			der_end(value, "implicitConfirm") == -1))
			return -1;
		m->implicit_confirm = true;
	}
	return 0;
}

static int
read_header(struct cmp_message *m)
{
	struct span in, c, recipient, kid, algorithm;
	int there, protected;

	if (der_get_only(m->header, DER_SEQUENCE, "the header", &in) == -1 ||
	    der_get_uint(&in, &m->version) == -1 ||
	    get_name(&in, &m->sender) == -1 ||
	    get_name(&in, &recipient) == -1 ||
	    (there = get_tagged(&in, 0, &c)) == -1)
		return cmp_malformed(err_text());
	m->has_time = there == 1;
	if (m->has_time &&
	    (der_get_generalized_time(&c, &m->time) == -1 ||
		der_end(c, "messageTime") == -1))
		return cmp_malformed(err_text());
	if ((protected = get_tagged(&in, 1, &algorithm)) == -1)
		return cmp_malformed(err_text());
	if (get_octets(&in, 2, &m->kid) == -1 ||
	    get_octets(&in, 3, &kid) == -1 ||
	    get_octets(&in, 4, &m->transaction) == -1 ||
	    get_octets(&in, 5, &m->sender_nonce) == -1 ||
	    get_octets(&in, 6, &m->recip_nonce) == -1 ||
	    read_general(&in, m) == -1 || der_end(in, "the header") == -1)
		return cmp_malformed(err_text());
	/* last: who sent it can be answered now */
	return protected == 1 ? read_algorithm(algorithm, m) : 0;
}

/* protection and extraCerts */
static int
read_rest(struct span in, struct cmp_message *m)
{
	struct span c, list;
	int there;

	if ((there = get_tagged(&in, 0, &c)) == -1 ||
	    (there == 1 &&
		(der_get_octet_bits(&c, &m->signature) == -1 ||
		    der_end(c, "the protection") == -1)))
		return cmp_malformed(err_text());
	if ((there == 1) != (m->protection != CMP_UNPROTECTED))
		return err_set_code(ERR_INPUT, "CMP_PROTECTION",
		    "protectionAlg and protection go together (RFC 9483 "
		    "section 3.2)");
	if ((there = get_tagged(&in, 1, &c)) == -1 ||
	    der_end(in, "the message") == -1 ||
	    (there == 1 &&
		der_get_only(c, DER_SEQUENCE, "extraCerts", &list) == -1))
		return cmp_malformed(err_text());
	while (there == 1 && list.n > 0) {
		if (m->ncerts == CMP_CERTS)
			return cmp_unsupported("extraCerts holds more than six "
					       "certificates: the signer's and "
					       "those above it are enough");
		if (der_get_whole(&list, DER_SEQUENCE, &m->certs[m->ncerts]) ==
			-1 ||
		    der_walk(m->certs[m->ncerts]) == -1)
			return cmp_malformed(err_text());
		m->ncerts++;
	}
	return 0;
}

int
cmp_read_parts(struct span der, struct cmp_message *m, struct span *behind)
{
	*m = (struct cmp_message){ .der = der, .type = -1 };
	if (der_get_only(der, DER_SEQUENCE, "the message", behind) == -1 ||
	    der_get_whole(behind, DER_SEQUENCE, &m->header) == -1 ||
	    der_get_any(behind, NULL, &m->body, NULL) == -1)
		return cmp_malformed(err_text());
	return 0;
}

int
cmp_read_header(struct span der, struct cmp_message *m)
{
	struct span behind;

	if (cmp_read_parts(der, m, &behind) == -1 || read_header(m) == -1)
		return -1;
	m->type = m->body.p[0] & 0x1f;
	return 0;
}

int
cmp_read(struct span der, struct cmp_message *m)
{
	struct span in;

	*m = (struct cmp_message){ .type = -1 };
	if (der.n > CMP_MAX)
		return cmp_malformed("it is longer than 16384 octets");
	if (cmp_read_parts(der, m, &in) == -1)
		return -1;
	if (read_header(m) == -1 || read_rest(in, m) == -1)
		return -1;
	if (m->transaction.n < ID_MIN || m->transaction.n > ID_MAX)
		return cmp_malformed("transactionID must have 1 to 64 octets");
	return cmp_read_body(m);
}

int
cmp_read_request(const struct cmp_message *m, struct cmp_request *r)
{
	if (m->type != CMP_P10CR) {
		if (crmf_parse(m->request, &r->crmf) == -1)
			return -1;
		r->subject = r->crmf.subject;
		return 0;
	}
	r->crmf = (struct crmf){ .subject = { NULL, 0 } };
	return csr_parse(m->request, &r->crmf.csr) == -1
	    ? -1
	    : csr_subject(&r->crmf.csr, &r->subject);
}
