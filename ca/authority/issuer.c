/*
 * Our certification authorities: found, loaded, and made on demand.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authority/ca_request.h"
#include "authority/delegated.h"
#include "authority/issuer.h"
#include "authority/own_key.h"
#include "authority/publish.h"
#include "authority/single.h"
#include "base/err.h"
#include "base/log.h"

static void issuer_free(struct issuer *);
static struct issuer *make(
    struct authority *, struct issuer_row *, struct template_spec *);
static int store(
    struct authority *, const struct single *, struct issuer_row *);

/* The first root's and access CA's keys have no number. */
const char *
issuer_key_name(const struct issuer_row *row, char out[ISSUER_KEY_NAME])
{
	bool own = row->organisation_id == 0;

	if (own && row->id <= ISSUER_ACCESS)
		return row->id == ISSUER_ROOT ? "root" : "access";
	(void)snprintf(out, ISSUER_KEY_NAME, "%s-%lld",
	    own ? row->role : "issuer", (long long)row->id);
	return out;
}

/* Of a CA whose key is not here, or not any more, what verifies; of a root that
 * is offline nothing. */
static struct key *
key_of(struct authority *a, const struct issuer *i)
{
	char name[ISSUER_KEY_NAME];

	return i->row.delegated || i->row.offline
	    ? key_from_spki(i->cert.spki)
	    : own_key_load(a, issuer_key_name(&i->row, name));
}

struct issuer *
issuer_get(struct authority *a, int64_t id)
{
	char name[ISSUER_KEY_NAME];
	struct issuer *i;
	size_t n;

	for (n = 0; n < a->nissuers; n++)
		if (a->issuers[n]->row.id == id)
			return a->issuers[n];
	i = xcalloc(1, sizeof(*i));
	if (db_issuer_get(a->db, id, &i->row) == -1 ||
	    cert_parse(buf_span(&i->row.cert), &i->cert) == -1)
		goto fail;
	if ((!i->row.offline || strcmp(i->row.role, "root") != 0) &&
	    (i->key = key_of(a, i)) == NULL)
		goto fail;
	if (!i->row.offline && !span_equal(key_spki(i->key), i->cert.spki)) {
		(void)err_set(ERR_INTERNAL, "%s is not the key of issuer %lld",
		    issuer_key_name(&i->row, name), (long long)id);
		goto fail;
	}
	a->issuers =
	    xrealloc(a->issuers, (a->nissuers + 1) * sizeof(a->issuers[0]));
	a->issuers[a->nissuers++] = i;
	return i;
fail:
	/* Whatever is wrong with our own key is no fault of an order's. */
	if (err_kind() != ERR_BUSY)
		(void)err_set(
		    ERR_INTERNAL, "issuer %lld: %s", (long long)id, err_text());
	issuer_free(i);
	return NULL;
}

int
issuer_is_offline(const struct issuer *i)
{
	return err_set_code(ERR_CONFLICT, "ROOT_OFFLINE",
	    "the key of issuer %lld is offline: what it is to sign is asked "
	    "for by `assay ca requests`",
	    (long long)i->row.id);
}

static void
issuer_free(struct issuer *i)
{
	db_issuer_free(&i->row);
	key_free(i->key);
	free(i);
}

void
issuer_forget_all(struct authority *a)
{
	size_t n;

	for (n = 0; n < a->nissuers; n++)
		issuer_free(a->issuers[n]);
	free(a->issuers);
	a->issuers = NULL;
	a->nissuers = 0;
}

void
issuer_forget(struct authority *a, int64_t id)
{
	size_t n;

	for (n = 0; n < a->nissuers; n++)
		if (a->issuers[n]->row.id == id) {
			issuer_free(a->issuers[n]);
			a->issuers[n] = a->issuers[--a->nissuers];
			return;
		}
}

uint64_t
issuer_crl_shard(const struct authority *a, const struct issuer *i)
{
	enum profile_kind kind = PROFILE_ISSUING_CA;

	if (strcmp(i->row.role, "root") == 0)
		kind = PROFILE_ROOT;
	else if (strcmp(i->row.role, "access") == 0)
		kind = PROFILE_ACCESS_CA;
	else if (i->row.delegated)
		kind = PROFILE_DELEGATED_CA;
	return profile_get(a->profiles, kind)->crl_shard;
}

struct issuer *
issuer_for(struct authority *a, const char *role, int64_t organisation_id,
    const char *country, const char *name)
{
	struct issuer_row row = { .organisation_id = organisation_id };
	struct template_spec spec = { .country = country,
		.organisation = name };
	struct issuer *root;
	char common_name[64];
	int64_t id;

	if (db_issuer_find(a->db, role, organisation_id, &id) == 0)
		return issuer_get(a, id);
	if (err_kind() != ERR_ABSENT || (root = issuer_root(a)) == NULL)
		return NULL;
	if (root->row.offline) {
		(void)ca_request_issuer(
		    a, root, role, organisation_id, country, name);
		return NULL;
	}
	if (db_issuer_next_id(a->db, role, &row.id) == -1)
		return NULL;
	(void)snprintf(row.role, sizeof(row.role), "%s", role);
	(void)snprintf(common_name, sizeof(common_name), "%s CA %lld",
	    strcmp(role, "tre") == 0 ? "TrE" : "Terminal", (long long)row.id);
	spec.common_name = common_name;
	spec.profile = profile_get(a->profiles, PROFILE_ISSUING_CA);
	spec.role = strcmp(role, "tre") == 0 ? PROFILE_TRE : PROFILE_TERMINAL;
	return make(a, &row, &spec);
}

