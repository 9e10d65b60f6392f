/*
 * libcrypto's CMP server, one for each message.
 */

#include <openssl/cmp.h>
#include <openssl/err.h>

#include <stdlib.h>

#include "base/err.h"
#include "x509/cmp_inside.h"
#include "x509/cmp_server.h"
#include "x509/der.h"
#include "x509/ossl.h"

/* What the callbacks answer with. */
struct job {
	const struct cmp_exchange *exchange;
	const struct cmp_answer *answer;
	bool again; /* the first message is being played again */
};

/* ---- into libcrypto's terms */

STACK_OF(X509) * cmp_certificates(const struct span *ders, size_t n)
{
	STACK_OF(X509) *list = sk_X509_new_null();
	X509 *x;
	size_t i;

	for (i = 0; list != NULL && i < n; i++) {
		x = cmp_kept_certificate(ders[i]);
		if (x != NULL && sk_X509_push(list, x) == 0)
			X509_free(x);
	}
	return list;
}

/* Header, body and protection.  What stands behind these is protected by
 * nothing, and was read: to have it read again costs more than all else. */
static int
put_without_certificates(struct der *w, struct span message)
{
	struct cmp_message m;
	struct span behind, protection;

	if (cmp_read_parts(message, &m, &behind) == -1 ||
	    der_get_whole(&behind, DER_CONTEXT_CONS(0), &protection) == -1)
		return -1;
	der_put_span(w, protection);
	der_put_span(w, m.body);
	der_put_span(w, m.header);
	der_wrap(w, DER_SEQUENCE, 0);
	return 0;
}

static OSSL_CMP_MSG *
to_message(struct span der)
{
	size_t size = der.n + 16;
	uint8_t *space = xcalloc(1, size);
	OSSL_CMP_MSG *message = NULL;
	const unsigned char *p;
	struct span octets;
	struct der w;

	der_start(&w, space, size);
	if (put_without_certificates(&w, der) == 0 &&
	    der_done(&w, &octets) == 0) {
		p = octets.p;
		message = d2i_OSSL_CMP_MSG(NULL, &p, (long)octets.n);
	}
	free(space);
	return message;
}

/* As libcrypto can read it: of what has PBMAC1, with the other MAC. */
static OSSL_CMP_MSG *
to_known(const struct cmp_exchange *e, struct span der)
{
	struct buf known = BUF_EMPTY;
	struct cmp_message m;
	OSSL_CMP_MSG *message = NULL;

	if (e->secret.n == 0 || cmp_read(der, &m) == -1 || !m.pbmac1)
		return to_message(der);
	if (cmp_mac_instead(der, false, 0, e->secret, &known) == 0)
		message = to_message(buf_span(&known));
	buf_free(&known);
	return message;
}

static OSSL_CMP_PKISI *
to_status(const struct job *j)
{
	const struct cmp_answer *a = j->answer;

	/* OpenSSL 3.5 knows by it whether a pollReq may follow. */
	if (j->again && j->exchange->message->type == CMP_POLLREQ)
		return OSSL_CMP_STATUSINFO_new(CMP_WAITING, 0, NULL);
	if (j->again)
		return OSSL_CMP_STATUSINFO_new(
		    CMP_REJECTED, 1 << CMP_SYSTEM_UNAVAIL, NULL);
	if (a->status != CMP_REJECTED)
		return OSSL_CMP_STATUSINFO_new((int)a->status, 0, NULL);
	return OSSL_CMP_STATUSINFO_new(CMP_REJECTED, 1 << a->fail, a->text);
}

/*
 * Of what a device may ask for, its name is what is mostly made otherwise: it
 * says who it is, and its certificate says whose it is, too (RFC 9810 section
 * 5.2.3).
 */
static OSSL_CMP_PKISI *
to_granted(const OSSL_CRMF_MSG *crm, const X509_REQ *p10, const X509 *cert)
{
	const X509_NAME *asked = p10 != NULL
	    ? X509_REQ_get_subject_name(p10)
	    : OSSL_CRMF_CERTTEMPLATE_get0_subject(OSSL_CRMF_MSG_get0_tmpl(crm));
	bool same = asked != NULL && cert != NULL &&
	    X509_NAME_cmp(asked, X509_get_subject_name(cert)) == 0;

	return OSSL_CMP_STATUSINFO_new(
	    same ? CMP_ACCEPTED : CMP_GRANTED_WITH_MODS, 0, NULL);
}

