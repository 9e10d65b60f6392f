/*
 * CRLs of those who make TPMs, and their certificates, from anybody, by
 * libcrypto's reader.  What nobody has signed is refused for that at the
 * latest. The same again, signed by a CA of our own: what is read of it then
 * keeps its limits, and one octet more is refused.
 */

#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "base/err.h"
#include "tests/fuzz/fuzz.h"
#include "x509/ek_crl.h"

#define NOW 1795500000

static EVP_PKEY *key;
static X509 *ca;
static struct buf root;

/* ---- a CA that signs CRLs */

static void
add_extension(int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	must(e != NULL && X509_add_ext(ca, e, -1) == 1);
	X509_EXTENSION_free(e);
}

static void
start(void)
{
	unsigned char *der = NULL;
	int n;

	key = EVP_EC_gen("P-256");
	ca = X509_new();
	must(key != NULL && ca != NULL && X509_set_version(ca, 2) == 1);
	ASN1_INTEGER_set(X509_get_serialNumber(ca), 1);
	(void)ASN1_TIME_set(X509_getm_notBefore(ca), NOW - 86400);
	(void)ASN1_TIME_set(X509_getm_notAfter(ca), NOW + 86400);
	(void)X509_NAME_add_entry_by_txt(X509_get_subject_name(ca), "CN",
	    MBSTRING_UTF8, (const unsigned char *)"maker", -1, -1, 0);
	X509_set_issuer_name(ca, X509_get_subject_name(ca));
	X509_set_pubkey(ca, key);
	add_extension(NID_basic_constraints, "critical,CA:TRUE");
	add_extension(NID_key_usage, "critical,keyCertSign,cRLSign");
	must(X509_sign(ca, key, EVP_sha256()) > 0);
	n = i2d_X509(ca, &der);
	must(n > 0);
	buf_put(&root, der, (size_t)n);
	OPENSSL_free(der);
	must(ek_root_check(buf_span(&root)) == 0);
}

/* ---- as it came */

static bool
is_code(const char *const *codes)
{
	for (; *codes != NULL; codes++)
		if (strcmp(err_code(), *codes) == 0)
			return true;
	return false;
}

static void
try_as_it_came(struct span s)
{
	static const char *const of_crl[] = { "EK_CRL_MALFORMED",
		"EK_CRL_SIGNATURE", NULL };
	static const char *const of_issuer[] = { "EK_CRL_MALFORMED",
		"EK_MALFORMED", "EK_UNTRUSTED", NULL };
	static const char *const of_chain[] = { "EK_MALFORMED", "EK_UNTRUSTED",
		NULL };
	struct ek_crl c;
	struct ek ek;

	must(ek_crl_judge(s, NULL, 0, buf_span(&root), NOW, &c) == -1);
	must(is_code(of_crl));
	ek_crl_free(&c);
	must(ek_crl_judge(s, &s, 1, buf_span(&root), NOW, &c) == -1);
	must(is_code(of_issuer));
	ek_crl_free(&c);
	memset(&ek, 0, sizeof(ek));
	must(ek_chain_judge(&s, 1, buf_span(&root), NOW, &ek) == -1);
	must(is_code(of_chain));
	ek_free(&ek);
	(void)ek_root_check(s);
}

/* ---- signed */

static void
visit(struct span serial, int reason, int64_t when, void *ctx)
{
	int *n = ctx;

	(void)when;
	must(serial.n >= 1 && serial.n <= EK_SERIAL_MAX);
	must(reason >= 0 && reason <= 10 && reason != 8);
	*n += 1;
}

static void
set_times(X509_CRL *crl)
{
	ASN1_TIME *t = ASN1_TIME_set(NULL, NOW - 60);

	X509_CRL_set1_lastUpdate(crl, t);
	(void)ASN1_TIME_set(t, NOW + 60);
	X509_CRL_set1_nextUpdate(crl, t);
	ASN1_TIME_free(t);
}

static void
try_signed(X509_CRL *crl)
{
	int listed = sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl)), told = 0;
	struct buf b = BUF_EMPTY;
	unsigned char *der = NULL;
	struct ek_crl c;
	int n = i2d_X509_CRL(crl, &der);

	must(n > 0);
	buf_put(&b, der, (size_t)n);
	OPENSSL_free(der);
	if (ek_crl_judge(buf_span(&b), NULL, 0, buf_span(&root), NOW, &c) ==
	    0) {
		ek_crl_each(&c, visit, &told);
		must(told <= (listed < 0 ? 0 : listed));
		ek_crl_free(&c);
		buf_putc(&b, 0);
		must(ek_crl_judge(buf_span(&b), NULL, 0, buf_span(&root), NOW,
			 &c) == -1);
		b.n -= 2; /* the last octet of the signature */
		must(ek_crl_judge(buf_span(&b), NULL, 0, buf_span(&root), NOW,
			 &c) == -1);
	} else
		must(strcmp(err_code(), "EK_CRL_MALFORMED") == 0);
	ek_crl_free(&c);
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const unsigned char *q = p;
	X509_CRL *crl;

	if (ca == NULL)
		start();
	try_as_it_came(span_of(p, n));
	crl = d2i_X509_CRL(NULL, &q, (long)n);
	if (crl != NULL &&
	    X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca)) == 1) {
		set_times(crl);
		if (X509_CRL_sign(crl, key, EVP_sha256()) > 0)
			try_signed(crl);
	}
	X509_CRL_free(crl);
	ERR_clear_error();
	return 0;
}
