/*
 * Certification requests of CMP, RFC 4211.  Its module has implicit tags, but
 * for what is a choice (names).
 */

#include "x509/crmf.h"
#include "base/err.h"
#include "x509/der.h"
#include "x509/oid.h"

/* CertTemplate, RFC 4211 section 5. */
enum {
	VERSION,
	SERIAL,
	ALGORITHM,
	ISSUER,
	VALIDITY,
	SUBJECT,
	KEY,
	FIELDS = 10
};

static int
malformed(const char *why)
{
	return err_set_code(ERR_INPUT, "CRMF_MALFORMED",
	    "the certificate request (RFC 4211) is malformed: %s", why);
}

static int
wanting(const char *why)
{
	return err_set_code(ERR_INPUT, "CRMF_TEMPLATE",
	    "the certificate template (RFC 4211 section 5) %s", why);
}

static int
no_proof(const char *why)
{
	return err_set_code(ERR_INPUT, "CRMF_POP", "%s", why);
}

/* Each field once, in the order of its tag; its content and the whole. */
static int
read_template(
    struct span template, struct span fields[FIELDS], struct span *key)
{
	struct span whole, content;
	int last = -1, n;
	uint8_t tag;

	while (template.n > 0) {
		if (der_get_any(&template, &tag, &whole, &content) == -1)
			return malformed(err_text());
		n = tag & 0x1f;
		if ((tag & 0xc0) != 0x80 || n >= FIELDS || n <= last)
			return malformed("a field of the template is unknown, "
					 "twice or out of order");
		if ((tag & 0x20) != 0 && der_walk(content) == -1)
			return malformed(err_text());
		fields[n] = content;
		if (n == KEY)
			*key = whole;
		last = n;
	}
	return 0;
}

/*
 * The key has tag [6] where a request has SEQUENCE; all behind that octet is
 * the same, so what is found in a copy is found here.
 */
static int
take_key(struct span key, struct csr *csr)
{
	struct buf copy = BUF_EMPTY;
	int rc;

	if (key.n == 0)
		return wanting("has no public key");
	buf_put_span(&copy, key);
	copy.p[0] = DER_SEQUENCE;
	rc = csr_take_key(buf_span(&copy), csr);
	if (rc == 0) {
		csr->point.p = key.p + (csr->point.p - copy.p);
		csr->spki = span_of(NULL, 0);
	}
	buf_free(&copy);
	return rc;
}

/* Controls of RFC 4211 section 6; of them oldCertID alone is read. */
static int
read_controls(struct span controls, struct crmf *c)
{
	struct span one, oid, id, name;

	while (controls.n > 0) {
		if (der_get(&controls, DER_SEQUENCE, &one) == -1 ||
		    der_get_oid(&one, &oid) == -1 || der_walk(one) == -1)
			return malformed(err_text());
		if (!span_equal(oid, oid_old_cert_id))
			continue;
		if (der_get_only(one, DER_SEQUENCE, "oldCertID", &id) == -1 ||
		    der_get(&id, DER_CONTEXT_CONS(4), &name) == -1 ||
		    der_get_integer(&id, &c->old_serial) == -1 ||
		    der_end(id, "oldCertID") == -1)
			return malformed(err_text());
		c->old_issuer = name;
	}
	return 0;
}

static int
read_request(struct span request, struct crmf *c, struct csr *csr)
{
	struct span fields[FIELDS] = { { NULL, 0 } }, key = { NULL, 0 };
	struct span in, template, controls = { NULL, 0 };
	uint64_t id;

	if (der_get_only(request, DER_SEQUENCE, "it", &in) == -1 ||
	    der_get_uint(&in, &id) == -1 ||
	    der_get(&in, DER_SEQUENCE, &template) == -1)
		return malformed(err_text());
	if (id != 0)
		return malformed(
		    "certReqId must be 0 (RFC 9483 section 4.1.1)");
	if (read_template(template, fields, &key) == -1)
		return -1;
	if (fields[SUBJECT].p != NULL &&
	    der_get_only(fields[SUBJECT], DER_SEQUENCE, "the subject",
		&c->subject) == -1)
		return malformed(err_text());
	if (in.n > 0 &&
	    (der_get(&in, DER_SEQUENCE, &controls) == -1 ||
		der_end(in, "the controls") == -1))
		return malformed(err_text());
	if (c->subject.n == 0)
		return wanting("has no subject: the device's id");
	return read_controls(controls, c) == 0 ? take_key(key, csr) : -1;
}

