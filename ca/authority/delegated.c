/*
 * Delegated certificates: one by one, each in its own two commits.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authority/delegated.h"
#include "authority/own_key.h"
#include "authority/single.h"
#include "base/log.h"
#include "db/delegated.h"

/* What each kind of key is certified as; the last one is for the rest. */
static const struct role {
	const char *kind, *title;
	enum profile_kind profile;
} roles[] = {
	{ "ocsp", "OCSP", PROFILE_OCSP_SIGNER },
	{ "feed", "Status feed", PROFILE_FEED_SIGNER },
	{ "request", "Requests", PROFILE_REQUEST_SIGNER },
	{ "cmp", "CMP", PROFILE_CMP_SIGNER },
	{ "server", "TLS server", PROFILE_TLS_SERVER },
	{ "receipt", "Receipts", PROFILE_RECEIPT_SIGNER },
};

static const struct role *
role_of(const struct delegated_due *d)
{
	const struct role *r = roles;

	while (strcmp(r->kind, d->kind) != 0 && strcmp(r->kind, "receipt") != 0)
		r++;
	return r;
}

/*
 * The subject stands in the issuer's own C and O, since an issuing CA may not
 * issue outside of them (RFC 5280 section 4.2.1.10).
 */
struct subject {
	char country[3];
	char organisation[65 * 4];
	char common_name[65];
};

static void
name_subject(
    const struct issuer *by, const struct delegated_due *d, struct subject *s)
{
	const struct name *n = &by->cert.subject;

	(void)snprintf(s->country, sizeof(s->country), "%.*s",
	    (int)n->country.n, (const char *)n->country.p);
	(void)snprintf(s->organisation, sizeof(s->organisation), "%.*s",
	    (int)n->organisation.n, (const char *)n->organisation.p);
	(void)snprintf(s->common_name, sizeof(s->common_name), "%s %s",
	    role_of(d)->title, d->name);
}

/*
 * Where nginx gets it from: leaf, the CA above it, and what leads from there to
 * earlier roots, for whoever has no other yet.
 */
static int
publish_server(
    struct authority *a, const struct delegated_due *d, const struct single *s)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf pem = BUF_EMPTY;
	struct db_rows *r;
	char path[128];
	int i, rc;

	db_arg_int(&args, d->issuer);
	if ((r = db_query(a->db, "delegated_links", &args)) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "status/tls/%s.pem", d->name);
	cert_write_pem(s->der, &pem);
	cert_write_pem(buf_span(&s->by->row.cert), &pem);
	for (i = 0; i < rows_count(r); i++)
		cert_write_pem(row_bytes(r, i, 0), &pem);
	rc = db_publication_insert(a->db, path, buf_span(&pem));
	buf_free(&pem);
	rows_free(r);
	return rc;
}

/*
 * Where the status workers of the host find it; hosts beside the first have
 * folders of their own.
 */
static int
publish_ocsp(
    struct authority *a, const struct delegated_due *d, struct span der)
{
	char path[128];

	if (strcmp(d->name, "ocsp") == 0)
		(void)snprintf(path, sizeof(path), "status/ocsp/%lld.der",
		    (long long)d->issuer);
	else
		(void)snprintf(path, sizeof(path), "status/ocsp/%s/%lld.der",
		    d->name, (long long)d->issuer);
	return db_publication_insert(a->db, path, der);
}

int
delegated_store(
    struct authority *a, const struct delegated_due *d, const struct single *s)
{
	if (single_store(a, s) == -1 ||
	    db_delegated_insert(
		a->db, d, s->der, s->cert.not_before, s->cert.not_after) == -1)
		return -1;
	if (strcmp(d->kind, "server") == 0)
		return publish_server(a, d, s);
	/* one by a root that is offline may be for later (ca_request.h) */
	return strcmp(d->kind, "ocsp") == 0 && !s->by->row.offline
	    ? publish_ocsp(a, d, s->der)
	    : 0;
}

static int
store(
    struct authority *a, const struct delegated_due *d, const struct single *s)
{
	if (db_begin(a->db) == -1 || delegated_store(a, d, s) == -1)
		return -1;
	return db_commit(a->db);
}

/* A CA answers for what it has issued as long as it lives, retired or not. */
static int
reserve(struct authority *a, const struct delegated_due *d, struct issuer *by,
    struct single *s)
{
	return role_of(d)->profile == PROFILE_OCSP_SIGNER
	    ? single_reserve_retired(a, by, s)
	    : single_reserve(a, by, s);
}

/* The words of a server's hosts, which they are cut into. */
static size_t
split_hosts(char *hosts, const char **out)
{
	char *save = NULL, *word;
	size_t n = 0;

	for (word = strtok_r(hosts, " ", &save);
	     word != NULL && n < TEMPLATE_HOSTS;
	     word = strtok_r(NULL, " ", &save))
		out[n++] = word;
	return n;
}

static int
certify(struct authority *a, struct delegated_due *d, struct key *key)
{
	struct issuer *by = issuer_get(a, d->issuer);
	const char *hosts[TEMPLATE_HOSTS];
	struct template_spec spec;
	struct subject subject;
	struct single *s;
	int rc = -1;

	if (by == NULL)
		return -1;
	memset(&spec, 0, sizeof(spec));
	memset(&subject, 0, sizeof(subject));
	name_subject(by, d, &subject);
	spec.profile = profile_get(a->profiles, role_of(d)->profile);
	spec.country = subject.country;
	spec.organisation = subject.organisation;
	spec.common_name = subject.common_name;
	spec.nhosts = split_hosts(d->hosts, hosts);
	spec.hosts = hosts;
	s = xcalloc(1, sizeof(*s));
	if (reserve(a, d, by, s) == -1)
		goto out;
	if (single_build(a, &spec,
		&(struct subject_key){ key_kind(key), key_point(key) },
		s) == -1 ||
	    store(a, d, s) == -1) {
		single_give_up(a, &s->range);
		goto out;
	}
	log_write(LOG_NOTE, "the %s key %s has a certificate of issuer %lld",
	    d->kind, d->name, (long long)d->issuer);
	rc = 0;
out:
	free(s);
	return rc;
}

int
delegated_renew(struct authority *a)
{
	struct delegated_due d;
	struct key *key;
	int n, rc = 0;

	while (rc == 0 && (n = db_delegated_due(a->db, &d)) == 1) {
		key = key_from_spki(buf_span(&d.spki));
		rc = key == NULL ? -1 : certify(a, &d, key);
		key_free(key);
		buf_free(&d.spki);
	}
	return rc == -1 || n == -1 ? -1 : 0;
}

struct key *
delegated_own(struct authority *a, const char *kind)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct key *key = own_key_ready(a, kind, KEY_P256);

	if (key == NULL)
		return NULL;
	db_arg_text(&args, kind);
	db_arg_bytes(&args, key_spki(key));
	if (db_exec(a->db, "own_key_set_do", &args) != -1 &&
	    delegated_renew(a) == 0)
		return key;
	key_free(key);
	return NULL;
}
