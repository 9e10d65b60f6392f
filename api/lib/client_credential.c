/*
 * The operator's certificate and key: looked at once before anybody is
 * connected to, so that a fault in them is told as one.
 */

#include <openssl/err.h>
#include <openssl/pem.h>

#include "api/lib/client_inside.h"
#include "base/err.h"
#include "base/io.h"

#define FILE_MOST (256 * 1024)

static int
bad(const char *option, const char *file, const char *why)
{
	ERR_clear_error();
	return err_set_code(
	    ERR_INPUT, "CLIENT_OPTIONS", "%s: %.300s: %s", option, file, why);
}

static int
read_file(const char *option, const char *file, struct buf *text)
{
	if (io_read_file(file, FILE_MOST, text) == 0)
		return 0;
	return err_set_code(
	    ERR_INPUT, "CLIENT_OPTIONS", "%s: %s", option, err_text());
}

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
check_pair(const char *certificate, struct span certificate_pem,
    const char *key, struct span key_pem)
{
	BIO *c = BIO_new_mem_buf(certificate_pem.p, (int)certificate_pem.n);
	BIO *k = BIO_new_mem_buf(key_pem.p, (int)key_pem.n);
	X509 *x = NULL;
	EVP_PKEY *pkey = NULL;
	bool asked = false;
	int rc = 0;

	if (c != NULL)
		x = PEM_read_bio_X509(c, NULL, no_passphrase, &asked);
	if (k != NULL)
		pkey = PEM_read_bio_PrivateKey(k, NULL, no_passphrase, &asked);
	if (x == NULL)
		rc = bad(
		    "certificate", certificate, "it has no certificate in PEM");
	else if (pkey == NULL)
		rc = bad("key", key,
		    asked ? "it is encrypted, and nobody is asked for its "
			    "passphrase"
			  : "it has no private key in PEM");
	else if (X509_check_private_key(x, pkey) != 1)
		rc = bad("key", key, "it is not the certificate's");
	EVP_PKEY_free(pkey);
	X509_free(x);
	BIO_free(k);
	BIO_free(c);
	return rc;
}

int
client_credential_check(const char *certificate, const char *key)
{
	struct buf c = BUF_EMPTY, k = BUF_EMPTY;
	int rc = -1;

	if (read_file("certificate", certificate, &c) == 0 &&
	    read_file("key", key, &k) == 0)
		rc = check_pair(certificate, buf_span(&c), key, buf_span(&k));
	buf_free(&c);
	buf_wipe(&k);
	return rc;
}
