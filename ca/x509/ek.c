/*
 * Endorsement keys' certificates, by libcrypto's path validation.
 */

#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "base/err.h"
#include "x509/ek.h"

#define EK_PURPOSE "2.23.133.8.1" /* tcg-kp-EKCertificate */

static X509 *
read_cert(struct span der)
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
	X509 *x = read_cert(der);
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

static int
verify(X509 *leaf, STACK_OF(X509) * others, X509 *root, int64_t now)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int rc = -1;

	if (store == NULL || ctx == NULL ||
	    X509_STORE_add_cert(store, root) != 1 ||
	    X509_STORE_CTX_init(ctx, store, leaf, others) != 1) {
		err_set(ERR_INTERNAL, "could not start a path validation");
		goto out;
	}
	X509_STORE_CTX_set_time(ctx, 0, (time_t)now);
	X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(ctx), 2);
	if (X509_verify_cert(ctx) == 1)
		rc = 0;
	else
		untrusted(X509_verify_cert_error_string(
		    X509_STORE_CTX_get_error(ctx)));
out:
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	ERR_clear_error();
	return rc;
}

static int
put_spki(X509 *leaf, struct buf *spki)
{
	unsigned char *der = NULL;
	int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(leaf), &der);

	if (n > 0)
		buf_put(spki, der, (size_t)n);
	OPENSSL_free(der);
	return n > 0 ? 0 : err_set(ERR_INTERNAL, "could not write a key");
}

int
ek_chain_judge(const struct span *chain, size_t n, struct span root_der,
    int64_t now, struct buf *spki)
{
	STACK_OF(X509) *others = sk_X509_new_null();
	X509 *leaf = n > 0 ? read_cert(chain[0]) : NULL;
	X509 *root = read_cert(root_der), *x = leaf;
	size_t i;
	int rc = -1;

	for (i = 1; x != NULL && i < n; i++)
		if ((x = read_cert(chain[i])) != NULL)
			(void)sk_X509_push(others, x);
	if (x == NULL || root == NULL)
		err_set_code(ERR_INPUT, "EK_MALFORMED",
		    "ek_chain: must be certificates, DER and nothing behind "
		    "it");
	else if (!is_of_ek(leaf))
		err_set_code(ERR_INPUT, "EK_MALFORMED",
		    "ek_chain: the first one must be an endorsement key's "
		    "(" EK_PURPOSE ") and no CA's");
	else if (verify(leaf, others, root, now) == 0)
		rc = put_spki(leaf, spki);
	X509_free(leaf);
	X509_free(root);
	sk_X509_pop_free(others, X509_free);
	ERR_clear_error();
	return rc;
}
