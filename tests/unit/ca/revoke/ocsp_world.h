#ifndef UNIT_OCSP_WORLD_H
#define UNIT_OCSP_WORLD_H

/*
 * What tests of OCSP live in: two CAs and a delegated key with certificates of
 * both, made by OpenSSL, and an index with something of every state.
 */

#include "../../test.h"

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/err.h"
#include "base/log.h"
#include "issue/serial.h"
#include "key/key.h"
#include "revoke/ocsp_answer.h"
#include "revoke/ocsp_kept.h"
#include "revoke/ocsp_signer.h"
#include "revoke/status.h"
#include "tests/unit/folder.h"

#ifndef NOW
#define NOW INT64_C(1800000000)
#endif

static X509 *ca[2], *delegated[2], *stranger;
static EVP_PKEY *ca_key[2];
static struct status *writer;
static struct ocsp_responder responder;
static struct ocsp_signer *signer;
static uint64_t last;

/* ---- a small PKI */

static void
add_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	assert_non_null(e);
	assert_int_equal(X509_add_ext(x, e, -1), 1);
	X509_EXTENSION_free(e);
}

static void
add_name(X509_NAME *n, const char *field, int type, const char *value)
{
	assert_int_equal(X509_NAME_add_entry_by_txt(n, field, type,
			     (const unsigned char *)value, -1, -1, 0),
	    1);
}

static X509 *
a_certificate(X509 *issuer, EVP_PKEY *key, EVP_PKEY *issuer_key,
    const char *name, bool is_ca, int64_t until)
{
	X509 *x = X509_new();
	X509_NAME *n = X509_get_subject_name(x);
	time_t from = NOW - 86400, to = (time_t)until;

	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 77);
	add_name(n, "C", V_ASN1_PRINTABLESTRING, "DE");
	add_name(n, "O", V_ASN1_UTF8STRING, "Test");
	add_name(n, "CN", V_ASN1_UTF8STRING, name);
	if (issuer == NULL)
		issuer = x;
	X509_set_issuer_name(x, X509_get_subject_name(issuer));
	X509_time_adj_ex(X509_getm_notBefore(x), 0, 0, &from);
	X509_time_adj_ex(X509_getm_notAfter(x), 0, 0, &to);
	X509_set_pubkey(x, key);
	add_extension(x, issuer, NID_subject_key_identifier, "hash");
	add_extension(x, issuer, NID_authority_key_identifier, "keyid");
	if (is_ca) {
		add_extension(x, issuer, NID_basic_constraints,
		    "critical,CA:TRUE,pathlen:0");
		add_extension(
		    x, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
	} else {
		add_extension(
		    x, issuer, NID_key_usage, "critical,digitalSignature");
		add_extension(x, issuer, NID_ext_key_usage, "OCSPSigning");
		add_extension(x, issuer, NID_id_pkix_OCSP_noCheck, "ignored");
	}
	assert_true(X509_sign(x, issuer_key, EVP_sha256()) > 0);
	return x;
}

static void
add_to_signer(struct ocsp_signer *s, uint32_t id, X509 *issuer, X509 *cert)
{
	unsigned char *a = NULL, *b = NULL;
	int n = i2d_X509(issuer, &a), m = i2d_X509(cert, &b);

	if (ocsp_signer_add(
		s, id, span_of(a, (size_t)n), span_of(b, (size_t)m)) == -1)
		fail_msg("%s", err_text());
	OPENSSL_free(a);
	OPENSSL_free(b);
}

static EVP_PKEY *
read_key(const char *path)
{
	FILE *f = fopen(path, "r");
	EVP_PKEY *key = PEM_read_PrivateKey(f, NULL, NULL, NULL);

	(void)fclose(f);
	assert_non_null(key);
	return key;
}

