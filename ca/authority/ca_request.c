/*
 * Asking a root that is offline for certificates.
 */

#include <stdio.h>
#include <string.h>

#include "authority/ca_request.h"
#include "authority/own_key.h"
#include "base/enc.h"
#include "base/err.h"
#include "base/log.h"
#include "key/hash.h"
#include "x509/csr.h"

#define WAITS "CA_WAITS"

bool
ca_request_waits(void)
{
	return strcmp(err_code(), WAITS) == 0;
}

int
ca_request_store(struct authority *a, int64_t root, struct ca_wish *w)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct requests_certificate *c = &w->c;
	struct range range;

	if (db_range_reserve(a->db, root, 1, 0, false, &range) == -1)
		return -1;
	serial_make(
	    a->serials, (uint32_t)root, (uint64_t)range.first, c->serial);
	c->serial_length = SERIAL_SIZE;
	db_arg_text(&args, c->name);
	db_arg_text(&args, c->profile);
	db_arg_int(&args, range.id);
	db_arg_bytes(&args, span_of(c->serial, SERIAL_SIZE));
	db_arg_int_or_null(&args, c->issuer_id);
	db_arg_text(&args, w->role);
	db_arg_int_or_null(&args, w->organisation_id);
	db_arg_int_or_null(&args, w->key_id);
	db_arg_text(&args, c->country);
	db_arg_text(&args, c->organisation);
	db_arg_text(&args, c->common_name);
	if (c->csr.n == 0)
		db_arg_null(&args); /* of a root, whose key is elsewhere */
	else
		db_arg_bytes(&args, buf_span(&c->csr));
	return db_exec(a->db, "ca_request_add_do", &args) == -1 ? -1 : 0;
}

/*
 * What reads requests.json at a ceremony holds it against this: the file came
 * by way of the api, whose host could have put a key of its own into it.
 */
static void
log_request(const struct ca_wish *w)
{
	uint8_t digest[HASH_SIZE];
	struct buf hex = BUF_EMPTY;
	struct csr csr;

	if (csr_parse(buf_span(&w->c.csr), &csr) == 0) {
		hash_sha256(csr.point, digest); /* RFC 7093, method 1 */
		hex_encode(&hex, span_of(digest, 20));
	}
	log_write(LOG_NOTE,
	    "the root is asked for a certificate: %s, subjectKeyIdentifier %s",
	    w->c.name, buf_str(&hex));
	buf_free(&hex);
}

static int
store(struct authority *a, int64_t root, struct ca_wish *w)
{
	if (db_begin(a->db) == -1)
		return -1;
	if (ca_request_store(a, root, w) == -1) {
		db_rollback(a->db);
		return -1;
	}
	if (db_commit(a->db) == -1)
		return -1;
	log_request(w);
	return 0;
}

/* Is it asked for already?  1, 0 or -1. */
static int
is_pending(struct authority *a, const char *role, int64_t organisation_id)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int n;

	db_arg_text(&args, role);
	db_arg_int(&args, organisation_id);
	if ((r = db_query(a->db, "ca_request_pending", &args)) == NULL)
		return -1;
	n = rows_count(r);
	rows_free(r);
	return n;
}

static const char *
title_of(const char *role)
{
	if (strcmp(role, "access") == 0)
		return "Access";
	return strcmp(role, "tre") == 0 ? "TrE" : "Terminal";
}

static int
ask_for_issuer(struct authority *a, struct issuer *root, struct ca_wish *w)
{
	bool access = strcmp(w->role, "access") == 0;
	const struct profile *p = profile_get(
	    a->profiles, access ? PROFILE_ACCESS_CA : PROFILE_ISSUING_CA);
	struct requests_certificate *c = &w->c;
	struct issuer_row row = { .organisation_id = w->organisation_id };
	struct key *key = NULL;
	char name[ISSUER_KEY_NAME];
	int rc = -1;

	if (db_issuer_next_id(a->db, w->role, &row.id) == -1)
		return -1;
	(void)snprintf(row.role, sizeof(row.role), "%s", w->role);
	c->issuer_id = (uint32_t)row.id;
	(void)snprintf(
	    c->name, sizeof(c->name), "%s", issuer_key_name(&row, name));
	(void)snprintf(c->profile, sizeof(c->profile), "%s", p->name);
	if (!access)
		(void)snprintf(c->role, sizeof(c->role), "%s", w->role);
	(void)snprintf(c->common_name, sizeof(c->common_name), "%s CA %lld",
	    title_of(w->role), (long long)row.id);
	key = own_key_ready(a, name, authority_algorithm(a, p));
	if (key != NULL && csr_build(key, c->common_name, &c->csr) == 0)
		rc = store(a, root->row.id, w);
	key_free(key);
	return rc;
}

