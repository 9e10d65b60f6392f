/*
 * The status feed: when it is due, whose key signs it, and its one
 * transaction.
 */

#include <jansson.h>

#include "authority/delegated.h"
#include "authority/feed.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/err.h"
#include "base/log.h"
#include "key/jws.h"
#include "policy/canon.h"
#include "registry/feed.h"
#include "x509/oid.h"

#define REST_MS	     10000 /* after a failure, */
#define BUSY_REST_MS 1000  /* or where somebody was in the way */

static int
is_due(struct authority *a)
{
	struct db_rows *r = db_query_one(a->db, "feed_due", NULL);
	int due;

	if (r == NULL)
		return -1;
	due = row_bool(r, 0, 0);
	rows_free(r);
	return due;
}

/* ---- the key */

int
feed_ready_key(struct authority *a)
{
	if (a->feed_key == NULL)
		a->feed_key = delegated_own(a, "feed");
	return a->feed_key == NULL ? -1 : 0;
}

void
feed_forget(struct authority *a)
{
	key_free(a->feed_key);
	a->feed_key = NULL;
}

/* {"alg", "typ", "x5c"}: the signer's certificate and the access CA's. */
static int
build_header(struct authority *a, struct buf *out)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;

	db_arg_bytes(&args, key_spki(a->feed_key));
	if ((r = db_query_one(a->db, "feed_signer", &args)) == NULL)
		return -1;
	buf_puts(
	    out, "{\"alg\":\"ES256\",\"typ\":\"" FEED_TYPE "\",\"x5c\":[\"");
	base64_encode(out, row_bytes(r, 0, 0));
	buf_puts(out, "\",\"");
	base64_encode(out, row_bytes(r, 0, 1));
	buf_puts(out, "\"]}");
	rows_free(r);
	return 0;
}

/* ---- one number */

/* PostgreSQL's JSON as canonical JSON, signed. */
static int
sign(struct authority *a, const char *content, struct buf *jws)
{
	struct buf header = BUF_EMPTY, payload = BUF_EMPTY;
	json_t *o = json_loads(content, JSON_REJECT_DUPLICATES, NULL);
	int rc = -1;

	if (o == NULL)
		err_set(ERR_INTERNAL, "the feed's content is no JSON");
	else if (canon_write(&payload, o) == 0 && build_header(a, &header) == 0)
		rc = jws_sign(
		    a->feed_key, buf_str(&header), buf_span(&payload), jws);
	json_decref(o);
	buf_free(&payload);
	buf_free(&header);
	return rc;
}

static int
store(struct authority *a, struct db_rows *made, struct buf *jws)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_int(&args, row_int(made, 0, 0));
	db_arg_time(&args, row_time(made, 0, 1));
	db_arg_time(&args, row_time(made, 0, 2));
	db_arg_text(&args, buf_str(jws));
	return db_exec(a->db, "feed_store_do", &args) == -1 ? -1 : 0;
}

static int
make(struct authority *a)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf jws = BUF_EMPTY;
	struct db_rows *made = NULL;
	int rc = -1;

	db_arg_text(&args, oid_arc());
	if (db_begin(a->db) == -1 ||
	    db_exec(a->db, "feed_snapshot_do", NULL) == -1 ||
	    (made = db_query_one(a->db, "feed_make_do", &args)) == NULL ||
	    sign(a, row_text(made, 0, 3), &jws) == -1 ||
	    store(a, made, &jws) == -1 || db_commit(a->db) == -1)
		goto out;
	log_write(LOG_NOTE, "feed %lld is made, %zu octets",
	    (long long)row_int(made, 0, 0), jws.n);
	rc = 0;
out:
	rows_free(made);
	buf_free(&jws);
	return rc;
}

void
feed_publish_due(struct authority *a)
{
	static int64_t rest_until;
	int due;

	if (clock_ms() < rest_until)
		return;
	due = is_due(a);
	if (due == 0 || (due == 1 && feed_ready_key(a) == 0 && make(a) == 0))
		return;
	db_rollback(a->db);
	rest_until =
	    clock_ms() + (err_kind() == ERR_BUSY ? BUSY_REST_MS : REST_MS);
	log_err("make the status feed");
}
