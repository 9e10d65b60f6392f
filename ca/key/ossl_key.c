/*
 * A key as libcrypto's own protocols take it.
 */

#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/evp.h>

#include "key/inside.h"
#include "x509/ossl.h"

EVP_PKEY *
key_to_ossl(const struct key *k)
{
	EVP_PKEY *p;

	if (k->pkey != NULL)
		return EVP_PKEY_up_ref(k->pkey) == 1 ? k->pkey : NULL;
	p = EVP_PKEY_new();
	if (p != NULL && EVP_PKEY_set1_EC_KEY(p, k->ec) != 1) {
		EVP_PKEY_free(p);
		p = NULL;
	}
	if (p == NULL)
		x509_err("hand over a key");
	return p;
}
