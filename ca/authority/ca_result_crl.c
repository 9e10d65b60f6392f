/*
 * The CRL of a root that is offline, held against the one before and against
 * the register.
 */

#include <stdlib.h>
#include <string.h>

#include "authority/ca_result.h"
#include "base/err.h"
#include "base/log.h"
#include "db/crl.h"
#include "x509/crl_read.h"

#define DAY 86400

/* What the register says is revoked. */
struct listed {
	struct crl_listed *all;
	size_t n;
};

static int
collect(const struct crl_listed *one, void *ctx)
{
	struct listed *l = ctx;

	l->all = xrealloc(l->all, (l->n + 1) * sizeof(l->all[0]));
	l->all[l->n++] = *one;
	return 0;
}

static int
old(const char *why)
{
	return err_set_code(
	    ERR_CONFLICT, "RESULT_CRL_OLD", "the root's CRL: %s", why);
}

static int
differs(const char *why)
{
	return err_set_code(
	    ERR_DENIED, "RESULT_CRL_DIFFERS", "the root's CRL: %s", why);
}

/* An entry that the register has not, or of another day. */
static int
is_listed(const struct crl_entry *e, void *ctx)
{
	const struct listed *l = ctx;
	size_t i;

	for (i = 0; i < l->n; i++)
		if (span_equal(span_of(e->serial, e->serial_length),
			span_of(l->all[i].serial, l->all[i].serial_length)))
			return e->when == l->all[i].since
			    ? 0
			    : differs("it dates a revocation otherwise");
	return differs("it lists a certificate that is not revoked");
}

/* Neither one too few, of those of its time, nor one too many. */
static int
check_entries(
    struct authority *a, const struct issuer *root, const struct crl *c)
{
	struct listed l = { NULL, 0 };
	struct crl_entry e;
	int found, rc = -1;
	size_t i;

	if (db_crl_entry_each(a->db, (uint32_t)root->row.id, 0,
		(UINT64_C(1) << 48) - 1, collect, &l) == -1)
		goto out;
	for (i = 0; i < l.n; i++) {
		found = crl_find(
		    c, span_of(l.all[i].serial, l.all[i].serial_length), &e);
		if (found == -1)
			goto out;
		if (found == 0 && l.all[i].since <= c->this_update) {
			(void)differs("a revoked certificate is not in it");
			goto out;
		}
	}
	rc = crl_each(c, is_listed, &l);
out:
	free(l.all);
	return rc;
}

static int
check_form(const struct issuer *root, const struct crl *c)
{
	struct key *key = key_from_spki(root->cert.spki);
	int rc;

	if (key == NULL)
		return -1;
	rc = crl_verify(c, &root->cert, key);
	key_free(key);
	if (rc == -1)
		return err_set_code(ERR_DENIED, "RESULT_SIGNATURE",
		    "the root did not sign the CRL");
	if (c->url.n != 0 || c->scope != CRL_CA_CERTS)
		return differs("it is not for all CA certificates");
	return 0;
}

static int
check_times(struct authority *a, const struct crl *c, int64_t last)
{
	int64_t now;

	if (authority_now(a, &now) == -1)
		return -1;
	if (c->this_update > now)
		return differs("it begins in the future");
	if (c->this_update < last)
		return old("one that is published says more recent things");
	if (c->next_update <= now)
		return old("it is over already");
	if (c->next_update - c->this_update >
	    (int64_t)a->in.root_crl_days * DAY)
		return differs("it is valid for longer than root_crl_days");
	return 0;
}

static int
store(struct authority *a, const struct issuer *root, const struct crl *c)
{
	struct crl_made m = { .issuer = (uint32_t)root->row.id,
		.number = c->number,
		.this_update = c->this_update,
		.next_update = c->next_update,
		.path = "public/crl/root.crl",
		.der = c->der };
	struct crl_facts f;

	if (db_crl_facts(a->db, m.issuer, 0, &f) == -1)
		return -1;
	buf_free(&f.cert);
	m.event = f.event;
	return db_crl_store(a->db, &m);
}

/*
 * Numbers are times, unless there were more CRLs than seconds: one from far
 * ahead would leave none for those that follow.
 */
static int
check_number(struct authority *a, uint64_t number, uint64_t last)
{
	int64_t now;

	if (number <= last)
		return old("its number is not greater than that of the "
			   "published one");
	if (authority_now(a, &now) == -1)
		return -1;
	return number <= (uint64_t)now || number == last + 1
	    ? 0
	    : differs("its number leaps");
}

/* 1: it is the published one; 0; -1. */
static int
is_published(struct authority *a, const struct issuer *root,
    const struct crl *c, int64_t *last_update)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int rc = 0;

	*last_update = 0;
	db_arg_int(&args, root->row.id);
	if ((r = db_query(a->db, "ca_crl_last", &args)) == NULL)
		return -1;
	if (rows_count(r) > 0) {
		*last_update = row_time(r, 0, 1);
		if (span_equal(row_bytes(r, 0, 2), c->der))
			rc = 1;
		else
			rc = check_number(
			    a, c->number, (uint64_t)row_int(r, 0, 0));
	}
	rows_free(r);
	return rc;
}

int
ca_result_crl(struct authority *a, struct span der)
{
	struct issuer *root = issuer_root(a);
	int64_t last;
	struct crl c;
	int rc;

	if (root == NULL)
		return -1;
	if (!root->row.offline)
		return err_set_code(ERR_CONFLICT, "ROOT_ONLINE",
		    "the root is online: its CRLs are made here");
	if (crl_parse(der, &c) == -1)
		return differs(err_text());
	if (check_form(root, &c) == -1)
		return -1;
	if ((rc = is_published(a, root, &c, &last)) != 0)
		return rc == 1 ? 0 : -1;
	if (check_times(a, &c, last) == -1 || check_entries(a, root, &c) == -1)
		return -1;
	return store(a, root, &c);
}
