/*
 * Results of ceremonies: judged, then stored, all of them or none.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authority/ca_result.h"
#include "authority/delegated.h"
#include "authority/own_key.h"
#include "authority/publish.h"
#include "authority/restore.h"
#include "authority/root_offline.h"
#include "authority/single.h"
#include "base/err.h"
#include "base/log.h"
#include "base/text.h"
#include "db/delegated.h"
#include "issue/lint.h"
#include "x509/csr.h"

/* A row of the statement ca_request_get. */
enum {
	ID,
	STATE,
	PROFILE,
	RANGE,
	INDEX,
	ROOT,
	ISSUER,
	ROLE,
	ORG,
	KEY,
	KEY_NAME,
	COUNTRY,
	ORG_NAME,
	COMMON_NAME,
	CSR,
	DER
};

static int
differs(const char *why)
{
	return err_set_code(ERR_INPUT, "RESULT_DIFFERS", "%s", why);
}

/*
 * The ceremony chose when it begins; by that the profile says when it ends, at
 * the latest, and its issuer.  A CA begins before it is used.
 */
static int
dates(struct authority *a, struct template_spec *s, const struct cert *c)
{
	int64_t now, from, to;

	if (authority_now(a, &now) == -1)
		return -1;
	profile_dates(
	    s->profile, c->not_before + s->profile->backdate, &from, &to);
	if (s->issuer != NULL && to > s->issuer->not_after)
		to = s->issuer->not_after;
	if (c->not_after > to || c->not_after <= now)
		return differs("its validity is not the profile's");
	if (s->profile->ca && c->not_before > now)
		return differs("it begins in the future");
	s->not_before = c->not_before;
	s->not_after = c->not_after;
	return 0;
}

int
ca_result_check(struct authority *a, struct span der, struct template_spec *s,
    const struct template_row *row, struct cert *c)
{
	if (cert_parse(der, c) == -1)
		return differs(err_text());
	if (cert_verify(c, s->issuer_key) == -1)
		return err_set_code(
		    ERR_DENIED, "RESULT_SIGNATURE", "the root did not sign it");
	if (dates(a, s, c) == -1)
		return -1;
	if (lint_check(c->tbs, s, row) == -1 ||
	    lint_check_signed(der, c->tbs, s->issuer_key) == -1)
		return differs(err_text());
	return 0;
}

static int
check_request(struct authority *a, struct db_rows *r, struct issuer *root,
    struct span der, struct single *s)
{
	struct template_spec spec = { .issuer = &root->cert,
		.issuer_id = (uint32_t)root->row.id,
		.public_url = a->in.public_url,
		.crl_shard = issuer_crl_shard(a, root),
		.country = row_text(r, 0, COUNTRY),
		.organisation = row_text(r, 0, ORG_NAME),
		.common_name = row_text(r, 0, COMMON_NAME),
		.role = strcmp(row_text(r, 0, ROLE), "tre") == 0
		    ? PROFILE_TRE
		    : PROFILE_TERMINAL };
	struct template_row row = { .index = (uint64_t)row_int(r, 0, INDEX),
		.serial = span_of(s->serial, SERIAL_SIZE) };
	struct key *key = NULL;
	struct csr csr;
	int rc = -1;

	spec.profile = s->profile =
	    profile_find(a->profiles, row_text(r, 0, PROFILE));
	if (spec.profile == NULL ||
	    csr_parse(row_bytes(r, 0, CSR), &csr) == -1 ||
	    (key = key_from_spki(root->cert.spki)) == NULL)
		return -1;
	row.key = csr.kind;
	row.point = csr.point;
	spec.issuer_key = key;
	serial_make(a->serials, (uint32_t)root->row.id, row.index, s->serial);
	if (ca_result_check(a, der, &spec, &row, &s->cert) == 0) {
		s->by = root;
		s->der = der;
		s->not_before = s->cert.not_before;
		s->range = (struct range){ .id = row_int(r, 0, RANGE),
			.issuer = root->row.id,
			.first = row_int(r, 0, INDEX),
			.count = 1 };
		rc = 0;
	}
	key_free(key);
	return rc;
}