static int
make_pki(void **state)
{
	char *path;
	EVP_PKEY *key;
	struct key *own;
	int i;

	log_open("ocsp_answer_test", LOG_ALARM + 1);
	assert_int_equal(make_folder(state), 0);
	path = in_folder("ocsp.key");
	own = key_generate(KEY_P256);
	assert_int_equal(key_create_file(own, path, NULL), 0);
	key_free(own);
	key = read_key(path);
	signer = ocsp_signer_open(path);
	assert_non_null(signer);
	for (i = 0; i < 2; i++) {
		ca_key[i] = EVP_EC_gen("P-256");
		ca[i] = a_certificate(NULL, ca_key[i], ca_key[i],
		    i == 0 ? "First" : "Second", true, NOW + 10 * 86400);
		delegated[i] = a_certificate(
		    ca[i], key, ca_key[i], "OCSP", false, NOW + 5 * 86400);
		add_to_signer(signer, 3 + (uint32_t)i, ca[i], delegated[i]);
	}
	stranger =
	    a_certificate(NULL, key, key, "Stranger", true, NOW + 10 * 86400);
	EVP_PKEY_free(key);
	return 0;
}

static int
end_pki(void **state)
{
	int i;

	for (i = 0; i < 2; i++) {
		X509_free(ca[i]);
		X509_free(delegated[i]);
		EVP_PKEY_free(ca_key[i]);
	}
	X509_free(stranger);
	ocsp_signer_free(signer);
	return remove_folder(state);
}

/* ---- an index with something of everything */

static void
apply(enum event_kind kind, uint64_t first, uint64_t count, int reason)
{
	struct status_event e = {
		.id = ++last,
		.kind = kind,
		.at = NOW - 1000 + (int64_t)last,
		.issuer = 3,
		.first = first,
		.count = count,
		.reason = reason,
		.cohort = { [COHORT_MODEL] = 5 },
		.cohort_kind = COHORT_MODEL,
		.cohort_id = 5,
	};

	assert_int_equal(status_apply(writer, &e), 0);
}

enum { GOOD, REVOKED, HELD, UNSPECIFIED, VOID = 10, NEVER = 99 };

static int
start(void **state)
{
	static const uint8_t key[32] = { 7 };
	char *path = in_folder("index");

	(void)state;
	(void)mkdir(path, 0700);
	last = 0;
	writer = status_open_writer(path);
	assert_non_null(writer);
	apply(EVENT_ISSUED, 0, 10, 0);
	apply(EVENT_VOID, 10, 5, 0);
	apply(EVENT_REVOKED, REVOKED, 1, 1);
	apply(EVENT_HELD, HELD, 1, 6);
	apply(EVENT_REVOKED, UNSPECIFIED, 1, 0);
	status_set_checked(writer, NOW - 60);
	memset(&responder, 0, sizeof(responder));
	responder.index = status_open_reader(path);
	responder.signer = signer;
	responder.serials = serial_key_new(key);
	responder.validity = OCSP_VALIDITY;
	responder.most_behind = OCSP_VALIDITY;
	return responder.index == NULL ? -1 : 0;
}

static int
stop(void **state)
{
	(void)state;
	status_free(responder.index);
	status_free(writer);
	serial_key_free(responder.serials);
	ocsp_kept_free(responder.kept);
	return remove_tree(in_folder("index"));
}

/* ---- OpenSSL as the client */

static OCSP_CERTID *
an_id(X509 *issuer, uint32_t issuer_id, uint64_t index, const EVP_MD *md)
{
	uint8_t serial[SERIAL_SIZE];
	ASN1_INTEGER *n;
	OCSP_CERTID *id;
	BIGNUM *bn;

	serial_make(responder.serials, issuer_id, index, serial);
	bn = BN_bin2bn(serial, SERIAL_SIZE, NULL);
	n = BN_to_ASN1_INTEGER(bn, NULL);
	id = OCSP_cert_id_new(md, X509_get_subject_name(issuer),
	    X509_get0_pubkey_bitstr(issuer), n);
	ASN1_INTEGER_free(n);
	BN_free(bn);
	assert_non_null(id);
	return id;
}

__attribute__((unused)) static OCSP_REQUEST *
ask_for(X509 *issuer, uint64_t index)
{
	OCSP_REQUEST *req = OCSP_REQUEST_new();

	assert_non_null(
	    OCSP_request_add0_id(req, an_id(issuer, 3, index, EVP_sha1())));
	return req;
}

#endif
