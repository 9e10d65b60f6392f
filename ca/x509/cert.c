/*
 * Certificates, RFC 5280 section 4.1.
 */

#include <string.h>

#include "base/err.h"
#include "key/hash.h"
#include "x509/cert.h"
#include "x509/cert_ext.h"
#include "x509/der.h"
#include "x509/oid.h"
#include "x509/pem.h"

#define LABEL "CERTIFICATE"

/* Any failure of the DER reader is one of the certificate. */
static int
malformed(const char *why)
{
	return err_set_code(ERR_INPUT, "CERTIFICATE_MALFORMED",
	    "the certificate is malformed: %s", why);
}

static int
not_allowed(const char *why)
{
	return err_set_code(
	    ERR_INPUT, "ALGORITHM_NOT_ALLOWED", "the certificate's %s", why);
}

/* The parameters belong to the name: only one form of each is known. */
static int
parse_algorithm(struct span whole, struct cert *c)
{
	struct span content, oid;

	if (key_kind_of_signature(whole, &c->signed_with) == 0)
		return 0;
	if (der_get_only(whole, DER_SEQUENCE, "its algorithm", &content) ==
		-1 ||
	    der_get_oid(&content, &oid) == -1 || der_walk(content) == -1)
		return malformed(err_text());
	return not_allowed("signature is of no algorithm that is used here, "
			   "or has other parameters");
}

static int
parse_version(struct span *in)
{
	struct span content;
	uint64_t version;

	if (der_get(in, DER_CONTEXT_CONS(0), &content) == -1 ||
	    der_get_uint(&content, &version) == -1 ||
	    der_end(content, "its version") == -1)
		return -1;
	if (version != 2)
		return err_set(ERR_INPUT, "its version is not 3");
	return 0;
}

/* RFC 5280 section 4.1.2.2: positive, 20 octets with the sign's. */
static int
parse_serial(struct span *in, struct cert *c)
{
	if (der_get_integer(in, &c->serial) == -1)
		return -1;
	if (c->serial.n == 1 && c->serial.p[0] == 0)
		return err_set(ERR_INPUT, "its serial number is zero");
	if (c->serial.n > 20 || (c->serial.n == 20 && c->serial.p[0] & 0x80))
		return err_set(ERR_INPUT, "its serial number is too long");
	return 0;
}

static int
parse_validity(struct span *in, struct cert *c)
{
	struct span content;

	if (der_get(in, DER_SEQUENCE, &content) == -1 ||
	    der_get_time(&content, &c->not_before) == -1 ||
	    der_get_time(&content, &c->not_after) == -1 ||
	    der_end(content, "its validity") == -1)
		return -1;
	if (c->not_after < c->not_before)
		return err_set(ERR_INPUT, "it ends before it begins");
	return 0;
}

static int
parse_key(struct cert *c)
{
	if (key_spki_split(c->spki, &c->key_kind, &c->point) == -1)
		return der_walk(c->spki) == -1
		    ? malformed(err_text())
		    : not_allowed("key is of no algorithm that is used here");
	return 0;
}

static int
parse_extensions(struct span *in, struct cert *c)
{
	struct span inside, list;

	if (der_get(in, DER_CONTEXT_CONS(3), &inside) == -1 ||
	    der_get_only(inside, DER_SEQUENCE, "its extensions", &list) == -1)
		return -1;
	return cert_ext_parse(list, c);
}

static int
parse_content(struct cert *c, struct span *algorithm)
{
	struct span in;

	if (der_get_only(c->tbs, DER_SEQUENCE, "its content", &in) == -1 ||
	    parse_version(&in) == -1 || parse_serial(&in, c) == -1 ||
	    der_get_whole(&in, DER_SEQUENCE, algorithm) == -1 ||
	    name_parse(&in, &c->issuer) == -1 || parse_validity(&in, c) == -1 ||
	    name_parse(&in, &c->subject) == -1 ||
	    der_get_whole(&in, DER_SEQUENCE, &c->spki) == -1)
		return malformed(err_text());
	/* the key first: it tells a stranger's certificate best */
	if (parse_key(c) == -1)
		return -1;
	if (parse_extensions(&in, c) == -1 ||
	    der_end(in, "its extensions") == -1)
		return malformed(err_text());
	return 0;
}

int
cert_parse(struct span der, struct cert *c)
{
	if (cert_read(der, c) == -1)
		return -1;
	if (key_check_point(c->key_kind, c->point) == -1)
		return malformed(err_text());
	hash_sha256(c->spki, c->spki_sha256);
	hash_sha256(der, c->sha256);
	return 0;
}

int
cert_read(struct span der, struct cert *c)
{
	struct span in, outer, inner;

	*c = (struct cert){ .der = der, .path_length = -1 };
	if (der.n > CERT_MAX)
		return malformed("it is too long");
	if (der_get_only(der, DER_SEQUENCE, "it", &in) == -1 ||
	    der_get_whole(&in, DER_SEQUENCE, &c->tbs) == -1 ||
	    der_get_whole(&in, DER_SEQUENCE, &outer) == -1 ||
	    der_get_octet_bits(&in, &c->signature) == -1 ||
	    der_end(in, "its signature") == -1)
		return malformed(err_text());
	if (parse_algorithm(outer, c) == -1 || parse_content(c, &inner) == -1)
		return -1;
	if (!span_equal(outer, inner))
		return malformed("its two signature algorithms differ (RFC "
				 "5280 4.1.1.2)");
	return 0;
}

int
cert_read_content(struct span tbs, struct cert *c)
{
	struct span algorithm;

	*c = (struct cert){ .tbs = tbs, .path_length = -1 };
	if (tbs.n > CERT_MAX)
		return malformed("it is too long");
	if (parse_content(c, &algorithm) == -1)
		return -1;
	return parse_algorithm(algorithm, c);
}

int
cert_verify(const struct cert *c, const struct key *issuer)
{
	if (key_kind(issuer) != c->signed_with ||
	    key_verify(issuer, c->tbs, c->signature) == -1)
		return err_set_code(ERR_DENIED, "CHAIN_SIGNATURE",
		    "the certificate is not signed by its issuer's key");
	return 0;
}

bool
cert_is_endless(const struct cert *c)
{
	return c->not_after == DER_TIME_END;
}

void
cert_write_pem(struct span der, struct buf *out)
{
	pem_write(LABEL, der, out);
}

int
cert_read_pem(struct span *text, struct buf *der)
{
	return pem_read(LABEL, text, der);
}
