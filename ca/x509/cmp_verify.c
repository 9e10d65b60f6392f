/*
 * How messages of CMP are protected, RFC 9810 section 5.1.3.  The signer's
 * certificate is a stranger's, of whatever makers of devices use, so it is
 * libcrypto that reads it.
 */

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "base/err.h"
#include "x509/cmp_inside.h"
#include "x509/der.h"
#include "x509/ossl.h"

#define SECURITY_BITS  112 /* as RSA of 2048 bits, SP 800-57 */
#define SECURITY_LEVEL 2   /* OpenSSL's word for the same; no SHA-1 either */

static int
untrusted(const char *why)
{
	ERR_clear_error();
	return err_set_code(ERR_DENIED, "CMP_SIGNER", "%s", why);
}

int
cmp_unprotected(const char *why)
{
	ERR_clear_error();
	return err_set_code(ERR_DENIED, "CMP_PROTECTION", "%s", why);
}

void
cmp_put_protected(const struct cmp_message *m, struct buf *out)
{
	uint8_t space[8];
	struct span header;
	struct der w;

	der_start(&w, space, sizeof(space));
	der_put_header(&w, DER_SEQUENCE, m->header.n + m->body.n);
	(void)der_done(&w, &header);
	buf_put_span(out, header);
	buf_put_span(out, m->header);
	buf_put_span(out, m->body);
}

/* ---- signatures */

static X509 *
read_certificate(struct span der)
{
	X509 *x = cmp_kept_certificate(der);

	if (x == NULL || X509_get_version(x) == 2)
		return x;
	X509_free(x);
	return NULL;
}

/* ECDSA and RSA (PKCS #1 1.5) with SHA-2; the digest's name, or NULL. */
static const EVP_MD *
digest_of(const struct cmp_message *m)
{
	static const struct {
		int nid;
		const EVP_MD *(*digest)(void);
	} allowed[] = {
		{ NID_ecdsa_with_SHA256, EVP_sha256 },
		{ NID_ecdsa_with_SHA384, EVP_sha384 },
		{ NID_ecdsa_with_SHA512, EVP_sha512 },
		{ NID_sha256WithRSAEncryption, EVP_sha256 },
		{ NID_sha384WithRSAEncryption, EVP_sha384 },
		{ NID_sha512WithRSAEncryption, EVP_sha512 },
	};
	const unsigned char *p = m->algorithm.p;
	X509_ALGOR *a = d2i_X509_ALGOR(NULL, &p, (long)m->algorithm.n);
	const ASN1_OBJECT *oid = NULL;
	const EVP_MD *md = NULL;
	size_t i;

	if (a == NULL) /* well-formed DER, but no AlgorithmIdentifier */
		return NULL;
	X509_ALGOR_get0(&oid, NULL, NULL, a);
	for (i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		if (OBJ_obj2nid(oid) == allowed[i].nid)
			md = allowed[i].digest();
	X509_ALGOR_free(a);
	return md;
}

/* Is the certificate's subject who sent it? */
static bool
is_sender(const struct cmp_message *m, const X509 *x)
{
	const unsigned char *p = m->sender.p;
	X509_NAME *sender = m->sender.n == 0
	    ? NULL
	    : d2i_X509_NAME(NULL, &p, (long)m->sender.n);
	bool same = sender != NULL &&
	    X509_NAME_cmp(sender, X509_get_subject_name(x)) == 0;

	X509_NAME_free(sender);
	return same;
}

/* senderKID, if it says anything, of a certificate that has such an id. */
static bool
is_key_named(const struct cmp_message *m, X509 *x)
{
	const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(x);

	return m->kid.n == 0 || id == NULL ||
	    span_equal(m->kid,
		span_of(
		    ASN1_STRING_get0_data(id), (size_t)ASN1_STRING_length(id)));
}

static int
verify_with(const struct cmp_message *m, X509 *x)
{
	EVP_PKEY *key = X509_get0_pubkey(x);
	const EVP_MD *md = digest_of(m);
	EVP_MD_CTX *ctx = NULL;
	struct buf text = BUF_EMPTY;
	int ok;

	if (md == NULL)
		return err_set_code(ERR_INPUT, "CMP_ALGORITHM",
		    "messages are signed by ECDSA or RSA with SHA-256, -384 or "
		    "-512 here, never with SHA-1");
	if (key == NULL || EVP_PKEY_get_security_bits(key) < SECURITY_BITS)
		return untrusted("the signer's key is too weak, or of no kind "
				 "known here");
	if (!is_sender(m, x))
		return untrusted("the message's sender is not the subject of "
				 "the signer's certificate");
	if (!is_key_named(m, x))
		return cmp_unprotected("senderKID is not the subject key "
				       "identifier of the signer's certificate "
				       "(RFC 9483 section 3.1)");
	if ((X509_get_key_usage(x) & X509v3_KU_DIGITAL_SIGNATURE) == 0)
		return untrusted("the signer's certificate is not for "
				 "signatures (key usage)");
	cmp_put_protected(m, &text);
	ok = (ctx = EVP_MD_CTX_new()) != NULL &&
	    EVP_DigestVerifyInit(ctx, NULL, md, NULL, key) == 1 &&
	    EVP_DigestVerify(
		ctx, m->signature.p, m->signature.n, text.p, text.n) == 1;
	EVP_MD_CTX_free(ctx);
	buf_free(&text);
	ERR_clear_error();
	return ok
	    ? 0
	    : cmp_unprotected("the message's signature does not hold for its "
			      "signer's key");
}

int
cmp_verify_signature(const struct cmp_message *m, struct span certificate)
{
	X509 *x;
	int rc;

	if (m->protection != CMP_SIGNED)
		return cmp_unprotected("the message is not signed");
	if ((x = read_certificate(certificate)) == NULL)
		return untrusted("the signer's certificate cannot be read");
	rc = verify_with(m, x);
	X509_free(x);
	return rc;
}

/* ---- chains */

static int
add_all(X509_STORE *store, const struct span *anchors, size_t n)
{
	X509 *x;
	size_t i;
	int ok = 1;

	for (i = 0; ok == 1 && i < n; i++) {
		x = read_certificate(anchors[i]);
		ok = x != NULL && X509_STORE_add_cert(store, x);
		X509_free(x);
	}
	return ok ? 0 : -1;
}

static STACK_OF(X509) * others(const struct cmp_message *m)
{
	STACK_OF(X509) *list = sk_X509_new_null();
	X509 *x;
	size_t i;

	for (i = 1; list != NULL && i < m->ncerts; i++) {
		x = read_certificate(m->certs[i]);
		if (x != NULL && sk_X509_push(list, x) == 0)
			X509_free(x);
	}
	return list;
}

/* An anchor need be no root: the supplier's word is where trust ends. */
static bool
chains(X509_STORE *store, X509 *leaf, STACK_OF(X509) * between, int64_t at)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *p;
	bool good = false;

	if (ctx == NULL || X509_STORE_CTX_init(ctx, store, leaf, between) != 1)
		goto out;
	p = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_time(p, (time_t)at);
	X509_VERIFY_PARAM_set_depth(p, CMP_CERTS);
	X509_VERIFY_PARAM_set_auth_level(p, SECURITY_LEVEL);
	if (X509_VERIFY_PARAM_set_flags(p, X509_V_FLAG_PARTIAL_CHAIN) == 1)
		good = X509_verify_cert(ctx) == 1;
out:
	X509_STORE_CTX_free(ctx);
	ERR_clear_error();
	return good;
}