/* ---- callbacks */

static OSSL_CMP_PKISI *
certify(OSSL_CMP_SRV_CTX *srv, const OSSL_CMP_MSG *m, int id,
    const OSSL_CRMF_MSG *crm, const X509_REQ *p10, X509 **cert,
    STACK_OF(X509) * *chain, STACK_OF(X509) * *ca_pubs)
{
	const struct job *j = OSSL_CMP_SRV_CTX_get0_custom_ctx(srv);
	const struct cmp_answer *a = j->answer;

	(void)m, (void)id;
	*cert = NULL;
	*chain = *ca_pubs = NULL;
	if (j->again || a->status != CMP_ACCEPTED)
		return to_status(j);
	*cert = cmp_read_certificate(a->certificate);
	*chain = cmp_certificates(a->chain, a->nchain);
	if (a->root.n > 0)
		*ca_pubs = cmp_certificates(&a->root, 1);
	return to_granted(crm, p10, *cert);
}

static OSSL_CMP_PKISI *
revoke(OSSL_CMP_SRV_CTX *srv, const OSSL_CMP_MSG *m, const X509_NAME *issuer,
    const ASN1_INTEGER *serial)
{
	(void)m, (void)issuer, (void)serial;
	return to_status(OSSL_CMP_SRV_CTX_get0_custom_ctx(srv));
}

static int
confirm(OSSL_CMP_SRV_CTX *srv, const OSSL_CMP_MSG *m, int id,
    const ASN1_OCTET_STRING *hash, const OSSL_CMP_PKISI *si)
{
	(void)srv, (void)m, (void)id, (void)hash, (void)si;
	return 1;
}

/* An error of the client's is noted by the caller. */
static void
noted(OSSL_CMP_SRV_CTX *srv, const OSSL_CMP_MSG *m, const OSSL_CMP_PKISI *si,
    const ASN1_INTEGER *code, const OSSL_CMP_PKIFREETEXT *details)
{
	(void)srv, (void)m, (void)si, (void)code, (void)details;
}

static int
poll(OSSL_CMP_SRV_CTX *srv, const OSSL_CMP_MSG *m, int id,
    OSSL_CMP_MSG **request, int64_t *check_after)
{
	const struct job *j = OSSL_CMP_SRV_CTX_get0_custom_ctx(srv);

	(void)m, (void)id;
	*request = NULL;
	*check_after = j->answer->check_after;
	if (j->answer->status == CMP_WAITING)
		return 1;
	*request = to_known(j->exchange, j->exchange->first);
	return *request != NULL;
}

static int
inform(OSSL_CMP_SRV_CTX *srv, const OSSL_CMP_MSG *m,
    const STACK_OF(OSSL_CMP_ITAV) * in, STACK_OF(OSSL_CMP_ITAV) * *out)
{
	const struct job *j = OSSL_CMP_SRV_CTX_get0_custom_ctx(srv);

	(void)m, (void)in;
	return cmp_info_tell(out, j->exchange->message, j->answer);
}

/* ---- one exchange */

static int
quiet(const char *func, const char *file, int line, OSSL_CMP_severity level,
    const char *text)
{
	(void)func, (void)file, (void)line, (void)level, (void)text;
	return 1;
}

