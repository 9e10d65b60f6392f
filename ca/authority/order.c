/*
 * Orders, and the access certificates for principals among them.
 */

#include <stdlib.h>
#include <string.h>

#include "authority/ca_key.h"
#include "authority/delegated_ca.h"
#include "authority/give_back.h"
#include "authority/order.h"
#include "authority/order_inside.h"
#include "authority/root.h"
#include "authority/single.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "issue/lint.h"
#include "x509/csr.h"

static int64_t retry_at; /* after one that failed for no fault of its own */

/*
 * What lint refuses it refuses again until somebody has mended that, and each
 * attempt costs an index: so those wait longer, but for a fresh start, and hold
 * up no others.
 */
#define PUT_OFF_MS     (10 * 60 * 1000)
#define PUT_OFF_ORDERS 64
static struct {
	int64_t order, until;
} put_off[PUT_OFF_ORDERS];
static unsigned nput_off;

static int carry_out(struct authority *, const struct db_rows *, int);
static int certify_for(
    struct authority *, const char *what, int64_t subject, int64_t statement);
static int certify(struct authority *, struct db_rows *, bool renews,
    int64_t subject, int64_t statement);
static int finish(
    struct authority *, int64_t id, const char *state, const char *error);

/* As an array of PostgreSQL. */
static void
list_put_off(struct buf *ids)
{
	int64_t now = clock_ms();
	char c = '{';
	unsigned i;

	for (i = 0; i < PUT_OFF_ORDERS; i++)
		if (now < put_off[i].until) {
			buf_printf(
			    ids, "%c%lld", c, (long long)put_off[i].order);
			c = ',';
		}
	buf_puts(ids, c == '{' ? "{}" : "}");
}

static void
put_off_order(int64_t order)
{
	unsigned i = nput_off++ % PUT_OFF_ORDERS;

	put_off[i].order = order;
	put_off[i].until = clock_ms() + PUT_OFF_MS;
}

int
order_run(struct authority *a, bool *busy)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf ids = BUF_EMPTY;
	struct db_rows *r;
	int i, rc = 0;

	if (clock_ms() < retry_at)
		return 0;
	list_put_off(&ids);
	db_arg_text(&args, buf_str(&ids));
	r = db_query(a->db, "order_waiting", &args);
	buf_free(&ids);
	if (r == NULL)
		return -1;
	for (i = 0; i < rows_count(r) && rc == 0; i++) {
		*busy = true;
		if (carry_out(a, r, i) == 0)
			continue;
		if (lint_has_failed())
			put_off_order(row_int(r, i, 0));
		log_err("carry out an order");
		retry_at = clock_ms() + 2000;
		rc = err_kind() == ERR_BUSY ? -1 : 0;
	}
	rows_free(r);
	return rc;
}

/* 0 when it is done or failed for good; -1 when it is to be tried again. */
static int
carry_out(struct authority *a, const struct db_rows *orders, int i)
{
	int64_t id = row_int(orders, i, 0);
	char *why;
	int rc;

	if (strcmp(row_text(orders, i, 1), "principal") == 0)
		rc = certify_for(a, "order_principal", row_int(orders, i, 2),
		    row_int(orders, i, 3));
	else if (strcmp(row_text(orders, i, 1), "principal_renewal") == 0)
		rc = certify_for(a, "order_renewal", row_int(orders, i, 2),
		    row_int(orders, i, 3));
	else if (strcmp(row_text(orders, i, 1), "ca_root_new") == 0)
		rc = root_succeed(a, row_int(orders, i, 2));
	else if (strcmp(row_text(orders, i, 1), "ca_key_destroy") == 0)
		rc = ca_key_destroy(a, row_int(orders, i, 2));
	else if (strcmp(row_text(orders, i, 1), "delegated_ca_certify") == 0)
		rc = delegated_ca_certify(a, row_int(orders, i, 2));
	else
		rc = give_back(a, row_int(orders, i, 2));
	if (rc == 0)
		return finish(a, id, "done", NULL);
	if (err_kind() == ERR_BUSY || err_kind() == ERR_INTERNAL)
		return -1;
	log_write(LOG_WARN, "order %lld: %s", (long long)id, err_text());
	why = xstrdup(err_text());
	rc = finish(a, id, "failed", why);
	free(why);
	return rc;
}

static int
finish(struct authority *a, int64_t id, const char *state, const char *error)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_int(&args, id);
	db_arg_text(&args, state);
	db_arg_text(&args, error);
	return db_exec(a->db, "order_set_state", &args) == -1 ? -1 : 0;
}

static int
certify_for(
    struct authority *a, const char *what, int64_t subject, int64_t statement)
{
	bool renews = strcmp(what, "order_renewal") == 0;
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int rc;

