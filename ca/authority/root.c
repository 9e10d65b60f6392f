/*
 * The root, and the root after it.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authority/delegated.h"
#include "authority/issuer.h"
#include "authority/own_key.h"
#include "authority/publish.h"
#include "authority/restore.h"
#include "authority/root.h"
#include "authority/root_offline.h"
#include "authority/signer.h"
#include "authority/single.h"
#include "base/log.h"

/* A root that is being made: a CA of ours that the register knows not yet. */
struct fresh {
	struct issuer ca; /* the key is the owner's; cert is self.cert */
	struct single self;
	const char *country, *organisation;
};

static struct template_spec
spec_of(const struct fresh *f, const struct profile *p)
{
	return (struct template_spec){ .profile = p,
		.country = f->country,
		.organisation = f->organisation,
		.common_name = ROOT_NAME };
}

static int
build_self(struct authority *a, struct fresh *f)
{
	struct single *s = &f->self;
	struct template_spec spec =
	    spec_of(f, profile_get(a->profiles, PROFILE_ROOT));
	struct template_row row = { .index = 0,
		.key = key_kind(f->ca.key),
		.point = key_point(f->ca.key) };
	struct template *t;
	int64_t now;
	int rc = -1;

	if (authority_now(a, &now) == -1)
		return -1;
	s->profile = spec.profile;
	s->by = &f->ca;
	spec.issuer_key = f->ca.key;
	spec.issuer_id = (uint32_t)f->ca.row.id;
	spec.public_url = a->in.public_url;
	profile_dates(spec.profile, now, &spec.not_before, &spec.not_after);
	s->not_before = spec.not_before;
	serial_make(a->serials, spec.issuer_id, 0, s->serial);
	row.serial = span_of(s->serial, SERIAL_SIZE);
	if ((t = template_new(&spec)) != NULL &&
	    template_build(t, &row, s->space, sizeof(s->space), &s->der) == 0)
		rc = cert_parse(s->der, &s->cert);
	template_free(t);
	if (rc == 0) {
		f->ca.cert = s->cert;
		issuer_row_fill(&f->ca.row, &s->cert);
	}
	return rc;
}

/* In the caller's transaction: with so many of its certificates. */
static int
store_self(struct authority *a, const struct fresh *f, int count)
{
	int64_t id = f->ca.row.id;
	struct range range;

	if (db_issuer_insert(a->db, &f->ca.row, f->self.cert.subject.der) ==
		-1 ||
	    db_range_reserve(a->db, id, count, 0, false, &range) == -1 ||
	    single_insert(a, &f->self) == -1)
		return -1;
	return publish_issuer(a, id, f->self.der) == -1
	    ? -1
	    : db_range_issued(a->db, &range, 0);
}

/* ---- the first */

static int
make(struct authority *a, struct fresh *f)
{
	if (build_self(a, f) == -1)
		return -1;
	if (db_begin(a->db) == 0 && store_self(a, f, 1) == 0 &&
	    publish_roots(a) == 0 && db_commit(a->db) == 0) {
		log_write(LOG_NOTE, "the root is made");
		return 0;
	}
	db_rollback(a->db);
	return -1;
}

int
root_make(struct authority *a)
{
	struct fresh *f = xcalloc(1, sizeof(*f));
	struct db_rows *body = db_query_one(a->db, "init_body", NULL);
	int rc = -1;

	if (body == NULL)
		goto out;
	f->country = row_text(body, 0, 0);
	f->organisation = row_text(body, 0, 1);
	f->ca.row = (struct issuer_row){ .id = ISSUER_ROOT, .role = "root" };
	f->ca.key = own_key_ready(a, "root",
	    authority_algorithm(a, profile_get(a->profiles, PROFILE_ROOT)));
	if (f->ca.key != NULL)
		rc = make(a, f);
out:
	rows_free(body);
	key_free(f->ca.key);
	db_issuer_free(&f->ca.row);
	free(f);
	return rc;
}

/* ---- its successor */

struct succession {
	int64_t old_id;
	struct issuer *old;
	enum key_kind algorithm;
	struct fresh fresh;
	char *country, *organisation; /* fresh's */
	struct single old_with_new, new_with_old;
};

/* Truly ordered by two, and of a key that may be; which it is. */
static int
judge(struct authority *a, const char *subject, struct succession *x)
{
	const struct profile *p = profile_get(a->profiles, PROFILE_ROOT);
	char url[64];
	struct four_eyes want = { .subject = subject,
		.act = "ca_root_new",
		.proposer = "security",
		.approver = "decider",
		.url = url };
	struct act act;
	int rc = 0;

	(void)snprintf(
	    url, sizeof(url), "/v1/cas/%lld/succeed", (long long)x->old_id);
	if (four_eyes_find(a, &want, &act) == -1)
		return -1;
	x->algorithm = authority_algorithm(a, p);
	if (act_text(&act, "algorithm")[0] != '\0')
		rc = key_by_name(
		    span_str(act_text(&act, "algorithm")), &x->algorithm);
	if (rc == 0)
		rc = profile_check_key(p, x->algorithm);
	act_free(&act);
	return rc;
}