static int
set_protection(OSSL_CMP_CTX *ctx, const struct cmp_exchange *e)
{
	X509 *own = cmp_kept_certificate(e->certificate);
	X509 *signer = cmp_kept_certificate(e->signer);
	STACK_OF(X509) *above = cmp_certificates(&e->issuer, 1);
	EVP_PKEY *key = NULL;
	int ok;

	if (e->secret.n > 0)
		ok = OSSL_CMP_CTX_set1_secretValue(
			 ctx, e->secret.p, (int)e->secret.n) &&
		    OSSL_CMP_CTX_set1_referenceValue(
			ctx, e->message->kid.p, (int)e->message->kid.n) &&
		    OSSL_CMP_CTX_set_option(
			ctx, OSSL_CMP_OPT_OWF_ALGNID, NID_sha256) &&
		    OSSL_CMP_CTX_set_option(
			ctx, OSSL_CMP_OPT_MAC_ALGNID, NID_hmacWithSHA256);
	else
		ok = own != NULL && signer != NULL &&
		    (key = key_to_ossl(e->key)) != NULL &&
		    OSSL_CMP_CTX_set1_srvCert(ctx, signer) &&
		    OSSL_CMP_CTX_set1_cert(ctx, own) &&
		    OSSL_CMP_CTX_set1_pkey(ctx, key) &&
		    OSSL_CMP_CTX_set1_untrusted(ctx, above);
	EVP_PKEY_free(key);
	sk_X509_pop_free(above, X509_free);
	X509_free(signer);
	X509_free(own);
	return ok;
}

/* As it was when our last answer went out. */
static int
play_again(OSSL_CMP_SRV_CTX *srv, OSSL_CMP_CTX *ctx, struct job *j)
{
	OSSL_CMP_MSG *first = to_known(j->exchange, j->exchange->first);
	OSSL_CMP_MSG *old = NULL;
	ASN1_OCTET_STRING *nonce = ASN1_OCTET_STRING_new();
	int ok = 0;

	j->again = true;
	if (first != NULL && nonce != NULL &&
	    (old = OSSL_CMP_SRV_process_request(srv, first)) != NULL &&
	    ASN1_OCTET_STRING_set(
		nonce, j->exchange->nonce.p, (int)j->exchange->nonce.n) == 1)
		ok = OSSL_CMP_CTX_set1_senderNonce(ctx, nonce);
	j->again = false;
	ASN1_OCTET_STRING_free(nonce);
	OSSL_CMP_MSG_free(old);
	OSSL_CMP_MSG_free(first);
	return ok;
}

/* With the kind of MAC that the request has. */
static int
put_answer(const struct cmp_exchange *e, OSSL_CMP_MSG *answer, struct buf *out)
{
	unsigned char *der = NULL;
	int n = i2d_OSSL_CMP_MSG(answer, &der), rc = n > 0 ? 0 : -1;
	struct span octets = span_of(der, n > 0 ? (size_t)n : 0);

	if (rc == 0 && e->secret.n > 0 && e->message->pbmac1)
		rc = cmp_mac_instead(
		    octets, true, e->message->iterations, e->secret, out);
	else if (rc == 0)
		buf_put_span(out, octets);
	OPENSSL_free(der);
	return rc;
}

bool
cmp_server_reads_hash(void)
{
	return OPENSSL_version_major() > 3 ||
	    (OPENSSL_version_major() == 3 && OPENSSL_version_minor() >= 2);
}

int
cmp_answer_write(
    const struct cmp_exchange *e, const struct cmp_answer *a, struct buf *out)
{
	struct job j = { e, a, false };
	OSSL_CMP_SRV_CTX *srv = OSSL_CMP_SRV_CTX_new(NULL, NULL);
	OSSL_CMP_CTX *ctx =
	    srv == NULL ? NULL : OSSL_CMP_SRV_CTX_get0_cmp_ctx(srv);
	OSSL_CMP_MSG *in = to_known(e, e->message->der), *answer = NULL;
	int rc = -1;

	if (ctx != NULL && in != NULL && OSSL_CMP_CTX_set_log_cb(ctx, quiet) &&
	    OSSL_CMP_SRV_CTX_init(
		srv, &j, certify, revoke, inform, noted, confirm, poll) &&
	    OSSL_CMP_SRV_CTX_set_grant_implicit_confirm(srv, 1) &&
	    set_protection(ctx, e) &&
	    (e->first.n == 0 || play_again(srv, ctx, &j)) &&
	    (a->confirm_until == 0 ||
		cmp_info_confirm_wait(ctx, a->confirm_until)))
		answer = OSSL_CMP_SRV_process_request(srv, in);
	if (answer != NULL)
		rc = put_answer(e, answer, out);
	if (rc == -1)
		x509_err("answer by CMP");
	ERR_clear_error();
	OSSL_CMP_MSG_free(answer);
	OSSL_CMP_MSG_free(in);
	OSSL_CMP_SRV_CTX_free(srv);
	return rc;
}
