/*
 * Roots that ceremonies made, and the one after each.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authority/ca_request.h"
#include "authority/ca_result.h"
#include "authority/publish.h"
#include "authority/root.h"
#include "authority/root_offline_inside.h"
#include "authority/single.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "db/certificate.h"

/* The indexes of a new root. */
enum { INDEX_SELF, INDEX_LINK, INDEX_OCSP };

/* ---- a root into the register */

static int
check_algorithm(struct authority *a, const char *wanted, const struct cert *c)
{
	const struct profile *p = profile_get(a->profiles, PROFILE_ROOT);

	if (profile_check_key(p, c->key_kind) == -1)
		return -1;
	return wanted[0] == '\0' || strcmp(wanted, key_name(c->key_kind)) == 0
	    ? 0
	    : err_set_code(ERR_INPUT, "RESULT_DIFFERS",
		  "the root's key is %s, and asked for is one of %s",
		  key_name(c->key_kind), wanted);
}

static int
check_root(struct authority *a, const struct root_wish *w, struct span der,
    struct single *s)
{
	struct template_spec spec = { .common_name = ROOT_NAME,
		.country = w->country,
		.organisation = w->organisation,
		.public_url = a->in.public_url,
		.issuer_id = (uint32_t)w->id };
	struct template_row row = { .serial = span_of(s->serial, SERIAL_SIZE) };
	struct key *key;
	int rc = -1;

	if (cert_parse(der, &s->cert) == -1 ||
	    check_algorithm(a, w->algorithm, &s->cert) == -1 ||
	    (key = key_from_spki(s->cert.spki)) == NULL)
		return -1;
	spec.profile = s->profile = profile_get(a->profiles, PROFILE_ROOT);
	spec.issuer_key = key;
	row.key = key_kind(key);
	row.point = key_point(key);
	serial_make(a->serials, spec.issuer_id, INDEX_SELF, s->serial);
	if (ca_result_check(a, der, &spec, &row, &s->cert) == 0) {
		s->der = der;
		s->not_before = s->cert.not_before;
		rc = 0;
	}
	key_free(key);
	return rc;
}

static int
store_root(struct authority *a, int64_t id, const struct single *s)
{
	struct issuer_row row = { .id = id, .role = "root", .offline = true };
	struct certificate c = { .issuer = id,
		.profile = s->profile->name,
		.serial = span_of(s->serial, SERIAL_SIZE),
		.der = s->der,
		.der_sha256 = span_of(s->cert.sha256, 32),
		.spki_sha256 = span_of(s->cert.spki_sha256, 32),
		.not_before = s->not_before };
	struct range range;
	int rc = -1;

	issuer_row_fill(&row, &s->cert);
	if (db_issuer_insert(a->db, &row, s->cert.subject.der) == 0 &&
	    db_range_reserve(a->db, id, 1, 0, false, &range) == 0 &&
	    db_certificate_insert(a->db, &c) == 0 &&
	    db_range_issued(a->db, &range, 0) == 0 &&
	    publish_issuer(a, id, s->der) == 0)
		rc = publish_roots(a);
	db_issuer_free(&row);
	return rc;
}

int
root_offline_store(
    struct authority *a, const struct root_wish *w, struct span der)
{
	struct single *s = xcalloc(1, sizeof(*s));
	int rc = check_root(a, w, der, s);

	if (rc == -1)
		(void)err_set_code(
		    err_kind(), "ROOT_REFUSED", "root.cer: %s", err_text());
	else
		rc = store_root(a, w->id, s);
	free(s);
	return rc;
}

/* ---- a successor is asked for */

static int
add(struct authority *a, const struct issuer *old, enum key_kind algorithm,
    int64_t proposal, struct ca_wish *w)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_text(&args, w->c.name);
	db_arg_int(&args, old->row.id);
	db_arg_int(&args, w->c.issuer_id);
	db_arg_text(&args, key_name(algorithm));
	db_arg_int(&args, proposal);
	if (db_begin(a->db) == 0 && ca_request_store(a, old->row.id, w) == 0 &&
	    db_exec(a->db, "root_succession_add_do", &args) != -1 &&
	    db_commit(a->db) == 0)
		return 0;
	db_rollback(a->db);
	return -1;
}

int
root_offline_ask(struct authority *a, struct issuer *old,
    enum key_kind algorithm, int64_t proposal)
{
	const struct name *n = &old->cert.subject;
	struct ca_wish w = { .role = "root" };
	struct requests_certificate *c = &w.c;
	int64_t id;

