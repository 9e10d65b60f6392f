/*
 * The offline kit: when it is due, and its transactions.
 */

#include <string.h>

#include "authority/feed.h"
#include "authority/kit.h"
#include "authority/kit_draft.h"
#include "base/clock.h"
#include "base/log.h"
#include "key/hash.h"
#include "x509/oid.h"
#include "x509/signed.h"

#define REST_MS 10000 /* after a failure */

/* The snapshot that is being built, if any. */
static struct kit_draft *building;
static struct kit_build *build;

static int
is_due(struct authority *a, bool *full)
{
	struct db_rows *r = db_query_one(a->db, "kit_due", NULL);
	int due;

	if (r == NULL)
		return -1;
	due = row_bool(r, 0, 0);
	*full = row_bool(r, 0, 1);
	rows_free(r);
	return due;
}

/* ---- the signature */

static int
load_certificates(struct kit_draft *d)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int i;

	db_arg_bytes(&args, key_spki(d->a->feed_key));
	if ((r = db_query_one(d->a->db, "feed_signer", &args)) == NULL)
		return -1;
	for (i = 0; i < 2; i++) {
		buf_clear(&d->certificates[i]);
		buf_put_span(&d->certificates[i], row_bytes(r, 0, i));
	}
	rows_free(r);
	return 0;
}

static int
sign(const struct kit_draft *d, struct span content, struct buf *out)
{
	struct span certificates[2] = { buf_span(&d->certificates[0]),
		buf_span(&d->certificates[1]) };
	struct oid type;

	oid_build(OID_KIT, 0, &type);
	return signed_write(
	    d->a->feed_key, oid_span(&type), content, certificates, out);
}

/* ---- one number */

static int64_t
longest_backdate(const struct authority *a)
{
	int64_t tre = profile_get(a->profiles, PROFILE_TRE)->backdate;
	int64_t terminal = profile_get(a->profiles, PROFILE_TERMINAL)->backdate;

	return tre > terminal ? tre : terminal;
}

/*
 * What is issued after this transaction has a notBefore that is not before
 * covered: between two turns of this program nothing is half issued.
 */
static int
begin(struct kit_draft *d)
{
	struct kit *k = &d->kit;
	struct span link;
	struct db_rows *r;

	if ((r = db_query_one(d->a->db, "kit_begin", NULL)) == NULL)
		return -1;
	k->number = row_int(r, 0, 0);
	link = row_bytes(r, 0, 1);
	memcpy(k->link, link.p, link.n < 32 ? link.n : 32);
	d->since_event = row_int(r, 0, 2);
	k->event = row_int(r, 0, 3);
	k->issued = row_time(r, 0, 4);
	k->next_update = row_time(r, 0, 5);
	d->lots = xstrdup(row_text(r, 0, 6));
	d->same_lots = row_bool(r, 0, 7);
	k->backdate = longest_backdate(d->a);
	k->covered = k->issued - k->backdate;
	rows_free(r);
	return 0;
}

static int
store(struct kit_draft *d, struct span delta)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_int(&args, d->kit.number);
	db_arg_bool(&args, d->kit.kind == KIT_ANEW);
	db_arg_time(&args, d->kit.issued);
	db_arg_time(&args, d->kit.next_update);
	db_arg_time(&args, d->kit.covered);
	db_arg_int(&args, d->kit.event);
	db_arg_text(&args, d->lots);
	db_arg_bytes(&args, delta);
	return db_exec(d->a->db, "kit_store_do", &args) == -1 ? -1 : 0;
}

static int
write_delta(struct kit_draft *d, struct buf *out)
{
	struct buf content = BUF_EMPTY;
	size_t i;
	int rc;

	for (i = 0; i < d->kit.nissuers; i++)
		d->kit.issuers[i].listed = buf_span(&d->issuers[i].changed);
	rc = kit_write(&d->kit, &content);
	if (rc == 0)
		rc = sign(d, buf_span(&content), out);
	buf_free(&content);
	return rc;
}

/* The delta is out; the snapshot is of the same number and names it. */
static void
begin_full(struct kit_draft *d, struct span delta)
{
	d->kit.kind = KIT_FULL;
	hash_sha256(delta, d->kit.link);
	if ((build = kit_build_begin(d)) == NULL) {
		log_err("build the kit's snapshot");
		kit_draft_free(d);
		return;
	}
	building = d;
}

static int
make(struct authority *a, bool full)
{
	struct kit_draft *d = xcalloc(1, sizeof(*d));
	struct buf delta = BUF_EMPTY;
	int rc = -1;

	d->a = a;
	d->full = full;
	if (db_begin(a->db) == -1 ||
	    db_exec(a->db, "kit_snapshot_do", NULL) == -1 || begin(d) == -1 ||
	    load_certificates(d) == -1 || kit_collect(d) == -1 ||
	    write_delta(d, &delta) == -1 || store(d, buf_span(&delta)) == -1 ||
	    db_commit(a->db) == -1)
		goto out;
	log_write(LOG_NOTE, "kit %lld is made, %zu octets%s",
	    (long long)d->kit.number, delta.n,
	    d->full ? "; its snapshot is being built" : "");
	if (d->full) {
		begin_full(d, buf_span(&delta));
		d = NULL;
	}
	rc = 0;
out:
	kit_draft_free(d);
	buf_free(&delta);
	return rc;
}

/* ---- its snapshot */

static int
store_full(struct authority *a, struct span content)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf full = BUF_EMPTY;
	int rc = -1;

	if (sign(building, content, &full) == 0) {
		db_arg_int(&args, building->kit.number);
		db_arg_bytes(&args, buf_span(&full));
		if (db_exec(a->db, "kit_full_store_do", &args) != -1)
			rc = 0;
	}
	if (rc == 0)
		log_write(LOG_NOTE, "kit %lld has its snapshot, %zu octets",
		    (long long)building->kit.number, full.n);
	buf_free(&full);
	return rc;
}

static int
finish_full(struct authority *a)
{
	struct buf content = BUF_EMPTY;
	int rc = kit_build_end(build, &content);

	build = NULL;
	if (rc == 0)
		rc = store_full(a, buf_span(&content));
	buf_free(&content);
	kit_draft_free(building);
	building = NULL;
	return rc;
}

void
kit_publish_due(struct authority *a)
{
	static int64_t rest_until;
	bool full;
	int rc;

	if (clock_ms() < rest_until)
		return;
	if (build != NULL) {
		if (!kit_build_is_done(build))
			return; /* an hour is long enough for one */
		rc = finish_full(a);
	} else {
		rc = is_due(a, &full);
		if (rc == 1)
			rc = feed_ready_key(a) == -1 ? -1 : make(a, full);
	}
	if (rc == -1) {
		db_rollback(a->db);
		log_err("make the offline kit");
		rest_until = clock_ms() + REST_MS;
	}
}

void
kit_forget(struct authority *a)
{
	struct buf content = BUF_EMPTY;

	(void)a;
	if (build == NULL)
		return;
	(void)kit_build_end(build, &content);
	build = NULL;
	buf_free(&content);
	kit_draft_free(building);
	building = NULL;
}