/* A fresh number each time: a key of an attempt that failed signs no more. */
static int
prepare(struct authority *a, struct succession *x)
{
	struct issuer_row *row = &x->fresh.ca.row;
	char name[ISSUER_KEY_NAME];

	if (db_issuer_next_id(a->db, "root", &row->id) == -1)
		return -1;
	(void)snprintf(row->role, sizeof(row->role), "root");
	x->fresh.country = x->country =
	    issuer_name_part(x->old->cert.subject.country);
	x->fresh.organisation = x->organisation =
	    issuer_name_part(x->old->cert.subject.organisation);
	x->fresh.ca.key =
	    own_key_ready(a, issuer_key_name(row, name), x->algorithm);
	return x->fresh.ca.key == NULL ? -1 : build_self(a, &x->fresh);
}

/* One root's key, certified by another of the same name. */
static int
build_link(struct authority *a, const struct fresh *f, const struct key *key,
    struct single *s)
{
	struct template_spec spec =
	    spec_of(f, profile_get(a->profiles, PROFILE_ROOT_LINK));

	return single_build(a, &spec,
	    &(struct subject_key){ key_kind(key), key_point(key) }, s);
}

static int
publish_link(
    struct authority *a, int64_t root, int64_t by, const struct single *s)
{
	char path[80];

	(void)snprintf(path, sizeof(path), "public/ca/%lld-with-%lld.cer",
	    (long long)root, (long long)by);
	return db_publication_insert(a->db, path, s->der);
}

int
root_link_store(struct authority *a, int64_t old_id, int64_t new_id,
    const struct single *old_with_new, const struct single *new_with_old)
{
	struct db_args links = DB_ARGS_EMPTY;

	db_arg_int(&links, old_id);
	db_arg_int(&links, new_id);
	db_arg_bytes(&links, old_with_new->der);
	db_arg_bytes(&links, new_with_old->der);
	if (db_exec(a->db, "root_link_add_do", &links) == -1 ||
	    publish_link(a, old_id, new_id, old_with_new) == -1)
		return -1;
	return publish_link(a, new_id, old_id, new_with_old);
}

/* All or nothing: there is no time with two active roots, and none with none.
 */
static int
store(struct authority *a, struct succession *x)
{
	struct db_args retire = DB_ARGS_EMPTY;

	db_arg_int(&retire, x->old_id);
	if (db_begin(a->db) == -1 ||
	    db_exec(a->db, "root_retire_do", &retire) == -1 ||
	    store_self(a, &x->fresh, 2) == -1 ||
	    single_insert(a, &x->old_with_new) == -1 ||
	    single_store(a, &x->new_with_old) == -1 ||
	    root_link_store(a, x->old_id, x->fresh.ca.row.id, &x->old_with_new,
		&x->new_with_old) == -1 ||
	    publish_roots(a) == -1)
		return -1;
	return db_commit(a->db);
}

static int
make_links(struct authority *a, struct succession *x)
{
	x->old_with_new.by = &x->fresh.ca;
	x->old_with_new.range.first = 1;
	if (build_link(a, &x->fresh, x->old->key, &x->old_with_new) == -1 ||
	    single_reserve(a, x->old, &x->new_with_old) == -1)
		return -1;
	if (build_link(a, &x->fresh, x->fresh.ca.key, &x->new_with_old) == 0 &&
	    store(a, x) == 0)
		return 0;
	single_give_up(a, &x->new_with_old.range);
	return -1;
}

/* No certificate may point at a CRL that is not there. */
static int
begin_service(struct authority *a, int64_t id)
{
	struct issuer *made = issuer_get(a, id);

	if (made == NULL || publish_crls_of(a, made, 0, 1) == -1)
		return -1;
	return delegated_renew(a);
}

static int
succeed(struct authority *a, const char *subject, int64_t proposal,
    struct succession *x)
{
	if (judge(a, subject, x) == -1 ||
	    (x->old = issuer_get(a, x->old_id)) == NULL)
		return -1;
	if (x->old->row.offline || strcmp(a->in.root, "offline") == 0)
		return root_offline_ask(a, x->old, x->algorithm, proposal);
	if (prepare(a, x) == -1 || make_links(a, x) == -1 ||
	    restore_mark(a) == -1)
		return -1;
	log_write(LOG_NOTE, "root %lld is made, on %s; root %lld is retired",
	    (long long)x->fresh.ca.row.id, key_name(x->algorithm),
	    (long long)x->old_id);
	return begin_service(a, x->fresh.ca.row.id);
}

int
root_succeed(struct authority *a, int64_t proposal)
{
	struct succession *x = xcalloc(1, sizeof(*x));
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int rc = -1;

	db_arg_int(&args, proposal);
	if ((r = db_query_one(a->db, "root_order", &args)) != NULL) {
		x->old_id = row_int(r, 0, 0);
		/* done: an earlier attempt got that far */
		rc = row_bool(r, 0, 2)
		    ? 0
		    : succeed(a, row_text(r, 0, 1), proposal, x);
	}
	rows_free(r);
	key_free(x->fresh.ca.key);
	db_issuer_free(&x->fresh.ca.row);
	free(x->country);
	free(x->organisation);
	free(x);
	return rc;
}