	if (db_issuer_next_id(a->db, "root", &id) == -1)
		return -1;
	c->issuer_id = (uint32_t)id;
	(void)snprintf(c->name, sizeof(c->name), REQUESTS_NEW_WITH_OLD);
	(void)snprintf(c->profile, sizeof(c->profile), "%s",
	    profile_get(a->profiles, PROFILE_ROOT_LINK)->name);
	(void)snprintf(c->country, sizeof(c->country), "%.*s",
	    (int)n->country.n, (const char *)n->country.p);
	(void)snprintf(c->organisation, sizeof(c->organisation), "%.*s",
	    (int)n->organisation.n, (const char *)n->organisation.p);
	(void)snprintf(c->common_name, sizeof(c->common_name), ROOT_NAME);
	if (add(a, old, algorithm, proposal, &w) == -1)
		return -1;
	log_write(LOG_NOTE,
	    "root %lld is to have a successor, %lld, on %s: a ceremony is "
	    "awaited",
	    (long long)old->row.id, (long long)id, key_name(algorithm));
	return 0;
}

/* ---- one that is asked for */

struct db_rows *
root_offline_find(struct authority *a, int64_t id)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_int_or_null(&args, id);
	return db_query(a->db, "root_succession", &args);
}

struct db_rows *
root_offline_keys(struct authority *a, int64_t id)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_int(&args, id);
	return db_query(a->db, "root_succession_keys", &args);
}

static struct requests_certificate *
put(struct authority *a, struct requests *out, const struct root_wish *w,
    const char *name, enum profile_kind kind, int64_t issuer)
{
	struct requests_certificate *c = &out->certificates[out->n++];

	(void)snprintf(c->name, sizeof(c->name), "%s", name);
	(void)snprintf(c->profile, sizeof(c->profile), "%s",
	    profile_get(a->profiles, kind)->name);
	c->issuer_id = (uint32_t)issuer;
	(void)snprintf(c->country, sizeof(c->country), "%s", w->country);
	(void)snprintf(
	    c->organisation, sizeof(c->organisation), "%s", w->organisation);
	(void)snprintf(c->common_name, sizeof(c->common_name), ROOT_NAME);
	c->serial_length = SERIAL_SIZE;
	return c;
}

static int
put_ocsp(struct authority *a, struct requests *out, const struct root_wish *w,
    struct db_rows *keys)
{
	uint64_t index = INDEX_OCSP;
	int i;

	for (i = 0; i < rows_count(keys); i++, index++) {
		struct ca_wish one = { .role = NULL };

		if (ca_request_ocsp(&one, w->id, w->country, w->organisation,
			row_int(keys, i, 0), row_text(keys, i, 1),
			row_bytes(keys, i, 2)) == -1)
			return -1;
		serial_make(a->serials, (uint32_t)w->id, index, one.c.serial);
		one.c.serial_length = SERIAL_SIZE;
		out->certificates[out->n++] = one.c; /* with its csr */
	}
	return 0;
}

static int
put_all(struct authority *a, struct requests *out, const struct root_wish *w,
    struct db_rows *r)
{
	struct db_rows *keys = root_offline_keys(a, w->id);
	struct requests_certificate *c;
	int rc;

	if (keys == NULL)
		return -1;
	out->certificates =
	    xcalloc((size_t)rows_count(keys) + 3, sizeof(out->certificates[0]));
	c = put(a, out, w, REQUESTS_ROOT, PROFILE_ROOT, w->id);
	serial_make(a->serials, (uint32_t)w->id, INDEX_SELF, c->serial);
	c = put(a, out, w, REQUESTS_OLD_WITH_NEW, PROFILE_ROOT_LINK,
	    row_int(r, 0, OLD));
	serial_make(a->serials, (uint32_t)w->id, INDEX_LINK, c->serial);
	c = put(a, out, w, REQUESTS_NEW_WITH_OLD, PROFILE_ROOT_LINK, w->id);
	memcpy(c->serial, row_bytes(r, 0, SERIAL).p, SERIAL_SIZE);
	rc = put_ocsp(a, out, w, keys);
	rows_free(keys);
	return rc;
}

static int
fill(struct authority *a, struct db_rows *r, struct requests *out)
{
	struct issuer *old = issuer_get(a, row_int(r, 0, OLD));
	struct root_wish w = { .id = row_int(r, 0, NEW) };
	char *country, *organisation;
	int rc;

	if (old == NULL)
		return -1;
	w.country = country = issuer_name_part(old->cert.subject.country);
	w.organisation = organisation =
	    issuer_name_part(old->cert.subject.organisation);
	out->root_id = (uint32_t)w.id;
	out->has_previous_root = true;
	memcpy(
	    out->previous_root, old->cert.sha256, sizeof(out->previous_root));
	ROW_COPY(out->root_algorithm, r, 0, ALGORITHM);
	out->has_crl = true;
	out->crl_number = (uint64_t)out->made;
	out->this_update = out->made - 1;
	out->next_update =
	    out->this_update + (int64_t)a->in.root_crl_days * DAY;
	rc = put_all(a, out, &w, r);
	free(country);
	free(organisation);
	return rc;
}

int
root_offline_requests(struct authority *a, int64_t id, struct requests *out)
{
	struct db_rows *r = root_offline_find(a, id);
	int rc;

	if (r == NULL)
		return -1;
	rc = rows_count(r) == 0 ? 0 : fill(a, r, out) == 0 ? 1 : -1;
	rows_free(r);
	return rc;
}
