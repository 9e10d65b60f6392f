#ifndef UNIT_RECEIPT_MAKER_H
#define UNIT_RECEIPT_MAKER_H

/*
 * A small PKI, and receipts made by its signer or otherwise.  setup() and
 * teardown() are a fixture.
 */

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "issue/template.h"
#include "policy/receipt.h"
#include "registry/receipt.h"
#include "x509/crl.h"

#define RECEIPT_FUNCTION __attribute__((unused)) static

#define NOW INT64_C(1795485784)
#define DAY 86400
#define URL "http://127.0.0.1:8080"

struct party {
	struct key *key;
	uint8_t space[CERT_MAX];
	struct span der;
	struct cert cert;
};

static struct profiles *profiles;
static struct party root, access_ca, signer, person, stranger;
static struct buf crl, root_crl;

RECEIPT_FUNCTION void
certify(struct party *p, const struct party *issuer, enum profile_kind kind,
    uint64_t index, int64_t at)
{
	const struct profile *profile = profile_get(profiles, kind);
	uint8_t serial[9] = { 1, (uint8_t)kind, (uint8_t)index };
	struct template_spec spec = {
		.profile = profile,
		.issuer = issuer != NULL ? &issuer->cert : NULL,
		.issuer_key = issuer != NULL ? issuer->key : NULL,
		.issuer_id = issuer == &access_ca ? 2 : TEMPLATE_ROOT_ID,
		.public_url = URL,
		.crl_shard = issuer == &access_ca ? 65536 : 0,
		.country = "DE",
		.organisation = "body",
		.unit = kind == PROFILE_ACCESS ? "reader" : NULL,
		.common_name = kind == PROFILE_ROOT ? "Root" : "Somebody",
	};
	struct template_row row = {
		.serial = span_of(serial, sizeof(serial)),
		.index = index,
	};
	struct template *t;

	p->key = key_generate(profile->key);
	row.key = key_kind(p->key);
	row.point = key_point(p->key);
	if (issuer == NULL)
		spec.issuer_key = p->key;
	profile_dates(profile, at, &spec.not_before, &spec.not_after);
	if ((t = template_new(&spec)) == NULL)
		fail_msg("%s", err_text());
	if (template_build(t, &row, p->space, CERT_MAX, &p->der) == -1 ||
	    cert_parse(p->der, &p->cert) == -1)
		fail_msg("%s", err_text());
	template_free(t);
}

RECEIPT_FUNCTION void
list(const struct party *ca, const char *url, enum crl_scope scope,
    const struct crl_entry *entry, struct buf *out)
{
	struct crl_array array = { .entries = entry, .n = entry != NULL };
	struct crl_spec spec = {
		.issuer = &ca->cert,
		.key = ca->key,
		.number = 7,
		.this_update = NOW - 60,
		.next_update = NOW + 7 * DAY,
		.url = url,
		.scope = scope,
		.list = &array,
		.rewind = crl_array_rewind,
		.next = crl_array_next,
	};

	buf_clear(out);
	if (crl_build(&spec, out) == -1)
		fail_msg("%s", err_text());
}

RECEIPT_FUNCTION int
setup(void **state)
{
	(void)state;
	if ((profiles = profiles_load("conf/profiles.cnf")) == NULL)
		fail_msg("%s", err_text());
	certify(&root, NULL, PROFILE_ROOT, 0, NOW - 100 * DAY);
	certify(&access_ca, &root, PROFILE_ACCESS_CA, 1, NOW - 50 * DAY);
	certify(&signer, &access_ca, PROFILE_RECEIPT_SIGNER, 1, NOW - DAY);
	certify(&person, &access_ca, PROFILE_ACCESS, 2, NOW - DAY);
	certify(&stranger, NULL, PROFILE_ROOT, 0, NOW - 100 * DAY);
	list(&access_ca, URL "/crl/2/0.crl", CRL_USER_CERTS, NULL, &crl);
	list(&root, URL "/crl/root.crl", CRL_CA_CERTS, NULL, &root_crl);
	return 0;
}

RECEIPT_FUNCTION int
teardown(void **state)
{
	(void)state;
	key_free(root.key);
	key_free(access_ca.key);
	key_free(signer.key);
	key_free(person.key);
	key_free(stranger.key);
	buf_free(&crl);
	buf_free(&root_crl);
	profiles_free(profiles);
	return 0;
}

struct maker {
	const struct party *named, *signs; /* NULL: signer */
	const char *typ;		   /* NULL: eat+jwt */
	const char *payload;		   /* NULL: good claims */
	int64_t iat;			   /* 0: NOW */
};

RECEIPT_FUNCTION char *
good_claims(int64_t iat)
{
	static const struct facts facts;
	static const struct verdict verdict = { .kind = VERDICT_PERMIT };
	struct receipt r = {
		.issuer = "https://127.0.0.1:8443",
		.operator= "mobilfunk",
		.id = "0b1f6a1e-6a5e-4a55-9d0e-8f1f4b6f2d11",
		.now = iat,
		.request_id = "5e0f4d1e-2b7c-4c1a-8f6e-0a1b2c3d4e5f",
		.purpose = "initial_download",
		.mode = "tre_and_platform",
		.facts = &facts,
		.verdict = &verdict,
	};
	struct buf claims = BUF_EMPTY;

	receipt_write_claims(&claims, &r);
	return (char *)(uintptr_t)buf_str(&claims);
}

RECEIPT_FUNCTION void
make(const struct maker *m, struct buf *jws)
{
	const struct party *named = m->named != NULL ? m->named : &signer;
	const struct party *signs = m->signs != NULL ? m->signs : named;
	char *claims = good_claims(m->iat != 0 ? m->iat : NOW);
	char thumbprint[44], *header;

	jws_thumbprint(named->der, thumbprint);
	header =
	    xasprintf("{\"alg\":\"ES256\",\"typ\":\"%s\",\"x5t#S256\":\"%s\"}",
		m->typ != NULL ? m->typ : "eat+jwt", thumbprint);
	assert_int_equal(
	    jws_sign(signs->key, header,
		span_str(m->payload != NULL ? m->payload : claims), jws),
	    0);
	free(claims);
	free(header);
}

#endif
