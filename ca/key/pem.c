/*
 * Private keys in files: PEM PKCS#8, RFC 5958 and RFC 7468.
 */

#define OPENSSL_SUPPRESS_DEPRECATED

#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/err.h"
#include "base/io.h"
#include "key/inside.h"
#include "key/private.h"
#include "x509/ossl.h"

#define KEY_FILE_MAX  16384
#define ENCRYPTED     "-----BEGIN ENCRYPTED PRIVATE KEY-----"
#define NOT_ENCRYPTED "-----BEGIN PRIVATE KEY-----"

/* Hands OpenSSL the passphrase; never asks a terminal. */
static int
give_passphrase(char *out, int size, int writing, void *arg)
{
	const struct buf *b = arg;

	(void)writing;
	if (b == NULL || b->n == 0 || b->n > (size_t)size)
		return -1;
	memcpy(out, b->p, b->n);
	return (int)b->n;
}

static int
check_form(const char *path, const struct buf *text, bool has_passphrase)
{
	bool encrypted = text->n >= strlen(ENCRYPTED) &&
	    memcmp(text->p, ENCRYPTED, strlen(ENCRYPTED)) == 0;

	if (!encrypted &&
	    (text->n < strlen(NOT_ENCRYPTED) ||
		memcmp(text->p, NOT_ENCRYPTED, strlen(NOT_ENCRYPTED)) != 0))
		return err_set(
		    ERR_INPUT, "%s is no PEM file of a private key", path);
	if (encrypted && !has_passphrase)
		return err_set(ERR_DENIED,
		    "%s is encrypted and no passphrase file is configured",
		    path);
	if (!encrypted && has_passphrase)
		return err_set(ERR_DENIED,
		    "%s is not encrypted although a passphrase file is "
		    "configured",
		    path);
	return 0;
}

static struct key *
key_parse_pem(const char *path, struct buf *text, struct buf *passphrase)
{
	struct key *k = NULL;
	EVP_PKEY *pkey = NULL;
	EC_KEY *ec = NULL;
	BIO *bio;

	if ((bio = BIO_new_mem_buf(text->p, (int)text->n)) == NULL) {
		x509_err("read a key");
		goto out;
	}
	pkey = PEM_read_bio_PrivateKey(bio, NULL, give_passphrase, passphrase);
	if (pkey == NULL) {
		ERR_clear_error();
		err_set(ERR_INPUT, "could not read the key in %s: %s", path,
		    passphrase->n > 0 ? "damaged, or another passphrase"
				      : "damaged");
		goto out;
	}
	ec = EVP_PKEY_get1_EC_KEY(pkey);
	ERR_clear_error();
	k = ec != NULL ? key_from_ec(ec) : key_from_pkey(pkey);
	if (k == NULL)
		err_set_code(
		    err_kind(), err_code(), "%s: %s", path, err_text());
out:
	EC_KEY_free(ec);
	EVP_PKEY_free(pkey);
	BIO_free(bio);
	return k;
}

struct key *
key_load(const char *path, const char *passphrase_file)
{
	struct buf text = BUF_EMPTY, passphrase = BUF_EMPTY;
	struct key *k = NULL;

	if (passphrase_file != NULL &&
	    private_passphrase(passphrase_file, &passphrase) == -1)
		goto out;
	if (private_read(path, KEY_FILE_MAX, &text) == -1 ||
	    check_form(path, &text, passphrase_file != NULL) == -1)
		goto out;
	k = key_parse_pem(path, &text, &passphrase);
out:
	buf_wipe(&passphrase);
	buf_wipe(&text);
	return k;
}

int
key_create_file(
    const struct key *k, const char *path, const char *passphrase_file)
{
	struct buf passphrase = BUF_EMPTY;
	EVP_PKEY *pkey = NULL;
	BIO *bio = NULL;
	char *text;
	long n;
	int rc = -1;

	if (!k->is_private) {
		err_set(ERR_INTERNAL,
		    "cannot write the private half of a "
		    "public key");
		goto out;
	}
	if (passphrase_file != NULL &&
	    private_passphrase(passphrase_file, &passphrase) == -1)
		goto out;
	if ((pkey = key_to_ossl(k)) == NULL ||
	    (bio = BIO_new(BIO_s_secmem())) == NULL ||
	    PEM_write_bio_PKCS8PrivateKey(bio, pkey,
		passphrase.n > 0 ? EVP_aes_256_cbc() : NULL, NULL, 0,
		give_passphrase, &passphrase) != 1 ||
	    (n = BIO_get_mem_data(bio, &text)) <= 0) {
		x509_err("write a key");
		goto out;
	}
	rc = io_create_file(path, 0600, span_of(text, (size_t)n));
	OPENSSL_cleanse(text, (size_t)n);
out:
	buf_wipe(&passphrase);
	BIO_free(bio);
	EVP_PKEY_free(pkey);
	return rc;
}
