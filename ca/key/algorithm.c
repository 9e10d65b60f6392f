/*
 * The algorithms: one table, a row each, and what libcrypto says of it.
 */

#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/err.h"
#include "key/inside.h"

/* A whole DER element as a span. */
#define DER(octets)                                                            \
	{                                                                      \
		(const uint8_t *)(octets), sizeof(octets) - 1                  \
	}

/* 2.16.840.1.101.3.4.3, NIST's signature algorithms */
#define NIST_SIGNATURES "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03"
/* 1.2.840.113549.1.1, PKCS #1, with the NULL that RFC 4055 wants behind it */
#define PKCS1(n) "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01" n "\x05\x00"

static const struct key_algorithm algorithms[KEY_KINDS] = {
	[KEY_P256] = {
		.name = "P-256",
		.signs = "ECDSA with SHA-256",
		.libcrypto = "EC",
		.method = &key_method_ec,
		.algorithm = DER("\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
				 "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"),
		.point = 65,
		.signature = DER("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03"
				 "\x02"),
		.longest = 72,
		.usual = 71, /* one of r and s has a leading zero octet */
		.width = 32,
	},
	[KEY_P384] = {
		.name = "P-384",
		.signs = "ECDSA with SHA-384",
		.libcrypto = "EC",
		.method = &key_method_ec,
		.algorithm = DER("\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
				 "\x06\x05\x2b\x81\x04\x00\x22"),
		.point = 97,
		.signature = DER("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03"
				 "\x03"),
		.longest = 104,
		.usual = 103,
		.width = 48,
	},
	[KEY_ED25519] = {
		.name = "Ed25519",
		.signs = "Ed25519",
		.libcrypto = "ED25519",
		.method = &key_method_evp,
		.algorithm = DER("\x30\x05\x06\x03\x2b\x65\x70"),
		.point = 32,
		.signature = DER("\x30\x05\x06\x03\x2b\x65\x70"),
		.longest = 64,
		.usual = 64,
	},
	[KEY_RSA] = {
		.name = "RSA",
		.signs = "RSA PKCS #1 1.5 with SHA-256",
		.libcrypto = "RSA",
		.method = &key_method_rsa,
		.algorithm = DER(PKCS1("\x01")),
		.point = 0,
		.signature = DER(PKCS1("\x0b")),
		.longest = 512,
		.usual = 384,
	},
	[KEY_ML_DSA_44] = {
		.name = "ML-DSA-44",
		.signs = "ML-DSA-44",
		.libcrypto = "ML-DSA-44",
		.method = &key_method_evp,
		.algorithm = DER("\x30\x0b" NIST_SIGNATURES "\x11"),
		.point = 1312,
		.signature = DER("\x30\x0b" NIST_SIGNATURES "\x11"),
		.longest = 2420,
		.usual = 2420,
	},
	[KEY_ML_DSA_65] = {
		.name = "ML-DSA-65",
		.signs = "ML-DSA-65",
		.libcrypto = "ML-DSA-65",
		.method = &key_method_evp,
		.algorithm = DER("\x30\x0b" NIST_SIGNATURES "\x12"),
		.point = 1952,
		.signature = DER("\x30\x0b" NIST_SIGNATURES "\x12"),
		.longest = 3309,
		.usual = 3309,
	},
};

const struct key_algorithm *
key_algorithm(enum key_kind kind)
{
	return &algorithms[kind];
}

const char *
key_name(enum key_kind kind)
{
	return algorithms[kind].name;
}

const char *
key_signature_name(enum key_kind kind)
{
	return algorithms[kind].signs;
}

int
key_by_name(struct span name, enum key_kind *kind)
{
	for (int i = 0; i < KEY_KINDS; i++)
		if (span_equal(name, span_str(algorithms[i].name))) {
			*kind = (enum key_kind)i;
			return 0;
		}
	return err_set(ERR_INPUT,
	    "\"%.*s\" is no algorithm: it must be P-256, P-384, Ed25519, RSA, "
	    "ML-DSA-44 or ML-DSA-65",
	    (int)(name.n < 40 ? name.n : 40), (const char *)name.p);
}

bool
key_is_available(enum key_kind kind)
{
	static _Thread_local enum { UNASKED, YES, NO } answers[KEY_KINDS];
	EVP_KEYMGMT *m;

	if (answers[kind] == UNASKED) {
		m = EVP_KEYMGMT_fetch(NULL, algorithms[kind].libcrypto, NULL);
		answers[kind] = m != NULL ? YES : NO;
		EVP_KEYMGMT_free(m);
		ERR_clear_error();
	}
	return answers[kind] == YES;
}

size_t
key_point_size(enum key_kind kind)
{
	return algorithms[kind].point;
}

size_t
key_width(enum key_kind kind)
{
	return algorithms[kind].width;
}

struct span
key_algorithm_of_keys(enum key_kind kind)
{
	return algorithms[kind].algorithm;
}

struct span
key_algorithm_of_signatures(enum key_kind kind)
{
	return algorithms[kind].signature;
}

size_t
key_signature_longest(enum key_kind kind)
{
	return algorithms[kind].longest;
}

size_t
key_signature_usual(enum key_kind kind)
{
	return algorithms[kind].usual;
}

int
key_kind_of_signature(struct span algorithm, enum key_kind *kind)
{
	for (int i = 0; i < KEY_KINDS; i++)
		if (span_equal(algorithm, algorithms[i].signature)) {
			*kind = (enum key_kind)i;
			return 0;
		}
	return err_set(ERR_INPUT,
	    "a signature must be ECDSA with SHA-256 or SHA-384, Ed25519, RSA "
	    "PKCS #1 1.5 with SHA-256 or ML-DSA, its parameters as RFC 5758, "
	    "RFC 8410, RFC 4055 and RFC 9881 have them");
}
