/*
 * Credentials for many operators, of an instance whose keys are at hand: what
 * would take two people each.
 *	operators VAR LIKE N CREDENTIALS >rows
 * N certificates like VAR/credentials/LIKE.crt, signed by the access CA, and
 *their keys: to CREDENTIALS goes the CA's, and then each with its key, as PEM.
 *A line of the output has serial, SHA-256 of the public key and certificate, in
 *hex.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

static FILE *
open_file(const char *var, const char *folder, const char *name,
    const char *suffix, const char *mode)
{
	char path[512];
	FILE *f;

	(void)snprintf(
	    path, sizeof(path), "%s/%s/%s%s", var, folder, name, suffix);
	if ((f = fopen(path, mode)) == NULL)
		err(1, "%s", path);
	return f;
}

static void
put_hex(const unsigned char *p, size_t n, char end)
{
	size_t i;

	for (i = 0; i < n; i++)
		(void)printf("%02x", p[i]);
	(void)putchar(end);
}

static void
set_serial(X509 *cert, int i)
{
	unsigned char serial[17] = { 0x7f, 'b', 'e', 'n', 'c', 'h' };
	BIGNUM *n;

	memcpy(serial + 13, &i, sizeof(i));
	n = BN_bin2bn(serial, sizeof(serial), NULL);
	(void)BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert));
	BN_free(n);
	put_hex(serial, sizeof(serial), '\t');
}

static void
put_one(const X509 *like, EVP_PKEY *ca, int i, FILE *out)
{
	unsigned char digest[SHA256_DIGEST_LENGTH], *der = NULL;
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_dup(like);
	int n;

	set_serial(cert, i);
	if (X509_set_pubkey(cert, key) != 1 ||
	    X509_sign(cert, ca, EVP_sha256()) == 0)
		errx(1, "could not sign");
	n = i2d_PUBKEY(key, &der);
	SHA256(der, (size_t)n, digest);
	put_hex(digest, sizeof(digest), '\t');
	OPENSSL_free(der);
	der = NULL;
	n = i2d_X509(cert, &der);
	put_hex(der, (size_t)n, '\n');
	if (PEM_write_X509(out, cert) != 1 ||
	    PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL) != 1)
		errx(1, "could not write");
	OPENSSL_free(der);
	X509_free(cert);
	EVP_PKEY_free(key);
}

int
main(int argc, char **argv)
{
	EVP_PKEY *ca;
	X509 *like, *issuer;
	FILE *f, *out;
	int i, n;

	if (argc != 5 || (n = atoi(argv[3])) < 1)
		errx(2, "operators VAR LIKE N CREDENTIALS >rows");
	f = open_file(argv[1], "authority", "access", ".key", "r");
	ca = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	(void)fclose(f);
	f = open_file(argv[1], "credentials", argv[2], ".crt", "r");
	like = PEM_read_X509(f, NULL, NULL, NULL);
	issuer = PEM_read_X509(f, NULL, NULL, NULL);
	(void)fclose(f);
	if (ca == NULL || like == NULL || issuer == NULL)
		errx(1, "could not read a key or a certificate");
	if ((out = fopen(argv[4], "w")) == NULL)
		err(1, "%s", argv[4]);
	(void)PEM_write_X509(out, issuer);
	for (i = 1; i <= n; i++)
		put_one(like, ca, i, out);
	if (fclose(out) != 0)
		err(1, "%s", argv[4]);
	EVP_PKEY_free(ca);
	X509_free(like);
	X509_free(issuer);
	return 0;
}