int
ca_request_issuer(struct authority *a, struct issuer *root, const char *role,
    int64_t organisation_id, const char *country, const char *name)
{
	struct ca_wish w = { .role = role, .organisation_id = organisation_id };
	int pending = is_pending(a, role, organisation_id), rc = 0;

	if (pending == -1)
		return -1;
	(void)snprintf(w.c.country, sizeof(w.c.country), "%s", country);
	(void)snprintf(w.c.organisation, sizeof(w.c.organisation), "%s", name);
	if (pending == 0)
		rc = ask_for_issuer(a, root, &w);
	buf_free(&w.c.csr);
	if (rc == -1)
		return -1;
	return err_set_code(ERR_BUSY, WAITS,
	    "the %s CA of %s waits for its certificate by the root: assay ca "
	    "requests",
	    title_of(role), name);
}

int
ca_request_ocsp(struct ca_wish *w, int64_t root, const char *country,
    const char *organisation, int64_t key_id, const char *key, struct span csr)
{
	struct requests_certificate *c = &w->c;
	bool first = strcmp(key, "ocsp") == 0;
	char id[24] = "";

	w->key_id = key_id;
	if (root != ISSUER_ROOT)
		(void)snprintf(id, sizeof(id), "-%lld", (long long)root);
	if (snprintf(c->name, sizeof(c->name), "root%s-ocsp%s%s", id,
		first ? "" : "-", first ? "" : key) >= (int)sizeof(c->name))
		return err_set(ERR_INPUT,
		    "the name of the OCSP key %s is too long for a request",
		    key);
	(void)snprintf(c->profile, sizeof(c->profile), "root_ocsp_signer");
	(void)snprintf(c->country, sizeof(c->country), "%s", country);
	(void)snprintf(
	    c->organisation, sizeof(c->organisation), "%s", organisation);
	(void)snprintf(c->common_name, sizeof(c->common_name), "OCSP %s", key);
	buf_put_span(&c->csr, csr);
	return 0;
}

/* 1: one was asked for; 0: none is due; -1. */
static int
ask_for_ocsp(struct authority *a)
{
	struct db_rows *r = db_query(a->db, "ca_request_ocsp_due", NULL);
	struct ca_wish w = { .role = NULL };
	struct issuer *root;
	char country[3], organisation[257];
	int rc = -1;

	if (r == NULL)
		return -1;
	if (rows_count(r) == 0) {
		rows_free(r);
		return 0;
	}
	if ((root = issuer_get(a, row_int(r, 0, 3))) != NULL) {
		const struct name *n = &root->cert.subject;

		(void)snprintf(country, sizeof(country), "%.*s",
		    (int)n->country.n, (const char *)n->country.p);
		(void)snprintf(organisation, sizeof(organisation), "%.*s",
		    (int)n->organisation.n, (const char *)n->organisation.p);
		if (ca_request_ocsp(&w, root->row.id, country, organisation,
			row_int(r, 0, 0), row_text(r, 0, 1),
			row_bytes(r, 0, 2)) == 0 &&
		    store(a, root->row.id, &w) == 0)
			rc = 1;
	}
	buf_free(&w.c.csr);
	rows_free(r);
	return rc;
}

int
ca_request_delegated(struct authority *a)
{
	int n;

	while ((n = ask_for_ocsp(a)) == 1)
		;
	return n;
}

int
ca_request_begun(struct authority *a)
{
	struct db_rows *r = db_query(a->db, "ca_ocsp_begun", NULL);
	int i, rc = 0;

	if (r == NULL)
		return -1;
	for (i = 0; i < rows_count(r) && rc == 0; i++)
		rc = db_publication_insert(
		    a->db, row_text(r, i, 0), row_bytes(r, i, 1));
	rows_free(r);
	return rc;
}