/*
 * A CA whose key was lost between request and ceremony would stop the work of
 * all others: it makes its CRLs here.
 */
static int
check_key(struct authority *a, struct db_rows *r, const struct single *s)
{
	struct issuer_row row = { .id = row_int(r, 0, ISSUER),
		.organisation_id = row_int(r, 0, ORG) };
	char name[ISSUER_KEY_NAME];
	struct key *key;
	bool same;

	ROW_COPY(row.role, r, 0, ROLE);
	if ((key = own_key_load(a, issuer_key_name(&row, name))) == NULL &&
	    err_kind() == ERR_BUSY)
		return -1;
	same = key != NULL && span_equal(key_spki(key), s->cert.spki);
	key_free(key);
	return same ? 0
		    : err_set_code(ERR_CONFLICT, "RESULT_KEY_MISSING",
			  "the authority has its key %s no more: bring it back "
			  "from the backup",
			  name);
}

static int
store_ca(struct authority *a, struct db_rows *r, const struct single *s)
{
	struct issuer_row row = { .id = row_int(r, 0, ISSUER),
		.organisation_id = row_int(r, 0, ORG),
		.root_id = s->by->row.id };
	int rc;

	ROW_COPY(row.role, r, 0, ROLE);
	rc = issuer_store(a, s, &row);
	db_issuer_free(&row);
	return rc;
}

/* There is no time in which nobody answers, of which nobody would hear. */
static int
check_begin(struct authority *a, const struct delegated_due *d, int64_t begins)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	bool late;

	db_arg_int(&args, d->key);
	db_arg_int(&args, d->issuer);
	if ((r = db_query_one(a->db, "ca_ocsp_until", &args)) == NULL)
		return -1;
	late = begins > row_time(r, 0, 0);
	rows_free(r);
	return late ? differs("it begins when the one before it has ended") : 0;
}

static int
store_signer(struct authority *a, struct db_rows *r, const struct single *s)
{
	struct delegated_due d = { .key = row_int(r, 0, KEY),
		.kind = "ocsp",
		.issuer = s->by->row.id };

	ROW_COPY(d.name, r, 0, KEY_NAME);
	return check_begin(a, &d, s->cert.not_before) == -1
	    ? -1
	    : delegated_store(a, &d, s);
}

static int
store(struct authority *a, struct db_rows *r, const struct single *s)
{
	struct db_args args = DB_ARGS_EMPTY;

	if (row_int(r, 0, ISSUER) != 0 && check_key(a, r, s) == -1)
		return -1;
	if ((row_int(r, 0, ISSUER) != 0 ? store_ca(a, r, s)
					: store_signer(a, r, s)) == -1)
		return -1;
	db_arg_int(&args, row_int(r, 0, ID));
	return db_exec(a->db, "ca_request_done_do", &args) == -1 ? -1 : 0;
}

/* Which request is it for?  NULL with RESULT_NOT_ASKED_FOR. */
static struct db_rows *
find_request(struct authority *a, struct span der)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	struct cert c;

	if (cert_parse(der, &c) == -1) {
		(void)differs(err_text());
		return NULL;
	}
	db_arg_bytes(&args, c.serial);
	r = db_query_one(a->db, "ca_request_get", &args);
	if (r == NULL && err_kind() == ERR_ABSENT)
		(void)err_set_code(ERR_DENIED, "RESULT_NOT_ASKED_FOR",
		    "nobody has asked the root for it");
	return r;
}

/* Not pending any more: it came before, or is not wanted. */
static int
pass_over(struct db_rows *r, struct span der, struct buf *passed_over)
{
	if (span_equal(row_bytes(r, 0, DER), der))
		return 0;
	if (strcmp(row_text(r, 0, STATE), "withdrawn") != 0)
		return err_set_code(ERR_CONFLICT, "RESULT_ANSWERED",
		    "the same request was signed at another ceremony, whose "
		    "certificate was taken: destroy this one, and take it out "
		    "of the folder");
	buf_printf(passed_over, "%s%s", passed_over->n > 0 ? ", " : "",
	    row_text(r, 0, COMMON_NAME));
	return 0;
}

