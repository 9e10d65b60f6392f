/*
 * What delegated CAs report.
 */

#include <stdlib.h>
#include <string.h>

#include "authority/report.h"
#include "authority/set.h"
#include "base/enc.h"
#include "base/err.h"
#include "issue/lint.h"
#include "x509/path.h"

#define SLACK 300 /* of the supplier's clock */
/* A certificate may be older than the model's CoC by what is backdated. */
#define BACKDATED 3600

struct judging {
	const struct lot *lot;
	const struct profile *profile;
	struct issuer *ca;
	struct row *rows;
	uint8_t (*sha256)[HASH_SIZE];
	uint8_t (*serial)[SERIAL_SIZE];
};

struct linting {
	const struct lot *lot;
	struct profile profile; /* the lot's, without OCSP */
	struct template_spec spec;
	struct batch *b;
	int64_t now;
};

/* By this CA, and never to have been made. */
static void
misissued(struct row *r, const char *reason, const char *why)
{
	r->misissued = r->misissued || r->reason == NULL;
	row_refuse(r, reason, "%s", why);
}

/* Does the root still vouch for it? */
static int
verify_path(struct authority *a, const struct lot *l, const struct issuer *ca)
{
	struct issuer_row root = { .id = 0 };
	struct path_ca *top = NULL, *it = NULL;
	const char *code = "CHAIN_UNTRUSTED";
	int64_t now;
	int rc = -1;

	if (authority_now(a, &now) == -1 ||
	    db_issuer_get(a->db, ca->row.root_id, &root) == -1)
		return -1;
	if ((top = path_ca_new(buf_span(&root.cert))) != NULL &&
	    (it = path_ca_new(ca->cert.der)) != NULL)
		code = path_judge_ca(it, top,
		    lot_row_kind(l) == ROW_TRE ? PATH_TRE : PATH_TERMINAL, now);
	rc = code == NULL ? 0
			  : err_set_code(ERR_DENIED, code, "%s: %s", l->ca,
				path_sentence(code));
	path_ca_free(it);
	path_ca_free(top);
	db_issuer_free(&root);
	return rc;
}

struct issuer *
report_issuer(struct authority *a, const struct lot *l)
{
	struct issuer *ca = issuer_get(a, l->ca_issuer);

	if (ca == NULL)
		return NULL;
	if (!ca->row.delegated || strcmp(ca->row.role, l->kind) != 0 ||
	    ca->row.organisation_id != l->organisation_id) {
		err_set_code(ERR_DENIED, "DELEGATED_CA_OTHER",
		    "%s is not a CA of %s for such devices", l->ca,
		    l->organisation);
		return NULL;
	}
	return verify_path(a, l, ca) == 0 ? ca : NULL;
}

/* In any thread: what the certificate says by itself. */
static int
judge_one(void *ctx, size_t i)
{
	struct judging *j = ctx;
	struct row *r = &j->rows[i];
	struct cert c;

	if (r->reason != NULL)
		return 0;
	if (cert_parse(r->octets, &c) == -1)
		return -1; /* it was parsed before */
	memcpy(j->sha256[i], c.sha256, HASH_SIZE);
	if (!span_equal(c.issuer.der, j->ca->cert.subject.der) ||
	    cert_verify(&c, j->ca->key) == -1) {
		row_refuse(r, "CERTIFICATE_FOREIGN",
		    "it is not signed by the CA %s", j->lot->ca);
		return 0;
	}
	if (!serial_is_in_arc(c.serial, (uint32_t)j->ca->row.id))
		misissued(r, "SERIAL_OUT_OF_ARC",
		    "its serial number is not 17 octets that begin with 02 and "
		    "the CA's number in four octets");
	else
		memcpy(j->serial[i], c.serial.p, SERIAL_SIZE);
	if (c.ca || (c.key_usage & (KU_KEY_CERT_SIGN | KU_CRL_SIGN)) != 0)
		misissued(r, "CERTIFICATE_OF_A_CA",
		    "it is a CA's, and this CA's path length is 0");
	if (profile_check_key(j->profile, c.key_kind) == -1 ||
	    key_check_strength(c.key_kind, c.point) == -1)
		misissued(r, "KEY_NOT_ALLOWED", err_text());
	return 0;
}

/* One certificate twice is one; two under one serial number are misissued. */
static void
judge_serials(struct judging *j, int n)
{
	struct set certificates = SET_EMPTY, serials = SET_EMPTY;
	uint8_t digest[HASH_SIZE];
	int i;

	for (i = 0; i < n; i++) {
		if (j->rows[i].reason != NULL)
			continue;
		hash_sha256(span_of(j->serial[i], SERIAL_SIZE), digest);
		if (set_has(&certificates, j->sha256[i]))
			row_refuse(&j->rows[i], "ALREADY_REPORTED",
			    "an earlier row is the same certificate");
		else if (set_has(&serials, digest))
			misissued(&j->rows[i], "SERIAL_REPEATED",
			    "an earlier row has its serial number");
		set_add(&certificates, j->sha256[i]);
		set_add(&serials, digest);
	}
	set_free(&certificates);
	set_free(&serials);
}

static void
put_octets(struct buf *out, const uint8_t *p, size_t n)
{
	buf_puts(out, out->n == 0 ? "{\"\\\\x" : ",\"\\\\x");
	hex_encode(out, span_of(p, n));
	buf_putc(out, '"');
}

