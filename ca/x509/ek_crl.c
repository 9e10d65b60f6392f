/*
 * CRLs of those who make TPMs.
 */

#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/err.h"
#include "x509/ek_crl.h"
#include "x509/ek_inside.h"

#define HOLD_ENDED 8 /* removeFromCRL */

static int
malformed(const char *why)
{
	return err_set_code(ERR_INPUT, "EK_CRL_MALFORMED", "crl: %s", why);
}

static int
bad_signature(const char *why)
{
	return err_set_code(ERR_DENIED, "EK_CRL_SIGNATURE", "crl: %s", why);
}

static X509_CRL *
read_crl(struct span der)
{
	const unsigned char *p = der.p;
	X509_CRL *crl = NULL;

	if (der.n > 0 && der.n <= EK_CRL_MAX)
		crl = d2i_X509_CRL(NULL, &p, (long)der.n);
	if (crl != NULL && p != der.p + der.n) {
		X509_CRL_free(crl);
		crl = NULL;
	}
	ERR_clear_error();
	return crl;
}

static int
read_time(const ASN1_TIME *t, int64_t *out)
{
	struct tm tm;

	if (t == NULL || ASN1_TIME_to_tm(t, &tm) != 1)
		return -1;
	*out = (int64_t)timegm(&tm);
	return 0;
}

/* ---- its shape */

static int
read_number(const X509_CRL *crl, uint8_t number[EK_CRL_NUMBER])
{
	ASN1_INTEGER *n = X509_CRL_get_ext_d2i(crl, NID_crl_number, NULL, NULL);
	uint8_t octets[EK_SERIAL_MAX];
	size_t size;
	int rc = -1;

	if (n != NULL && ek_serial(n, octets, &size) == 0) {
		memset(number, 0, EK_CRL_NUMBER);
		memcpy(number + EK_CRL_NUMBER - size, octets, size);
		rc = 0;
	}
	ASN1_INTEGER_free(n);
	return rc;
}

/* What is critical and unknown here may change the meaning of all. */
static int
judge_extensions(const X509_CRL *crl)
{
	X509_EXTENSION *e;
	int i, nid;

	for (i = 0; i < X509_CRL_get_ext_count(crl); i++) {
		e = X509_CRL_get_ext(crl, i);
		nid = OBJ_obj2nid(X509_EXTENSION_get_object(e));
		if (nid == NID_issuing_distribution_point ||
		    nid == NID_delta_crl)
			return malformed("it must tell of all certificates of "
					 "its issuer, and is partial");
		if (X509_EXTENSION_get_critical(e))
			return malformed("a critical extension is unknown");
	}
	return 0;
}

static int
judge_entry(const X509_REVOKED *r)
{
	uint8_t serial[EK_SERIAL_MAX];
	size_t n;
	int64_t when;
	int i;

	for (i = 0; i < X509_REVOKED_get_ext_count(r); i++)
		if (X509_EXTENSION_get_critical(X509_REVOKED_get_ext(r, i)))
			return malformed(
			    "a critical extension of an entry is unknown");
	if (ek_serial(X509_REVOKED_get0_serialNumber(r), serial, &n) == -1 ||
	    read_time(X509_REVOKED_get0_revocationDate(r), &when) == -1)
		return malformed("an entry has no serial number of 1 to 20 "
				 "octets, or no time");
	return 0;
}

static int
judge_entries(X509_CRL *crl)
{
	STACK_OF(X509_REVOKED) *list = X509_CRL_get_REVOKED(crl);
	int i, rc = 0;

	for (i = 0; rc == 0 && i < sk_X509_REVOKED_num(list); i++)
		rc = judge_entry(sk_X509_REVOKED_value(list, i));
	return rc;
}

static int
judge_shape(struct ek_crl *c)
{
	X509_CRL *crl = c->crl;

	if (X509_CRL_get_version(crl) != X509_CRL_VERSION_2)
		return malformed("it must be of version 2 (RFC 5280 5.1.2.1)");
	if (read_number(crl, c->number) == -1)
		return malformed("it has no number of 1 to 20 octets (RFC 5280 "
				 "5.2.3)");
	if (read_time(X509_CRL_get0_lastUpdate(crl), &c->this_update) == -1 ||
	    read_time(X509_CRL_get0_nextUpdate(crl), &c->next_update) == -1 ||
	    c->next_update <= c->this_update)
		return malformed("it does not say from when until when it "
				 "holds (RFC 5280 5.1.2.4, 5.1.2.5)");
	return judge_extensions(crl) == 0 ? judge_entries(crl) : -1;
}