int
cmp_verify_chain(const struct cmp_message *m, const struct span *anchors,
    size_t n, int64_t at, struct span *signer)
{
	X509_STORE *store = X509_STORE_new();
	STACK_OF(X509) *between = others(m);
	X509 *leaf = NULL;
	int rc = -1;

	if (m->protection != CMP_SIGNED)
		rc = cmp_unprotected("the message is not signed");
	else if (m->ncerts == 0)
		rc = untrusted("extraCerts must begin with the signer's "
			       "certificate (RFC 9483 section 3.3)");
	else if (store == NULL || between == NULL)
		rc = x509_err("read the signer's certificates");
	else if (add_all(store, anchors, n) == -1 ||
	    (leaf = read_certificate(m->certs[0])) == NULL ||
	    !chains(store, leaf, between, at))
		rc = untrusted("the signer's certificate leads to none of the "
			       "factory certificates that the open lot "
			       "names");
	else if ((rc = verify_with(m, leaf)) == 0)
		*signer = m->certs[0];
	X509_free(leaf);
	sk_X509_pop_free(between, X509_free);
	X509_STORE_free(store);
	return rc;
}

int
cmp_check_anchor(struct span certificate)
{
	X509 *x = read_certificate(certificate);
	EVP_PKEY *key = x != NULL ? X509_get0_pubkey(x) : NULL;
	bool good =
	    key != NULL && EVP_PKEY_get_security_bits(key) >= SECURITY_BITS;

	X509_free(x);
	ERR_clear_error();
	return good ? 0
		    : err_set_code(ERR_INPUT, "CMP_ANCHOR",
			  "a factory certificate must be X.509 version 3, DER, "
			  "with a key of at least 112 bits of strength");
}
