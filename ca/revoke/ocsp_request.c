/*
 * OCSP requests, from octets to questions.
 */

#include <string.h>

#include "base/err.h"
#include "revoke/ocsp_request.h"
#include "x509/der.h"
#include "x509/oid.h"

/* AlgorithmIdentifier of a digest: parameters NULL or absent (RFC 5754). */
static int
parse_hash(struct span *cursor, enum ocsp_hash *hash)
{
	struct span algorithm, oid;

	if (der_get(cursor, DER_SEQUENCE, &algorithm) == -1 ||
	    der_get_oid(&algorithm, &oid) == -1)
		return -1;
	if (span_equal(oid, oid_sha1))
		*hash = OCSP_SHA1;
	else if (span_equal(oid, oid_sha256))
		*hash = OCSP_SHA256;
	else {
		*hash = OCSP_OTHER_HASH;
		return 0; /* of any length, and nobody's here */
	}
	if (algorithm.n > 0 && der_get_null(&algorithm) == -1)
		return -1;
	return der_end(algorithm, "a digest algorithm");
}

static int
parse_cert_id(struct span *cursor, struct ocsp_cert_id *id)
{
	static const size_t size[] = { 20, 32 };
	uint8_t tag;
	struct span c;

	if (der_get_any(cursor, &tag, &id->whole, &c) == -1)
		return -1;
	if (tag != DER_SEQUENCE)
		return err_set(ERR_INPUT, "CertID is no SEQUENCE");
	if (parse_hash(&c, &id->hash) == -1 ||
	    der_get(&c, DER_OCTET_STRING, &id->name_hash) == -1 ||
	    der_get(&c, DER_OCTET_STRING, &id->key_hash) == -1 ||
	    der_get_integer(&c, &id->serial) == -1 ||
	    der_end(c, "CertID") == -1)
		return -1;
	if (id->hash != OCSP_OTHER_HASH &&
	    (id->name_hash.n != size[id->hash] ||
		id->key_hash.n != size[id->hash]))
		return err_set(ERR_INPUT,
		    "a hash in a CertID has another length than its algorithm "
		    "gives (RFC 6960 section 4.1.1)");
	if (id->serial.n > 20)
		return err_set(ERR_INPUT,
		    "a serial number has more than 20 octets (RFC 5280 "
		    "section 4.1.2.2)");
	return 0;
}

/* Nonce ::= OCTET STRING (SIZE (1..128)), RFC 9654 section 2.1. */
static int
take_nonce(struct span value, struct ocsp_request *r)
{
	struct span nonce;

	if (r->nonce.n != 0)
		return err_set(ERR_INPUT,
		    "an extension stands there twice (RFC 5280 section 4.2)");
	if (der_get_only(value, DER_OCTET_STRING, "Nonce", &nonce) == -1)
		return -1;
	if (nonce.n == 0 || nonce.n > OCSP_NONCE_MAX)
		return err_set(ERR_INPUT,
		    "a nonce has 1 to 128 octets (RFC 9654 section 2.1)");
	r->nonce = value;
	return 0;
}

/*
 * What is not known is passed over, unless it is critical (RFC 6960 section
 * 4.4).  r is NULL for the extensions of a single question, where no nonce
 * belongs.
 */
static int
parse_extension(struct span *cursor, struct ocsp_request *r)
{
	struct span e, oid, value;
	bool critical = false;

	if (der_get(cursor, DER_SEQUENCE, &e) == -1 ||
	    der_get_oid(&e, &oid) == -1)
		return -1;
	if (der_next_is(e, DER_BOOLEAN)) {
		if (der_get_bool(&e, &critical) == -1)
			return -1;
		if (!critical)
			return err_set(ERR_INPUT,
			    "a default value is written out (X.690 section "
			    "11.5)");
	}
	if (der_get(&e, DER_OCTET_STRING, &value) == -1 ||
	    der_end(e, "an extension") == -1)
		return -1;
	if (r != NULL && span_equal(oid, oid_ocsp_nonce))
		return take_nonce(value, r);
	if (r != NULL)
		r->more = true;
	if (critical)
		return err_set(ERR_INPUT,
		    "a critical extension is not known here (RFC 6960 section "
		    "4.4)");
	return 0;
}

/* [n] EXPLICIT Extensions OPTIONAL */
static int
parse_extensions(struct span *cursor, int n, struct ocsp_request *r)
{
	struct span list;

	if (!der_next_is(*cursor, DER_CONTEXT_CONS(n)))
		return 0;
	if (der_get(cursor, DER_CONTEXT_CONS(n), &list) == -1 ||
	    der_get_only(list, DER_SEQUENCE, "Extensions", &list) == -1)
		return -1;
	if (list.n == 0)
		return err_set(ERR_INPUT,
		    "an empty list of extensions (RFC 5280 section 4.1)");
	while (list.n > 0)
		if (parse_extension(&list, r) == -1)
			return -1;
	return 0;
}

static int
parse_list(struct span list, struct ocsp_request *r)
{
	struct span one;

	while (list.n > 0) {
		if (r->n == OCSP_CERTS_MAX)
			return err_set(ERR_INPUT,
			    "more than %d certificates in one request",
			    OCSP_CERTS_MAX);
		if (der_get(&list, DER_SEQUENCE, &one) == -1 ||
		    parse_cert_id(&one, &r->certs[r->n]) == -1)
			return -1;
		if (one.n > 0 || r->certs[r->n].hash == OCSP_OTHER_HASH)
			r->more = true;
		r->n++;
		if (parse_extensions(&one, 0, NULL) == -1 ||
		    der_end(one, "Request") == -1)
			return -1;
	}
	if (r->n == 0)
		return err_set(ERR_INPUT, "a request about no certificate");
	return 0;
}

/* TBSRequest, section 4.1.1; v1 is the default and so never written. */
static int
parse_tbs(struct span tbs, struct ocsp_request *r)
{
	struct span list;

	if (der_next_is(tbs, DER_CONTEXT_CONS(0)))
		return err_set(ERR_INPUT,
		    "a version that is not v1, or is written out (RFC 6960 "
		    "section 4.1.1)");
	if (der_next_is(tbs, DER_CONTEXT_CONS(1))) {
		if (der_get(&tbs, DER_CONTEXT_CONS(1), NULL) == -1)
			return -1; /* requestorName: anybody may ask */
		r->more = true;
	}
	if (der_get(&tbs, DER_SEQUENCE, &list) == -1 ||
	    parse_list(list, r) == -1 || parse_extensions(&tbs, 2, r) == -1)
		return -1;
	return der_end(tbs, "TBSRequest");
}

int
ocsp_request_parse(struct span in, struct ocsp_request *r)
{
	struct span request, tbs;

	r->n = 0; /* of certs that many count */
	r->nonce = span_of("", 0);
	r->more = false;
	if (in.n > OCSP_REQUEST_MAX)
		return err_set(ERR_INPUT, "a request of more than %d octets",
		    OCSP_REQUEST_MAX);
	if (der_get_only(in, DER_SEQUENCE, "OCSPRequest", &request) == -1 ||
	    der_get(&request, DER_SEQUENCE, &tbs) == -1 ||
	    parse_tbs(tbs, r) == -1)
		return -1;
	if (request.n > 0)
		r->more = true; /* a signature */
	if (der_next_is(request, DER_CONTEXT_CONS(0)) &&
	    der_get(&request, DER_CONTEXT_CONS(0), NULL) == -1)
		return -1;
	return der_end(request, "OCSPRequest");
}