	db_arg_int(&args, subject);
	if ((r = db_query_one(a->db, what, &args)) == NULL)
		return -1;
	rc = certify(a, r, renews, subject, statement);
	rows_free(r);
	return rc;
}

static int
certify(struct authority *a, struct db_rows *r, bool renews, int64_t subject,
    int64_t statement)
{
	struct buf der = BUF_EMPTY;
	struct access_order o = { .subject = subject,
		.store = renews ? "order_renewal_set" : "order_principal_set",
		.handle = row_text(r, 0, HANDLE),
		.organisation = row_text(r, 0, ORG),
		.country = row_text(r, 0, COUNTRY),
		.role = row_text(r, 0, ROLE) };
	int rc;

	if (row_bool(r, 0, DONE))
		return 0; /* an earlier attempt got that far */
	o.csr = row_bytes(r, 0, CSR);
	rc = renews ? order_may_renew(a, r, statement)
		    : order_may_certify(a, r, statement);
	if (rc == 0)
		rc = order_certify(a, &o, &der);
	buf_free(&der);
	return rc;
}

static int
store(struct authority *a, const struct access_order *o, const struct single *s)
{
	struct db_args args = DB_ARGS_EMPTY;
	int64_t n;

	db_arg_int(&args, o->subject);
	db_arg_bytes(&args, s->der);
	db_arg_bytes(&args, span_of(s->serial, SERIAL_SIZE));
	db_arg_time(&args, s->cert.not_after);
	db_arg_int(&args, s->by->row.id);
	if (db_begin(a->db) == -1 ||
	    (n = db_exec(a->db, o->store, &args)) == -1)
		return -1;
	if (n != 1)
		return err_set(ERR_CONFLICT,
		    "%s has that certificate already, or asks for it no more",
		    o->handle);
	if (single_store(a, s) == -1)
		return -1;
	return db_commit(a->db);
}

/* A key is one person's: with a second credential they would be two. */
static int
check_key(struct authority *a, const struct csr *csr)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int rc = 0;

	db_arg_bytes(
	    &args, span_of(csr->spki_sha256, sizeof(csr->spki_sha256)));
	if ((r = db_query(a->db, "order_key_taken", &args)) == NULL)
		return -1;
	if (rows_count(r) > 0)
		rc = err_set_code(ERR_CONFLICT, "KEY_REGISTERED",
		    "the key is that of %s already: each principal has one of "
		    "its own",
		    row_text(r, 0, 0));
	rows_free(r);
	return rc;
}

/* Two keys with a prime in common give each other away. */
static int
check_primes(struct authority *a, const struct csr *csr)
{
	struct db_rows *r;
	struct cert c;
	int i, rc = 0;

	if (csr->kind != KEY_RSA)
		return 0;
	if ((r = db_query(a->db, "order_rsa_certificates", NULL)) == NULL)
		return -1;
	for (i = 0; i < rows_count(r) && rc == 0; i++)
		if (cert_read(row_bytes(r, i, 0), &c) == 0 &&
		    c.key_kind == KEY_RSA &&
		    key_shares_prime(csr->point, c.point))
			rc = err_set_code(ERR_INPUT, "KEY_NOT_ALLOWED",
			    "the key shares a prime with a registered one, so "
			    "that both are broken: make a new one, with a "
			    "generator that has been seeded");
	rows_free(r);
	return rc;
}

int
order_certify(
    struct authority *a, const struct access_order *o, struct buf *der)
{
	struct template_spec spec = {
		.profile = profile_get(a->profiles, PROFILE_ACCESS),
		.country = o->country,
		.organisation = o->organisation,
		.unit = o->role,
		.common_name = o->handle,
	};
	struct single *s;
	struct issuer *by;
	struct csr csr;
	int rc = -1;

	if (csr_parse(o->csr, &csr) == -1 || csr_verify(&csr) == -1 ||
	    profile_check_key(spec.profile, csr.kind) == -1 ||
	    check_key(a, &csr) == -1 || check_primes(a, &csr) == -1 ||
	    (by = issuer_access(a)) == NULL)
		return -1;
	s = xcalloc(1, sizeof(*s));
	if (single_reserve(a, by, s) == -1)
		goto out;
	if (single_build(a, &spec, &(struct subject_key){ csr.kind, csr.point },
		s) == -1 ||
	    store(a, o, s) == -1) {
		single_give_up(a, &s->range);
		goto out;
	}
	buf_put_span(der, s->der);
	log_write(
	    LOG_NOTE, "%s of %s has a certificate", o->handle, o->organisation);
	rc = 0;
out:
	free(s);
	return rc;
}
