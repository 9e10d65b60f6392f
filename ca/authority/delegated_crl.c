/*
 * CRLs of delegated CAs, read and taken over.  Whether one may be (its number,
 * its times, what it takes back) the database says (db/schema/417).
 */

#include <stdlib.h>
#include <string.h>

#include "authority/delegated_ca.h"
#include "authority/issuer.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/err.h"
#include "base/log.h"
#include "issue/template.h"
#include "x509/crl_read.h"

/* A row of the statement delegated_crl_next. */
enum { ID, CA, ISSUER, DER };

/* Its entries, as array literals. */
struct entries {
	uint32_t issuer; /* whose arc they must be in */
	struct buf serials, reasons, since, invalidity;
};

static int take(struct authority *, struct db_rows *);
static int refuse(struct authority *, struct db_rows *);

int
delegated_crl_run(struct authority *a, bool *busy)
{
	static int64_t retry_at;
	struct db_rows *r;
	int rc = 0;

	if (clock_ms() < retry_at)
		return 0;
	if ((r = db_query(a->db, "delegated_crl_next", NULL)) == NULL)
		return -1;
	if (rows_count(r) > 0) {
		*busy = true;
		rc = take(a, r);
		if (rc == -1 && err_kind() != ERR_BUSY &&
		    err_kind() != ERR_INTERNAL)
			rc = refuse(a, r);
		if (rc == -1) { /* nobody else's work waits for it */
			log_err("take over a CRL");
			retry_at = clock_ms() + 2000;
			rc = err_kind() == ERR_BUSY && db_lost(a->db) ? -1 : 0;
			db_rollback(a->db);
		}
	}
	rows_free(r);
	return rc;
}

static int
refuse(struct authority *a, struct db_rows *r)
{
	struct db_args args = DB_ARGS_EMPTY;
	char *why = xasprintf("%s: %s", err_code(), err_text());
	int rc;

	log_write(
	    LOG_WARN, "a CRL of %s is refused: %s", row_text(r, 0, CA), why);
	db_arg_int(&args, row_int(r, 0, ID));
	db_arg_text(&args, why);
	rc = db_exec(a->db, "delegated_crl_refuse_do", &args) == -1 ? -1 : 0;
	free(why);
	return rc;
}

/*
 * Where this CA's certificates say that it is, and of all of them.  Its deltas
 * nobody here would have read: by one of them a hold could end (RFC 5280
 * section 5.2.4, removeFromCRL).
 */
static int
judge_point(struct authority *a, const struct crl *c, const struct issuer *ca)
{
	struct buf url = BUF_EMPTY;
	int rc = 0;

	template_crl_url(&url, a->in.public_url, (uint32_t)ca->row.id, 0);
	if (c->scope == CRL_CA_CERTS ||
	    (c->url.n > 0 && !span_equal(c->url, buf_span(&url))))
		rc = err_set_code(ERR_DENIED, "CRL_POINT",
		    "it is not the CRL of devices at %s", buf_str(&url));
	else if (c->has_deltas)
		rc = err_set_code(ERR_DENIED, "CRL_DELTAS",
		    "it says that it has deltas (freshestCRL), which are not "
		    "taken over");
	buf_free(&url);
	return rc;
}

static int
put_entry(const struct crl_entry *e, void *ctx)
{
	struct entries *out = ctx;
	const char *comma = out->serials.n > 1 ? "," : "";

	if (!serial_is_in_arc(
		span_of(e->serial, e->serial_length), out->issuer))
		return err_set_code(ERR_DENIED, "CRL_SERIAL",
		    "it lists a serial number outside the CA's arc");
	buf_printf(&out->serials, "%s\"\\\\x", comma);
	hex_encode(&out->serials, span_of(e->serial, e->serial_length));
	buf_putc(&out->serials, '"');
	buf_printf(&out->reasons, "%s%d", comma, e->reason);
	buf_printf(&out->since, "%s%lld", comma, (long long)e->when);
	buf_printf(&out->invalidity, "%s%lld", comma, (long long)e->invalidity);
	return 0;
}

static int
read_entries(const struct crl *c, struct entries *out)
{
	buf_putc(&out->serials, '{');
	buf_putc(&out->reasons, '{');
	buf_putc(&out->since, '{');
	buf_putc(&out->invalidity, '{');
	if (crl_each(c, put_entry, out) == -1)
		return -1;
	buf_putc(&out->serials, '}');
	buf_putc(&out->reasons, '}');
	buf_putc(&out->since, '}');
	buf_putc(&out->invalidity, '}');
	return 0;
}

static int
store(struct authority *a, int64_t id, const struct crl *c, struct entries *e)
{
	struct db_args args = DB_ARGS_EMPTY;
	int rc = -1;

	db_arg_int(&args, id);
	db_arg_int(&args, (int64_t)c->number);
	db_arg_time(&args, c->this_update);
	db_arg_time(&args, c->next_update);
	db_arg_text(&args, buf_str(&e->serials));
	db_arg_text(&args, buf_str(&e->reasons));
	db_arg_text(&args, buf_str(&e->since));
	db_arg_text(&args, buf_str(&e->invalidity));
	if (db_begin(a->db) == 0 &&
	    db_exec(a->db, "delegated_crl_take_do", &args) != -1)
		rc = db_commit(a->db);
	if (rc == -1)
		db_rollback(a->db);
	return rc;
}

static int
take(struct authority *a, struct db_rows *r)
{
	struct issuer *ca = issuer_get(a, row_int(r, 0, ISSUER));
	struct entries e = { .serials = BUF_EMPTY };
	struct crl c;
	int rc = -1;

	if (ca == NULL)
		return -1;
	e.issuer = (uint32_t)ca->row.id;
	if (crl_parse(row_bytes(r, 0, DER), &c) == 0 &&
	    crl_verify(&c, &ca->cert, ca->key) == 0 &&
	    judge_point(a, &c, ca) == 0 && read_entries(&c, &e) == 0) {
		if (c.number < 1 || c.number > INT64_MAX)
			err_set_code(ERR_INPUT, "CRL_NUMBER",
			    "its number is not from 1 to 2^63 - 1");
		else
			rc = store(a, row_int(r, 0, ID), &c, &e);
	}
	buf_free(&e.serials);
	buf_free(&e.reasons);
	buf_free(&e.since);
	buf_free(&e.invalidity);
	return rc;
}
