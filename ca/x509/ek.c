/*
 * Endorsement keys' certificates, by libcrypto's path validation.
 */

#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "base/err.h"
#include "x509/ek_inside.h"

#define EK_PURPOSE "2.23.133.8.1" /* tcg-kp-EKCertificate */

X509 *
ek_cert_read(struct span der)
{
	const unsigned char *p = der.p;
	X509 *x = NULL;

	if (der.n > 0 && der.n <= EK_CERT_MAX)
		x = d2i_X509(NULL, &p, (long)der.n);
	if (x != NULL && p != der.p + der.n) {
		X509_free(x);
		x = NULL;
	}
	ERR_clear_error();
	return x;
}

int
ek_root_check(struct span der)
{
	X509 *x = ek_cert_read(der);
	int good =
	    x != NULL && X509_check_ca(x) == 1 && X509_self_signed(x, 1) == 1;

	X509_free(x);
	ERR_clear_error();
	return good ? 0
		    : err_set_code(ERR_INPUT, "EK_ROOT_UNFIT",
			  "certificate: must be that of one self-signed CA, "
			  "as DER in base64");
}

/* One that says that its key is an endorsement key's. */
static bool
is_of_ek(X509 *x)
{
	EXTENDED_KEY_USAGE *uses =
	    X509_get_ext_d2i(x, NID_ext_key_usage, NULL, NULL);
	ASN1_OBJECT *want = OBJ_txt2obj(EK_PURPOSE, 1);
	bool found = false;
	int i;

	for (i = 0; uses != NULL && i < sk_ASN1_OBJECT_num(uses); i++)
		if (OBJ_cmp(sk_ASN1_OBJECT_value(uses, i), want) == 0)
			found = true;
	ASN1_OBJECT_free(want);
	sk_ASN1_OBJECT_pop_free(uses, ASN1_OBJECT_free);
	return found && X509_check_ca(x) == 0;
}

static int
untrusted(const char *why)
{
	return err_set_code(ERR_DENIED, "EK_UNTRUSTED",
	    "ek_chain: does not lead to a root that is in force for the "
	    "model: %s",
	    why);
}

int
ek_path_build(X509 *first, STACK_OF(X509) * others, X509 *root, int64_t now,
    STACK_OF(X509) * *path)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int rc = -1;

	*path = NULL;
	if (store == NULL || ctx == NULL ||
	    X509_STORE_add_cert(store, root) != 1 ||
	    X509_STORE_CTX_init(ctx, store, first, others) != 1) {
		err_set(ERR_INTERNAL, "could not start a path validation");
		goto out;
	}
	X509_STORE_CTX_set_time(ctx, 0, (time_t)now);
	X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(ctx), 2);
	if (X509_verify_cert(ctx) != 1)
		untrusted(X509_verify_cert_error_string(
		    X509_STORE_CTX_get_error(ctx)));
	else if ((*path = X509_STORE_CTX_get1_chain(ctx)) == NULL)
		err_set(ERR_INTERNAL, "could not keep a path");
	else
		rc = 0;
out:
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	ERR_clear_error();
	return rc;
}

static int
put_spki(const X509 *x, struct buf *spki)
{
	unsigned char *der = NULL;
	int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &der);

	if (n > 0)
		buf_put(spki, der, (size_t)n);
	OPENSSL_free(der);
	return n > 0 ? 0 : err_set(ERR_INTERNAL, "could not write a key");
}

int
ek_issuer_hash(const X509 *x, uint8_t sha256[HASH_SIZE])
{
	struct buf spki = BUF_EMPTY;
	int rc = put_spki(x, &spki);

	if (rc == 0)
		hash_sha256(buf_span(&spki), sha256);
	buf_free(&spki);
	return rc;
}

int
ek_serial(const ASN1_INTEGER *serial, uint8_t out[EK_SERIAL_MAX], size_t *n)
{
	*n = (size_t)ASN1_STRING_length(serial);
	if (ASN1_STRING_type(serial) != V_ASN1_INTEGER || *n == 0 ||
	    *n > EK_SERIAL_MAX)
		return -1;
	memcpy(out, ASN1_STRING_get0_data(serial), *n);
	return 0;
}

/* Of each but the root; who issued it is the next one. */
static int
put_links(const STACK_OF(X509) * path, struct ek *ek)
{
	struct ek_link *l;
	const X509 *x;

	for (; (int)ek->nlinks + 1 < sk_X509_num(path); ek->nlinks++) {
		if (ek->nlinks == EK_CHAIN_MAX)
			return untrusted("the path is too long");
		l = &ek->links[ek->nlinks];
		x = sk_X509_value(path, (int)ek->nlinks);
		if (ek_serial(X509_get0_serialNumber(x), l->serial,
			&l->nserial) == -1)
			return err_set_code(ERR_INPUT, "EK_MALFORMED",
			    "ek_chain: a serial number is not one of 1 to 20 "
			    "octets (RFC 5280 4.1.2.2)");
		l->has_crl = X509_get_ext_by_NID(
				 x, NID_crl_distribution_points, -1) != -1;
		if (ek_issuer_hash(sk_X509_value(path, (int)ek->nlinks + 1),
			l->issuer_sha256) == -1)
			return -1;
	}
	return 0;
}

static int
judge(
    X509 *leaf, STACK_OF(X509) * others, X509 *root, int64_t now, struct ek *ek)
{
	STACK_OF(X509) *path = NULL;
	int rc = -1;

	if (!is_of_ek(leaf))
		err_set_code(ERR_INPUT, "EK_MALFORMED",
		    "ek_chain: the first one must be an endorsement key's "
		    "(" EK_PURPOSE ") and no CA's");
	else if (ek_path_build(leaf, others, root, now, &path) == 0 &&
	    put_links(path, ek) == 0)
		rc = put_spki(leaf, &ek->spki);
	sk_X509_pop_free(path, X509_free);
	return rc;
}

int
ek_chain_read(
    const struct span *chain, size_t n, X509 **first, STACK_OF(X509) * others)
{
	X509 *x = n > 0 ? ek_cert_read(chain[0]) : NULL;
	size_t i;

	*first = x;
	for (i = 1; x != NULL && i < n; i++)
		if ((x = ek_cert_read(chain[i])) != NULL)
			(void)sk_X509_push(others, x);
	return x != NULL ? 0
			 : err_set_code(ERR_INPUT, "EK_MALFORMED",
			       "a chain must be certificates, DER and nothing "
			       "behind it");
}

int
ek_chain_judge(const struct span *chain, size_t n, struct span root_der,
    int64_t now, struct ek *ek)
{
	STACK_OF(X509) *others = sk_X509_new_null();
	X509 *leaf = NULL, *root = ek_cert_read(root_der);
	int rc = ek_chain_read(chain, n, &leaf, others);

	if (rc == 0)
		rc = root != NULL
		    ? judge(leaf, others, root, now, ek)
		    : err_set(ERR_INTERNAL, "a root is no certificate");
	if (rc == -1)
		ek_free(ek);
	X509_free(leaf);
	X509_free(root);
	sk_X509_pop_free(others, X509_free);
	ERR_clear_error();
	return rc;
}

void
ek_free(struct ek *ek)
{
	buf_free(&ek->spki);
	memset(ek, 0, sizeof(*ek));
}
