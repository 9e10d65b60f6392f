/*
 * The CRL of a root that is offline, held against the one before and against
 * the register.
 */

#include <stdlib.h>

#include "authority/ca_result.h"
#include "base/clock.h"
#include "base/err.h"
#include "db/crl.h"
#include "issue/template.h"
#include "x509/crl_read.h"

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

/* What the CRL is held against. */
struct comparison {
	struct authority *a;
	int64_t root;
	const struct crl *crl;
	struct listed now;
	bool behind; /* something has changed since it was asked for */
};

/* Did the register say so in the CRL's own second?  1, 0 or -1. */
static int
was_so(struct comparison *x, const struct crl_entry *e)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int was;

	db_arg_int(&args, x->root);
	db_arg_bytes(&args, span_of(e->serial, e->serial_length));
	db_arg_int(&args, x->crl->this_update);
	if ((r = db_query(x->a->db, "ca_crl_was", &args)) == NULL)
		return -1;
	was = rows_count(r) == 1 && row_int(r, 0, 0) == e->reason &&
	    row_int(r, 0, 1) == e->when;
	rows_free(r);
	return was;
}

static bool
is_so(const struct listed *l, const struct crl_entry *e)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (span_equal(span_of(e->serial, e->serial_length),
			span_of(l->all[i].serial, l->all[i].serial_length)))
			return e->when == l->all[i].since &&
			    e->reason == l->all[i].reason;
	return false;
}

/*
 * A ceremony takes its time: a hold that was lifted since, or has become a
 * revocation, or a reason that was found out since, was right when the CRL was
 * asked for.
 */
static int
is_listed(const struct crl_entry *e, void *ctx)
{
	struct comparison *x = ctx;
	int was;

	if (is_so(&x->now, e))
		return 0;
	if ((was = was_so(x, e)) == -1)
		return -1;
	x->behind |= was == 1;
	return was == 1
	    ? 0
	    : differs("it lists a certificate that was not revoked, or dates "
		      "it or gives reasons otherwise");
}

/* Neither one too few, of those of its time, nor one too many. */
static int
check_entries(struct authority *a, const struct issuer *root,
    const struct crl *c, bool *behind)
{
	struct comparison x = { .a = a, .root = root->row.id, .crl = c };
	const struct crl_listed *l;
	struct crl_entry e;
	int found, rc = -1;
	size_t i;

	if (db_crl_entry_each(a->db, (uint32_t)root->row.id, 0,
		(UINT64_C(1) << 48) - 1, collect, &x.now) == -1)
		goto out;
	for (i = 0; i < x.now.n; i++) {
		l = &x.now.all[i];
		found = crl_find(c, span_of(l->serial, l->serial_length), &e);
		if (found == -1)
			goto out;
		x.behind |= found == 0;
		if (found == 0 && l->since <= c->this_update) {
			(void)differs("a revoked certificate is not in it");
			goto out;
		}
	}
	rc = crl_each(c, is_listed, &x);
	*behind = x.behind;
out:
	free(x.now.all);
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

/* The address in the certificates is the path of the file, too. */
static char *
path_of(const struct issuer *root)
{
	struct buf url = BUF_EMPTY;
	char *path;

	template_crl_url(&url, "public", (uint32_t)root->row.id, 0);
	path = xstrdup(buf_str(&url));
	buf_free(&url);
	return path;
}

static int
store(struct authority *a, const struct issuer *root, const struct crl *c,
    const char *path, bool behind)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct crl_made m = { .issuer = (uint32_t)root->row.id,
		.number = c->number,
		.this_update = c->this_update,
		.next_update = c->next_update,
		.path = path,
		.der = c->der };
	struct crl_facts f;
	int64_t publication;

	if (db_crl_facts(a->db, m.issuer, 0, &f) == -1)
		return -1;
	buf_free(&f.cert);
	m.event = f.event;
	if (db_crl_store(a->db, &m, &publication) == -1)
		return -1;
	db_arg_int(&args, root->row.id);
	return behind && db_exec(a->db, "ca_crl_behind_do", &args) == -1 ? -1
									 : 0;
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
    const struct crl *c, const char *path, int64_t *last_update)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int rc = 0;

	*last_update = 0;
	db_arg_int(&args, root->row.id);
	db_arg_text(&args, path);
	if ((r = db_query(a->db, "ca_crl_last", &args)) == NULL)
		return -1;
	if (rows_count(r) > 0) {
		*last_update = row_time(r, 0, 1);
		if (span_equal(row_bytes(r, 0, 2), c->der))
			rc = 1;
		else
			rc = check_number(
			    a, c->number, (uint64_t)row_int(r, 0, 0));
	} else
		rc = check_number(a, c->number, 0);
	rows_free(r);
	return rc;
}

static int
take(struct authority *a, const struct issuer *root, const struct crl *c,
    const char *path)
{
	bool behind = false;
	int64_t last;
	int rc = is_published(a, root, c, path, &last);

	if (rc != 0)
		return rc == 1 ? 0 : -1;
	if (check_times(a, c, last) == -1 ||
	    check_entries(a, root, c, &behind) == -1)
		return -1;
	return store(a, root, c, path, behind);
}

int
ca_result_crl(struct authority *a, const struct issuer *root, struct span der)
{
	struct crl c;
	char *path;
	int rc;

	if (!root->row.offline)
		return err_set_code(ERR_CONFLICT, "ROOT_ONLINE",
		    "the root is online: its CRLs are made here");
	if (crl_parse(der, &c) == -1)
		return differs(err_text());
	if (check_form(root, &c) == -1)
		return -1;
	path = path_of(root);
	rc = take(a, root, &c, path);
	free(path);
	return rc;
}