/* ---- by whom, and when */

/* RSA or ECDSA with one of SHA-2. */
static bool
is_strong(const X509_CRL *crl)
{
	int hash, key;

	if (OBJ_find_sigid_algs(X509_CRL_get_signature_nid(crl), &hash, &key) !=
	    1)
		return false;
	return hash == NID_sha256 || hash == NID_sha384 || hash == NID_sha512;
}

static int
judge_signature(struct ek_crl *c, X509 *issuer)
{
	X509_CRL *crl = c->crl;

	if (X509_check_ca(issuer) != 1 ||
	    (X509_get_key_usage(issuer) & KU_CRL_SIGN) == 0)
		return bad_signature("its issuer is no CA that signs CRLs");
	if (X509_NAME_cmp(
		X509_CRL_get_issuer(crl), X509_get_subject_name(issuer)) != 0 ||
	    !is_strong(crl) ||
	    X509_CRL_verify(crl, X509_get0_pubkey(issuer)) != 1)
		return bad_signature("that issuer has not signed it, with RSA "
				     "or ECDSA and SHA-2");
	return ek_issuer_hash(issuer, c->issuer_sha256);
}

static int
judge_time(const struct ek_crl *c, int64_t now)
{
	if (c->this_update <= now + EK_CRL_AHEAD && c->next_update > now)
		return 0;
	return err_set_code(ERR_DENIED, "EK_CRL_STALE",
	    "crl: it %s: fetch the one of now",
	    c->next_update <= now ? "is over" : "has not begun");
}

static int
judge(struct ek_crl *c, X509 *issuer, STACK_OF(X509) * others, X509 *root,
    int64_t now)
{
	STACK_OF(X509) *path = NULL;
	int rc = -1;

	if (judge_shape(c) == 0 &&
	    ek_path_build(issuer, others, root, now, &path) == 0 &&
	    judge_signature(c, issuer) == 0)
		rc = judge_time(c, now);
	sk_X509_pop_free(path, X509_free);
	return rc;
}

int
ek_crl_judge(struct span der, const struct span *issuers, size_t n,
    struct span root_der, int64_t now, struct ek_crl *c)
{
	STACK_OF(X509) *others = sk_X509_new_null();
	X509 *root = ek_cert_read(root_der), *first = NULL;
	int rc = -1;

	memset(c, 0, sizeof(*c));
	c->crl = read_crl(der);
	if (root == NULL)
		err_set(ERR_INTERNAL, "a root is no certificate");
	else if (c->crl == NULL)
		malformed("must be one CRL, DER and nothing behind it");
	else if (n == 0)
		rc = judge(c, root, others, root, now);
	else if (ek_chain_read(issuers, n, &first, others) == 0)
		rc = judge(c, first, others, root, now);
	X509_free(first);
	X509_free(root);
	sk_X509_pop_free(others, X509_free);
	ERR_clear_error();
	return rc;
}

void
ek_crl_free(struct ek_crl *c)
{
	X509_CRL_free(c->crl);
	memset(c, 0, sizeof(*c));
}

/* ---- what it says */

static int
reason_of(const X509_REVOKED *r)
{
	ASN1_ENUMERATED *e =
	    X509_REVOKED_get_ext_d2i(r, NID_crl_reason, NULL, NULL);
	int reason = e != NULL ? (int)ASN1_ENUMERATED_get(e) : 0;

	ASN1_ENUMERATED_free(e);
	ERR_clear_error();
	return reason >= 0 && reason <= 10 ? reason : 0;
}

void
ek_crl_each(const struct ek_crl *c,
    void (*visit)(struct span serial, int reason, int64_t when, void *),
    void *ctx)
{
	STACK_OF(X509_REVOKED) *list = X509_CRL_get_REVOKED(c->crl);
	const X509_REVOKED *r;
	uint8_t serial[EK_SERIAL_MAX];
	size_t n;
	int64_t when;
	int i;

	for (i = 0; i < sk_X509_REVOKED_num(list); i++) {
		r = sk_X509_REVOKED_value(list, i);
		if (reason_of(r) != HOLD_ENDED &&
		    ek_serial(X509_REVOKED_get0_serialNumber(r), serial, &n) ==
			0 &&
		    read_time(X509_REVOKED_get0_revocationDate(r), &when) == 0)
			visit(span_of(serial, n), reason_of(r), when, ctx);
	}
}
