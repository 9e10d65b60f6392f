/*
 * Certification requests, RFC 2986.
 */

#include <string.h>

#include "base/enc.h"
#include "base/err.h"
#include "key/hash.h"
#include "key/key.h"
#include "x509/csr.h"
#include "x509/der.h"
#include "x509/name.h"
#include "x509/oid.h"
#include "x509/pem.h"

/* Any failure of the DER reader is one of the request. */
static int
malformed(const char *why)
{
	return err_set_code(ERR_INPUT, "CSR_MALFORMED",
	    "the certification request is malformed: %s", why);
}

/*
 * A name is only walked over: it may hold what we would never issue.
 * Name ::= SEQUENCE OF SET OF SEQUENCE { OID, ANY }
 */
static int
skip_name(struct span *in)
{
	struct span names, set, pair, type;

	if (der_get(in, DER_SEQUENCE, &names) == -1)
		return -1;
	while (names.n > 0) {
		if (der_get(&names, DER_SET, &set) == -1)
			return -1;
		if (set.n == 0)
			return malformed("an empty set in its subject");
		while (set.n > 0)
			if (der_get(&set, DER_SEQUENCE, &pair) == -1 ||
			    der_get_oid(&pair, &type) == -1 ||
			    der_get_any(&pair, NULL, NULL, NULL) == -1 ||
			    der_end(pair, "an attribute") == -1)
				return -1;
	}
	return 0;
}

/* Attributes ::= [0] IMPLICIT SET OF SEQUENCE { OID, SET OF ANY } */
static int
skip_attributes(struct span *in)
{
	struct span attributes, pair, type, values;

	if (der_get(in, DER_CONTEXT_CONS(0), &attributes) == -1)
		return -1;
	while (attributes.n > 0) {
		if (der_get(&attributes, DER_SEQUENCE, &pair) == -1 ||
		    der_get_oid(&pair, &type) == -1 ||
		    der_get(&pair, DER_SET, &values) == -1 ||
		    der_end(pair, "an attribute") == -1)
			return -1;
		if (values.n == 0)
			return malformed("an attribute without a value");
		while (values.n > 0)
			if (der_get_any(&values, NULL, NULL, NULL) == -1)
				return -1;
	}
	return 0;
}

/* Well formed at least, so that what is refused is the key, not the DER. */
static int
check_spki_form(struct span spki)
{
	struct span in, algorithm, oid, bits;

	if (der_get_only(spki, DER_SEQUENCE, "the public key", &in) == -1 ||
	    der_get(&in, DER_SEQUENCE, &algorithm) == -1 ||
	    der_get_oid(&algorithm, &oid) == -1 ||
	    der_get_octet_bits(&in, &bits) == -1)
		return -1;
	return der_end(in, "the public key");
}

/* The one way of signing of its key, parameters included. */
static int
check_algorithm(struct span algorithm, enum key_kind kind)
{
	if (span_equal(algorithm, key_algorithm_of_signatures(kind)))
		return 0;
	return err_set_code(ERR_INPUT, "KEY_NOT_ALLOWED",
	    "a request with a key of %s must be signed as such keys sign here: "
	    "ecdsa-with-SHA256 or -SHA384 by the curve (RFC 5758), Ed25519 "
	    "(RFC 8410), sha256WithRSAEncryption (RFC 4055), ML-DSA (RFC "
	    "9881)",
	    key_name(kind));
}

static int
parse_info(struct csr *csr)
{
	struct span in;
	uint64_t version;

	if (der_get_only(csr->info, DER_SEQUENCE, "its content", &in) == -1 ||
	    der_get_uint(&in, &version) == -1)
		return malformed(err_text());
	if (version != 0)
		return malformed(
		    "its version must be 0 (RFC 2986 section 4.1)");
	if (skip_name(&in) == -1 ||
	    der_get_whole(&in, DER_SEQUENCE, &csr->spki) == -1 ||
	    check_spki_form(csr->spki) == -1 || skip_attributes(&in) == -1 ||
	    der_end(in, "its attributes") == -1)
		return malformed(err_text());
	return 0;
}

