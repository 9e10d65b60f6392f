/*
 * A certificate and its private key, looked at before they are used.
 */

#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/err.h"
#include "x509/credential.h"

/* Asks nobody: there may be a terminal, and nobody at it. */
static int
no_passphrase(char *out, int size, int writing, void *asked)
{
	(void)out;
	(void)size;
	(void)writing;
	*(bool *)asked = true;
	return -1;
}

static int
judge(const X509 *certificate, const EVP_PKEY *key, bool asked)
{
	if (certificate == NULL)
		return err_set(
		    ERR_INPUT, "the certificate is not there, or no PEM");
	if (key == NULL && asked)
		return err_set(ERR_INPUT,
		    "the key is encrypted, and nobody is asked for its "
		    "passphrase");
	if (key == NULL)
		return err_set(ERR_INPUT, "the key is not there, or no PEM");
	if (X509_check_private_key(certificate, key) != 1)
		return err_set(ERR_INPUT, "the key is not the certificate's");
	return 0;
}

int
credential_check(struct span certificate, struct span key)
{
	BIO *c = BIO_new_mem_buf(certificate.p, (int)certificate.n);
	BIO *k = BIO_new_mem_buf(key.p, (int)key.n);
	X509 *x = NULL;
	EVP_PKEY *pkey = NULL;
	bool asked = false;
	int rc;

	if (c != NULL)
		x = PEM_read_bio_X509(c, NULL, no_passphrase, &asked);
	if (k != NULL)
		pkey = PEM_read_bio_PrivateKey(k, NULL, no_passphrase, &asked);
	rc = judge(x, pkey, asked);
	EVP_PKEY_free(pkey);
	X509_free(x);
	BIO_free(k);
	BIO_free(c);
	ERR_clear_error();
	return rc;
}
