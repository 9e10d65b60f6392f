/*
 * RSA, verified only: for suppliers whose hardware knows nothing else.
 */

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "key/inside.h"
#include "x509/ossl.h"

static int
rsa_take_point(struct key *k, struct span point)
{
	const unsigned char *p = point.p;

	if (key_rsa_judge(point) == -1)
		return -1;
	k->pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, (long)point.n);
	if (k->pkey == NULL)
		return key_not_allowed("a public key is no RSA key (RFC 8017 "
				       "appendix A.1.1)");
	return 0;
}

static int
verify(const struct key *k, int padding, struct span message,
    struct span signature)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *with = NULL; /* of ctx */
	int rc = 0;

	if (ctx == NULL ||
	    EVP_DigestVerifyInit_ex(
		ctx, &with, "SHA256", NULL, NULL, k->pkey, NULL) != 1 ||
	    EVP_PKEY_CTX_set_rsa_padding(with, padding) != 1 ||
	    (padding == RSA_PKCS1_PSS_PADDING &&
		EVP_PKEY_CTX_set_rsa_pss_saltlen(
		    with, RSA_PSS_SALTLEN_DIGEST) != 1))
		rc = x509_err("verify");
	else if (EVP_DigestVerify(
		     ctx, signature.p, signature.n, message.p, message.n) != 1)
		rc = key_bad_signature();
	EVP_MD_CTX_free(ctx);
	return rc;
}

static int
rsa_verify(const struct key *k, struct span message, struct span signature)
{
	return verify(k, RSA_PKCS1_PADDING, message, signature);
}

int
key_verify_pss(const struct key *k, struct span message, struct span signature)
{
	if (k->kind != KEY_RSA)
		return key_bad_signature();
	return verify(k, RSA_PKCS1_PSS_PADDING, message, signature);
}

const struct key_method key_method_rsa = {
	.take_point = rsa_take_point,
	.verify = rsa_verify,
	.verify_raw = rsa_verify,
};