static int
take_certificate(struct authority *a, struct span der, struct buf *passed_over)
{
	struct db_rows *r = find_request(a, der);
	struct single *s = NULL;
	struct issuer *root;
	int rc = -1;

	if (r == NULL)
		return -1;
	if (strcmp(row_text(r, 0, STATE), "pending") != 0) {
		rc = pass_over(r, der, passed_over);
		goto out;
	}
	s = xcalloc(1, sizeof(*s));
	if ((root = issuer_get(a, row_int(r, 0, ROOT))) != NULL &&
	    check_request(a, r, root, der, s) == 0)
		rc = store(a, r, s);
out:
	if (rc == -1)
		(void)err_set_code(err_kind(), err_code(), "%s: %s",
		    row_text(r, 0, COMMON_NAME), err_text());
	free(s);
	rows_free(r);
	return rc;
}

/* By the register's roots: 1; 0: it has it not; -1. */
static int
find_root(struct authority *a, struct span der, struct issuer **root)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int rc;

	if (der.n == 0)
		return (*root = issuer_root(a)) == NULL ? -1 : 1;
	db_arg_bytes(&args, der);
	if ((r = db_query(a->db, "root_by_certificate", &args)) == NULL)
		return -1;
	rc = rows_count(r);
	if (rc == 1 && (*root = issuer_get(a, row_int(r, 0, 0))) == NULL)
		rc = -1;
	rows_free(r);
	return rc;
}

static bool
is_link(struct span der, const struct issuer *root)
{
	struct cert c;

	return cert_parse(der, &c) == 0 &&
	    span_equal(c.subject.der, root->cert.subject.der);
}

int
ca_result_whole(struct authority *a, const struct results *res, int64_t root)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int rc = 0;

	db_arg_int(&args, root);
	if ((r = db_query(a->db, "ca_request_each", &args)) == NULL)
		return -1;
	if (rows_count(r) > 0)
		rc = err_set_code(ERR_INPUT, "RESULT_MISSING",
		    "the folder has no %s.cer", row_text(r, 0, 0));
	else if (res->crl.n == 0)
		rc = err_set_code(
		    ERR_INPUT, "RESULT_MISSING", "the folder has no root.crl");
	rows_free(r);
	return rc;
}

static int
store_all(struct authority *a, const struct results *res, struct issuer *root,
    struct buf *passed_over)
{
	struct span der;
	size_t i;

	for (i = 0; i < res->n; i++) {
		der = buf_span(&res->certificates[i].der);
		if (!is_link(der, root) &&
		    take_certificate(a, der, passed_over) == -1)
			return -1;
	}
	return res->crl.n == 0 ? 0
			       : ca_result_crl(a, root, buf_span(&res->crl));
}

int
ca_result_store(
    struct authority *a, const struct results *res, struct buf *passed_over)
{
	struct issuer *root = NULL;
	int64_t made = 0;
	int found = find_root(a, buf_span(&res->root), &root), rc = -1;

	if (found == -1)
		return -1;
	if (found == 1)
		return store_all(a, res, root, passed_over);
	if (root_offline_take(a, res, &made) == 0 &&
	    (root = issuer_get(a, made)) != NULL &&
	    store_all(a, res, root, passed_over) == 0)
		rc = ca_result_whole(a, res, made);
	if (rc == -1 && made != 0)
		issuer_forget(a, made); /* the register has none of it */
	return rc;
}

/* New CAs have their first CRL, and OCSP keys their certificates of them. */
int
ca_result_take(
    struct authority *a, const struct results *res, struct buf *passed_over)
{
	if (db_begin(a->db) == -1)
		return -1;
	if (ca_result_store(a, res, passed_over) == -1 ||
	    db_commit(a->db) == -1) {
		db_rollback(a->db);
		return -1;
	}
	log_write(LOG_NOTE, "%zu certificate%s of a ceremony %s taken%s",
	    res->n, text_s(res->n), res->n == 1 ? "is" : "are",
	    res->crl.n > 0 ? ", and the root's CRL" : "");
	/* It is taken; what could not be published now is at a later turn. */
	if (restore_mark(a) == -1 || publish_due(a, NULL) == -1)
		log_err("publish what came of a ceremony");
	return 0;
}
