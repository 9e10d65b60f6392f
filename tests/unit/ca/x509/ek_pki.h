#ifndef TESTS_EK_PKI_H
#define TESTS_EK_PKI_H

/*
 * A maker of TPMs in memory: root, maker, endorsement key.
 */

#include "../../test.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/err.h"
#include "x509/ek.h"

#define NOW INT64_C(1795500000)
#define DAY 86400

/* One of a chain, and how it is made. */
struct spec {
	const char *name, *by; /* who signs */
	EVP_PKEY *key, *signer;
	bool ca, ek, strange, lists; /* lists: and signs CRLs */
	const char *crl_at;	     /* "URI:http://..." or NULL */
	int64_t not_after;
	long serial;
};

static EVP_PKEY *root_key, *maker_key, *ek_key, *weak_key;

static int
setup(void **state)
{
	(void)state;
	root_key = EVP_EC_gen("P-256");
	maker_key = EVP_EC_gen("P-256");
	ek_key = EVP_RSA_gen(2048);
	weak_key = EVP_RSA_gen(1024);
	return weak_key == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	EVP_PKEY_free(root_key);
	EVP_PKEY_free(maker_key);
	EVP_PKEY_free(ek_key);
	EVP_PKEY_free(weak_key);
	return 0;
}

static void
put_extension(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_non_null(e);
	assert_int_equal(X509_add_ext(x, e, -1), 1);
	X509_EXTENSION_free(e);
}

/* A critical extension that nobody knows. */
static void
put_strange(X509 *x)
{
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	ASN1_OBJECT *oid = OBJ_txt2obj("2.999.1", 1);
	X509_EXTENSION *e;

	assert_int_equal(
	    ASN1_OCTET_STRING_set(value, (const uint8_t *)"\x05\0", 2), 1);
	e = X509_EXTENSION_create_by_OBJ(NULL, oid, 1, value);
	assert_int_equal(X509_add_ext(x, e, -1), 1);
	X509_EXTENSION_free(e);
	ASN1_OBJECT_free(oid);
	ASN1_OCTET_STRING_free(value);
}

static void
set_name(X509_NAME *n, const char *name)
{
	assert_int_equal(X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_ASC,
			     (const uint8_t *)name, -1, -1, 0),
	    1);
}

static struct buf
make(const struct spec *s)
{
	struct buf out = BUF_EMPTY;
	unsigned char *der = NULL;
	X509 *x = X509_new();
	int n;

	assert_int_equal(X509_set_version(x, 2), 1);
	ASN1_INTEGER_set(
	    X509_get_serialNumber(x), s->serial != 0 ? s->serial : 7);
	set_name(X509_get_subject_name(x), s->name);
	set_name(X509_get_issuer_name(x), s->by);
	ASN1_TIME_set(X509_getm_notBefore(x), NOW - DAY);
	ASN1_TIME_set(X509_getm_notAfter(x),
	    s->not_after != 0 ? s->not_after : NOW + DAY);
	X509_set_pubkey(x, s->key);
	put_extension(x, NID_basic_constraints,
	    s->ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
	if (s->ca)
		put_extension(x, NID_key_usage,
		    s->lists ? "critical,keyCertSign,cRLSign"
			     : "critical,keyCertSign");
	if (s->crl_at != NULL)
		put_extension(x, NID_crl_distribution_points, s->crl_at);
	if (s->ek)
		put_extension(x, NID_ext_key_usage, "2.23.133.8.1");
	if (s->strange)
		put_strange(x);
	assert_true(X509_sign(x, s->signer, EVP_sha256()) > 0);
	n = i2d_X509(x, &der);
	assert_true(n > 0);
	buf_put(&out, der, (size_t)n);
	OPENSSL_free(der);
	X509_free(x);
	return out;
}

static struct spec
a_root(void)
{
	return (struct spec){ .name = "root",
		.by = "root",
		.key = root_key,
		.signer = root_key,
		.ca = true };
}

static struct spec
a_maker(void)
{
	return (struct spec){ .name = "maker",
		.by = "root",
		.key = maker_key,
		.signer = root_key,
		.ca = true };
}

static struct spec
an_ek(void)
{
	return (struct spec){ .name = "ek",
		.by = "maker",
		.key = ek_key,
		.signer = maker_key,
		.ek = true };
}

#endif