static int
check_key(struct csr *csr)
{
	if (key_spki_split(csr->spki, &csr->kind, &csr->point) == -1 ||
	    key_check_point(csr->kind, csr->point) == -1)
		return -1;
	return key_check_strength(csr->kind, csr->point);
}

int
csr_parse(struct span der, struct csr *csr)
{
	struct span in, algorithm;

	*csr = (struct csr){ .der = der };
	if (der.n > CSR_MAX)
		return malformed("it is longer than 8192 octets");
	if (der_get_only(der, DER_SEQUENCE, "it", &in) == -1 ||
	    der_get_whole(&in, DER_SEQUENCE, &csr->info) == -1 ||
	    der_get_whole(&in, DER_SEQUENCE, &algorithm) == -1 ||
	    der_get_octet_bits(&in, &csr->signature) == -1 ||
	    der_end(in, "its signature") == -1)
		return malformed(err_text());
	if (parse_info(csr) == -1 || check_key(csr) == -1 ||
	    check_algorithm(algorithm, csr->kind) == -1)
		return -1;
	hash_sha256(csr->spki, csr->spki_sha256);
	return 0;
}

int
csr_take_key(struct span spki, struct csr *csr)
{
	*csr = (struct csr){ .spki = spki };
	if (check_spki_form(spki) == -1)
		return err_set_code(ERR_INPUT, "KEY_MALFORMED",
		    "the public key is malformed: %s", err_text());
	if (check_key(csr) == -1)
		return -1;
	hash_sha256(spki, csr->spki_sha256);
	return 0;
}

int
csr_verify(const struct csr *csr)
{
	if (key_verify_point(
		csr->kind, csr->point, csr->info, csr->signature) == -1)
		return err_set_code(ERR_INPUT, "CSR_SIGNATURE",
		    "the request is not signed with the key in it: no proof of "
		    "possession");
	return 0;
}

/* CertificationRequestInfo of a subject with one name. */
static int
put_info(const struct key *key, const char *common_name, struct buf *out)
{
	struct name subject = { .common_name = span_str(common_name) };
	uint8_t space[512 + KEY_SPKI_MAX];
	struct span info;
	struct der w;

	if (name_check(&subject) == -1)
		return -1;
	der_start(&w, space, sizeof(space));
	der_put_header(&w, DER_CONTEXT_CONS(0), 0);
	der_put_span(&w, key_spki(key));
	name_put(&w, &subject);
	der_put_uint(&w, 0);
	der_wrap(&w, DER_SEQUENCE, 0);
	if (der_done(&w, &info) == -1)
		return -1;
	buf_put_span(out, info);
	return 0;
}

int
csr_build(const struct key *key, const char *common_name, struct buf *out)
{
	uint8_t space[CSR_MAX], signature[KEY_SIGNATURE_MAX];
	struct buf info = BUF_EMPTY;
	struct span der;
	struct der w;
	size_t n = 0;
	int rc = -1;

	if (put_info(key, common_name, &info) == -1 ||
	    key_sign(key, buf_span(&info), signature, &n) == -1)
		goto out;
	der_start(&w, space, sizeof(space));
	der_put_octet_bits(&w, span_of(signature, n));
	der_put_span(&w, key_algorithm_of_signatures(key_kind(key)));
	der_put_span(&w, buf_span(&info));
	der_wrap(&w, DER_SEQUENCE, 0);
	if (der_done(&w, &der) == -1)
		goto out;
	buf_put_span(out, der);
	rc = 0;
out:
	buf_free(&info);
	return rc;
}

void
csr_write_pem(struct span der, struct buf *out)
{
	pem_write("CERTIFICATE REQUEST", der, out);
}
