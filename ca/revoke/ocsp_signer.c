/*
 * The delegated OCSP key and its certificates.
 */

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/io.h"
#include "base/log.h"
#include "key/hash.h"
#include "key/key.h"
#include "revoke/ocsp_signer.h"
#include "revoke/status.h"
#include "x509/cert.h"

struct ocsp_signer *
ocsp_signer_open(const char *key_path)
{
	struct ocsp_signer *s;
	struct key *key;

	if ((key = key_load(key_path, NULL)) == NULL)
		return NULL;
	s = xcalloc(1, sizeof(*s));
	s->key = key;
	hash_sha1(key_point(key), s->key_hash);
	return s;
}

void
ocsp_signer_free(struct ocsp_signer *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->n; i++)
		buf_free(&s->issuers[i].cert);
	free(s->issuers);
	key_free(s->key);
	free(s);
}

static int
check(const struct ocsp_signer *s, const struct cert *issuer,
    const struct cert *cert)
{
	struct key *key;
	int rc;

	if (!span_equal(cert->spki, key_spki(s->key)))
		return err_set(ERR_DENIED, "it is not of this host's key");
	if (!issuer->ca || !span_equal(cert->issuer.der, issuer->subject.der))
		return err_set(ERR_DENIED, "it is not by this issuer");
	if (cert->purposes != EKU_OCSP_SIGNING ||
	    (cert->present & CERT_OCSP_NOCHECK) == 0)
		return err_set(ERR_DENIED,
		    "it is not for signing OCSP (RFC 6960 section 4.2.2.2)");
	if ((key = key_from_spki(issuer->spki)) == NULL)
		return -1;
	rc = cert_verify(cert, key);
	key_free(key);
	return rc;
}

static struct ocsp_issuer *
slot(struct ocsp_signer *s, uint32_t id)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->issuers[i].id == id)
			return &s->issuers[i];
	s->issuers = xrealloc(s->issuers, (s->n + 1) * sizeof(*s->issuers));
	memset(&s->issuers[s->n], 0, sizeof(*s->issuers));
	s->issuers[s->n].id = id;
	return &s->issuers[s->n++];
}

int
ocsp_signer_add(struct ocsp_signer *s, uint32_t id, struct span issuer_cert,
    struct span der)
{
	struct cert issuer, cert;
	struct ocsp_issuer *i;

	if (cert_parse(issuer_cert, &issuer) == -1 ||
	    cert_parse(der, &cert) == -1 || check(s, &issuer, &cert) == -1)
		return -1;
	i = slot(s, id);
	hash_sha1(issuer.subject.der, i->name_hash[OCSP_SHA1]);
	hash_sha256(issuer.subject.der, i->name_hash[OCSP_SHA256]);
	hash_sha1(issuer.point, i->key_hash[OCSP_SHA1]);
	hash_sha256(issuer.point, i->key_hash[OCSP_SHA256]);
	buf_clear(&i->cert);
	buf_put_span(&i->cert, der);
	i->not_before = cert.not_before;
	i->not_after = cert.not_after;
	return 0;
}

static int
load_one(struct ocsp_signer *s, const char *var, uint32_t id)
{
	struct buf issuer = BUF_EMPTY, cert = BUF_EMPTY;
	char *issuer_path, *cert_path;
	int rc = -1;

	issuer_path = id == 1 ? xasprintf("%s/public/ca/root.cer", var)
			      : xasprintf("%s/public/ca/%u.cer", var, id);
	cert_path = xasprintf("%s/status/ocsp/%u.der", var, id);
	if (io_read_theirs(issuer_path, CERT_MAX, &issuer) == 0 &&
	    io_read_theirs(cert_path, CERT_MAX, &cert) == 0)
		rc = ocsp_signer_add(s, id, buf_span(&issuer), buf_span(&cert));
	if (rc == -1)
		log_write(err_kind() == ERR_ABSENT ? LOG_NOTE : LOG_WARN,
		    "no OCSP for issuer %u: %s", id, err_text());
	free(issuer_path);
	free(cert_path);
	buf_free(&issuer);
	buf_free(&cert);
	return rc;
}

void
ocsp_signer_load(struct ocsp_signer *s, const char *var, struct status *index)
{
	uint32_t id = 0;

	while ((id = status_issuer_after(index, id)) != 0)
		(void)load_one(s, var, id);
}

const struct ocsp_issuer *
ocsp_signer_find(const struct ocsp_signer *s, const struct ocsp_cert_id *id)
{
	size_t i;

	if (id->hash == OCSP_OTHER_HASH)
		return NULL;
	for (i = 0; i < s->n; i++)
		if (memcmp(s->issuers[i].key_hash[id->hash], id->key_hash.p,
			id->key_hash.n) == 0 &&
		    memcmp(s->issuers[i].name_hash[id->hash], id->name_hash.p,
			id->name_hash.n) == 0)
			return &s->issuers[i];
	return NULL;
}