static struct db_rows *
ask(struct authority *a, struct judging *j, int n)
{
	struct buf serials = BUF_EMPTY, hashes = BUF_EMPTY;
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int i;

	for (i = 0; i < n; i++) {
		if (j->rows[i].reason != NULL)
			continue;
		put_octets(&serials, j->serial[i], SERIAL_SIZE);
		put_octets(&hashes, j->sha256[i], HASH_SIZE);
	}
	buf_puts(&serials, serials.n == 0 ? "{}" : "}");
	buf_puts(&hashes, hashes.n == 0 ? "{}" : "}");
	db_arg_int(&args, j->ca->row.id);
	db_arg_text(&args, buf_str(&serials));
	db_arg_text(&args, buf_str(&hashes));
	r = db_query(a->db, "delegated_known", &args);
	buf_free(&serials);
	buf_free(&hashes);
	return r;
}

/* What is in the register already. */
static int
judge_known(struct authority *a, struct judging *j, int n)
{
	struct db_rows *r = ask(a, j, n);
	int i, at = 0;

	if (r == NULL)
		return -1;
	for (i = 0; i < n; i++) {
		if (j->rows[i].reason != NULL)
			continue;
		if (row_bool(r, at, 0))
			row_refuse(&j->rows[i], "ALREADY_REPORTED",
			    "it is in the register already");
		else if (row_bool(r, at, 1))
			misissued(&j->rows[i], "SERIAL_REPEATED",
			    "another certificate has its serial number");
		at++;
	}
	rows_free(r);
	return 0;
}

/* The lot will be rejected, or stopped, for the same. */
static int
refuse_all(struct row *rows, int n)
{
	int i;

	for (i = 0; i < n; i++)
		row_refuse(&rows[i], "DELEGATED_CA_OTHER", "%s", err_text());
	return 0;
}

int
report_judge(struct authority *a, const struct lot *l, struct row *rows, int n)
{
	struct judging j = {
		.lot = l, .profile = lot_profile(a, l), .rows = rows
	};
	int rc = -1;

	j.ca = report_issuer(a, l);
	if (j.ca == NULL && err_kind() != ERR_DENIED)
		return -1;
	if (j.ca == NULL)
		return refuse_all(rows, n);
	j.sha256 = xcalloc((size_t)n + 1, sizeof(j.sha256[0]));
	j.serial = xcalloc((size_t)n + 1, sizeof(j.serial[0]));
	if (pool_each(a->pool, (size_t)n, judge_one, &j) == 0) {
		judge_serials(&j, n);
		rc = judge_known(a, &j, n);
	}
	free(j.sha256);
	free(j.serial);
	return rc;
}

/* In any thread: would we have signed that? */
static int
lint_one(void *ctx, size_t i)
{
	struct linting *c = ctx;
	struct row *r = &c->b->rows[i];
	struct template_spec spec = c->spec;
	struct template_row row = { .index = 0 };
	struct cert cert;
	char tac[9];

	if (r->reason != NULL)
		return 0;
	if (cert_parse(r->octets, &cert) == -1)
		return -1;
	batch_row_terms(c->lot, c->b, (int)i, &row, tac);
	row.serial = cert.serial;
	spec.profile = &c->profile;
	spec.not_before = cert.not_before;
	spec.not_after = cert.not_after;
	spec.terminal.hardware_platform = batch_platform(c->b, (int)i);
	if (cert.not_before > c->now + SLACK ||
	    cert.not_before < c->lot->coc_valid_from - BACKDATED)
		misissued(r, "LINT_DATES",
		    "it begins in the future, or before the model's CoC");
	else if (lint_check(cert.tbs, &spec, &row) == -1 ||
	    lint_check_signed(cert.der, cert.tbs, spec.issuer_key) == -1)
		misissued(r, "LINT_FAILED", err_text());
	return 0;
}

int
report_lint(struct authority *a, const struct lot *l, struct batch *b)
{
	struct linting c = { .lot = l, .b = b };
	struct issuer *ca = report_issuer(a, l);

	if (ca == NULL && err_kind() == ERR_DENIED)
		return refuse_all(b->rows, b->n);
	if (ca == NULL || authority_now(a, &c.now) == -1)
		return -1;
	c.profile = *lot_profile(a, l);
	c.profile.ocsp = false; /* it has certified no key that could answer */
	c.spec = batch_spec(a, l, ca, l->site, c.now);
	c.spec.any_order = true; /* RFC 5280 has none */
	return pool_each(a->pool, (size_t)b->n, lint_one, &c);
}

void
report_fill(struct batch *b)
{
	struct made *m;
	struct cert c;
	int i, n = 0;

	b->made = xcalloc((size_t)b->good, sizeof(b->made[0]));
	for (i = 0; i < b->n; i++) {
		if (b->rows[i].reason != NULL)
			continue;
		m = &b->made[n++];
		m->row = i;
		(void)cert_parse(b->rows[i].octets, &c);
		m->not_before = c.not_before;
		memcpy(m->serial, c.serial.p, SERIAL_SIZE);
		memcpy(m->sha256, c.sha256, HASH_SIZE);
		buf_put_span(&m->der, c.der);
	}
}

int
report_catch_up(struct authority *a, const struct range *range)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_int(&args, range->issuer);
	db_arg_int(&args, range->first);
	db_arg_int(&args, range->count);
	return db_exec(a->db, "delegated_crl_catch_up_do", &args) == -1 ? -1
									: 0;
}

int
report_store_misissued(
    struct authority *a, const struct lot *l, const struct row *rows, int n)
{
	struct db_args args = DB_ARGS_EMPTY;
	int i;

	for (i = 0; i < n; i++) {
		if (!rows[i].misissued)
			continue;
		db_arg_int(&args, l->id);
		db_arg_int(&args, rows[i].row);
		return db_exec(a->db, "delegated_misissued_do", &args) == -1
		    ? -1
		    : 0;
	}
	return 0;
}
