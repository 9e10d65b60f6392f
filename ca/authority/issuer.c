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

const char *
issuer_key_name(int64_t id, char out[32])
{
	if (id == ISSUER_ROOT)
		return "root";
	if (id == ISSUER_ACCESS)
		return "access";
	(void)snprintf(out, 32, "issuer-%lld", (long long)id);
	return out;
}

struct issuer *
issuer_get(struct authority *a, int64_t id)
{
	char name[32];
	struct issuer *i;
	size_t n;

	for (n = 0; n < a->nissuers; n++)
		if (a->issuers[n]->row.id == id)
			return a->issuers[n];
	i = xcalloc(1, sizeof(*i));
	if (db_issuer_get(a->db, id, &i->row) == -1 ||
	    cert_parse(buf_span(&i->row.cert), &i->cert) == -1)
		goto fail;
	if (!i->row.offline &&
	    (i->key = own_key_load(a, issuer_key_name(id, name))) == NULL)
		goto fail;
	if (!i->row.offline && !span_equal(key_spki(i->key), i->cert.spki)) {
		(void)err_set(ERR_INTERNAL, "%s is not the key of issuer %lld",
		    issuer_key_name(id, name), (long long)id);
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

uint64_t
issuer_crl_shard(const struct authority *a, const struct issuer *i)
{
	enum profile_kind kind = PROFILE_ISSUING_CA;

	if (i->row.id == ISSUER_ROOT)
		kind = PROFILE_ROOT;
	else if (i->row.id == ISSUER_ACCESS)
		kind = PROFILE_ACCESS_CA;
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
	if (err_kind() != ERR_ABSENT ||
	    (root = issuer_get(a, ISSUER_ROOT)) == NULL)
		return NULL;
	if (root->row.offline) {
		(void)ca_request_issuer(
		    a, root, role, organisation_id, country, name);
		return NULL;
	}
	if (db_issuer_next_id(a->db, &row.id) == -1)
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
	struct issuer *root = issuer_get(a, ISSUER_ROOT);

	if (root == NULL)
		return -1;
	if (!root->row.offline ||
	    issuer_for(a, role, organisation_id, country, name) != NULL)
		return 0;
	return ca_request_waits() ? 0 : -1;
}

struct issuer *
issuer_make_access(struct authority *a)
{
	struct issuer_row row = { .id = ISSUER_ACCESS, .role = "access" };
	struct template_spec spec = { .common_name = "Access CA" };
	struct issuer *root;
	int64_t id;

	if (db_issuer_find(a->db, row.role, 0, &id) == 0)
		return issuer_get(a, id);
	if (err_kind() != ERR_ABSENT ||
	    (root = issuer_get(a, ISSUER_ROOT)) == NULL)
		return NULL;
	/* The names are the root's, copied: spans have no NUL. */
	spec.country = strndup((const char *)root->cert.subject.country.p,
	    root->cert.subject.country.n);
	spec.organisation =
	    strndup((const char *)root->cert.subject.organisation.p,
		root->cert.subject.organisation.n);
	spec.profile = profile_get(a->profiles, PROFILE_ACCESS_CA);
	root = make(a, &row, &spec);
	free((char *)(uintptr_t)spec.country);
	free((char *)(uintptr_t)spec.organisation);
	return root;
}

/* A key in its file, the root's certificate for it, and all that goes along. */
static struct issuer *
make(struct authority *a, struct issuer_row *row, struct template_spec *spec)
{
	char name[32];
	struct issuer *root, *made = NULL;
	struct single *s = xcalloc(1, sizeof(*s));
	struct key *key = NULL;

	key = own_key_ready(a, issuer_key_name(row->id, name),
	    authority_algorithm(a, spec->profile));
	if (key == NULL || (root = issuer_get(a, ISSUER_ROOT)) == NULL ||
	    single_reserve(a, root, s) == -1)
		goto out;
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
	buf_put_span(&row->cert, s->der);
	buf_put_span(&row->spki, s->cert.spki);
	memcpy(row->key_id, s->cert.subject_key_id.p, sizeof(row->key_id));
	if (db_issuer_insert(a->db, row, s->cert.subject.der) == -1 ||
	    single_store(a, s) == -1)
		return -1;
	return publish_issuer(a, row->id, s->der);
}