int
issuer_ahead(struct authority *a, const char *role, int64_t organisation_id,
    const char *country, const char *name)
{
	struct issuer *root = issuer_root(a);

	if (root == NULL)
		return -1;
	if (!root->row.offline ||
	    issuer_for(a, role, organisation_id, country, name) != NULL)
		return 0;
	return ca_request_waits() ? 0 : -1;
}

char *
issuer_name_part(struct span s)
{
	return xasprintf("%.*s", (int)s.n, (const char *)s.p);
}

struct issuer *
issuer_root(struct authority *a)
{
	int64_t id;

	return db_issuer_find(a->db, "root", 0, &id) == -1 ? NULL
							   : issuer_get(a, id);
}

struct issuer *
issuer_access(struct authority *a)
{
	struct issuer_row row = { .role = "access" };
	struct template_spec spec = { .profile = profile_get(
					  a->profiles, PROFILE_ACCESS_CA) };
	char common_name[64] = "Access CA", *country, *organisation;
	struct issuer *root, *made = NULL;
	int64_t id;

	if (db_issuer_find(a->db, row.role, 0, &id) == 0)
		return issuer_get(a, id);
	if (err_kind() != ERR_ABSENT || (root = issuer_root(a)) == NULL ||
	    (!root->row.offline &&
		db_issuer_next_id(a->db, row.role, &row.id) == -1))
		return NULL;
	if (row.id != ISSUER_ACCESS)
		(void)snprintf(common_name, sizeof(common_name),
		    "Access CA %lld", (long long)row.id);
	spec.country = country = issuer_name_part(root->cert.subject.country);
	spec.organisation = organisation =
	    issuer_name_part(root->cert.subject.organisation);
	spec.common_name = common_name;
	if (root->row.offline)
		(void)ca_request_issuer(
		    a, root, "access", 0, country, organisation);
	else
		made = make(a, &row, &spec);
	free(country);
	free(organisation);
	return made;
}

int
issuer_make_missing(struct authority *a)
{
	struct db_rows *r = db_query(a->db, "issuer_missing", NULL);
	int i, rc = 0;

	if (r == NULL)
		return -1;
	for (i = 0; i < rows_count(r) && rc == 0; i++) {
		if (strcmp(row_text(r, i, 0), "access") == 0)
			rc = issuer_access(a) == NULL ? -1 : 0;
		else if (issuer_for(a, row_text(r, i, 0), row_int(r, i, 1),
			     row_text(r, i, 2), row_text(r, i, 3)) == NULL)
			rc = -1;
		if (rc == -1 && ca_request_waits())
			rc = 0; /* for a ceremony; the others come */
	}
	rows_free(r);
	return rc;
}

/* A key in its file, the root's certificate for it, and all that goes along. */
static struct issuer *
make(struct authority *a, struct issuer_row *row, struct template_spec *spec)
{
	char name[ISSUER_KEY_NAME];
	struct issuer *root, *made = NULL;
	struct single *s = xcalloc(1, sizeof(*s));
	struct key *key = NULL;

	/* the root first: no key is made that it could not certify */
	if ((root = issuer_root(a)) == NULL)
		goto out;
	key = own_key_ready(a, issuer_key_name(row, name),
	    authority_algorithm(a, spec->profile));
	if (key == NULL || single_reserve(a, root, s) == -1)
		goto out;
	row->root_id = root->row.id;
	if (single_build(a, spec,
		&(struct subject_key){ key_kind(key), key_point(key) },
		s) == -1 ||
	    store(a, s, row) == -1) {
		single_give_up(a, &s->range);
		goto out;
	}
	log_write(LOG_NOTE, "issuer %lld is made: %s CA", (long long)row->id,
	    row->role);
	made = issuer_get(a, row->id);
	/* No certificate may point at a CRL that is not there. */
	if (made != NULL &&
	    (publish_crls_of(a, made, 0, 1) == -1 || delegated_renew(a) == -1))
		made = NULL;
out:
	key_free(key);
	db_issuer_free(row);
	free(s);
	return made;
}

void
issuer_row_fill(struct issuer_row *row, const struct cert *c)
{
	buf_put_span(&row->cert, c->der);
	buf_put_span(&row->spki, c->spki);
	memcpy(row->key_id, c->subject_key_id.p, sizeof(row->key_id));
	(void)snprintf(row->algorithm, sizeof(row->algorithm), "%s",
	    key_name(c->key_kind));
	row->not_before = c->not_before;
	row->not_after = c->not_after;
}

static int
store(struct authority *a, const struct single *s, struct issuer_row *row)
{
	if (db_begin(a->db) == -1 || issuer_store(a, s, row) == -1)
		return -1;
	return db_commit(a->db);
}

int
issuer_store(
    struct authority *a, const struct single *s, struct issuer_row *row)
{
	issuer_row_fill(row, &s->cert);
	if (db_issuer_insert(a->db, row, s->cert.subject.der) == -1 ||
	    single_store(a, s) == -1)
		return -1;
	return publish_issuer(a, row->id, s->der);
}