/* ProofOfPossession, RFC 4211 section 4. */
static int
read_proof(struct span in, struct csr *csr)
{
	struct span proof, algorithm;
	uint8_t tag;

	if (in.n == 0)
		return no_proof("the request has no proof of possession: sign "
				"it with its key (RFC 4211 section 4.1)");
	if (der_get_any(&in, &tag, NULL, &proof) == -1)
		return malformed(err_text());
	if (tag == DER_CONTEXT(0))
		return no_proof("nobody vouches for possession here "
				"(raVerified): sign the request with its key");
	if (tag != DER_CONTEXT_CONS(1))
		return no_proof("the proof of possession must be a signature "
				"(RFC 4211 section 4.1)");
	if (der_next_is(proof, DER_CONTEXT_CONS(0)))
		return no_proof("the proof of possession must be over the "
				"request itself, without poposkInput");
	if (der_get_whole(&proof, DER_SEQUENCE, &algorithm) == -1 ||
	    der_get_octet_bits(&proof, &csr->signature) == -1 ||
	    der_end(proof, "the proof of possession") == -1)
		return malformed(err_text());
	if (!span_equal(algorithm, key_algorithm_of_signatures(csr->kind)))
		return err_set_code(ERR_INPUT, "KEY_NOT_ALLOWED",
		    "a request with a key of %s must be signed in its one way, "
		    "as PKCS#10 is",
		    key_name(csr->kind));
	return 0;
}

bool
crmf_is(struct span der)
{
	struct span in;

	return der_get_only(der, DER_SEQUENCE, "it", &in) == 0 &&
	    der_get_any(&in, NULL, NULL, NULL) == 0 &&
	    !der_next_is(in, DER_SEQUENCE);
}

int
crmf_parse(struct span der, struct crmf *c)
{
	struct span in, request, info, proof = { NULL, 0 };

	*c = (struct crmf){ .subject = { NULL, 0 } };
	if (der.n > CSR_MAX)
		return malformed("it is too long");
	if (der_get_only(der, DER_SEQUENCE, "it", &in) == -1 ||
	    der_get_whole(&in, DER_SEQUENCE, &request) == -1)
		return malformed(err_text());
	if (in.n > 0 && der_get_any(&in, NULL, &proof, NULL) == -1)
		return malformed(err_text());
	/* regInfo is for registration elsewhere: read over */
	if (in.n > 0 &&
	    (der_get_only(in, DER_SEQUENCE, "it", &info) == -1 ||
		der_walk(info) == -1))
		return malformed(err_text());
	if (read_request(request, c, &c->csr) == -1)
		return -1;
	c->csr.der = der;
	c->csr.info = request;
	return read_proof(proof, &c->csr);
}

int
crmf_template_certificate(
    struct span template, struct span *issuer, struct span *serial)
{
	struct span fields[FIELDS] = { { NULL, 0 } }, key, in;

	*issuer = *serial = span_of(NULL, 0);
	if (read_template(template, fields, &key) == -1)
		return -1;
	if (fields[ISSUER].p != NULL) {
		in = *issuer = fields[ISSUER];
		if (der_get_whole(&in, DER_SEQUENCE, issuer) == -1 ||
		    der_end(in, "the issuer") == -1)
			return malformed(err_text());
	}
	if (fields[SERIAL].p != NULL) {
		*serial = fields[SERIAL];
		if (serial->n > 1 && serial->p[0] == 0)
			*serial = span_of(serial->p + 1, serial->n - 1);
	}
	return 0;
}
