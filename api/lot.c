/*
 * /v1/lots: manifests in, results and certificates out.
 */

#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "api/forward.h"
#include "api/route.h"
#include "api/signed_header.h"
#include "base/enc.h"
#include "base/err.h"
#include "base/io.h"
#include "db/lot.h"
#include "issue/manifest.h"
#include "key/hash.h"
#include "registry/instance.h"
#include "x509/cert.h"

#define BODY_MAX (UINT64_C(8) << 30) /* as nginx has it */
/* A statement's new rows are kept for its trigger: few enough for memory. */
#define COPY_ROWS 8192
#define NDJSON	  "application/x-ndjson"
#define PEM	  "application/x-pem-file"

static int verify_header(
    const struct request *, struct span jws, struct manifest_header *);
static int submit(struct request *, struct manifest *, const char *jws,
    const struct manifest_header *, struct lot_begun *);
static int copy_rows(
    struct request *, struct manifest *, int64_t lot, int *count);
static int copy_row(struct db *, int64_t lot, const struct manifest_row *);
static int reply_lot(
    struct request *, struct reply *, int status, const struct lot_begun *);

static int
lot_post(struct request *req, struct reply *reply)
{
	struct manifest_header h;
	struct manifest *m = NULL;
	struct lot_begun lot;
	struct buf jws = BUF_EMPTY;
	int rc = -1, tries;

	if (!request_has_type(req, NDJSON))
		return err_set_code(
		    ERR_INPUT, "MEDIA_TYPE", "a lot is sent as " NDJSON);
	/* Two senders of one manifest at the same time: the second one finds
	 * the first one's lot when it looks again. */
	for (tries = 0; rc == -1 && tries < 2; tries++) {
		if (req->body_fd == -1 ||
		    lseek(req->body_fd, 0, SEEK_SET) == -1) {
			err_set(ERR_INTERNAL, "the body cannot be read");
			break;
		}
		manifest_free(m);
		m = manifest_open(req->body_fd);
		buf_clear(&jws);
		if (manifest_header(m, &jws) == -1 ||
		    verify_header(req, buf_span(&jws), &h) == -1)
			break;
		rc = submit(req, m, buf_str(&jws), &h, &lot);
		if (rc == -1 && err_kind() != ERR_CONFLICT)
			break;
	}
	if (rc == 0)
		rc = reply_lot(req, reply, lot.existing ? 200 : 201, &lot);
	manifest_free(m);
	buf_free(&jws);
	return rc;
}

static int
verify_header(
    const struct request *req, struct span text, struct manifest_header *h)
{
	struct jws j;
	int rc;

	rc = signed_header(req, text, MANIFEST_LINE_MAX, MANIFEST_TYP, &j);
	if (rc == 0)
		rc = manifest_header_parse(buf_span(&j.payload), h);
	jws_free(&j);
	return rc;
}

/* All of it in one transaction, or nothing. */
static int
submit(struct request *req, struct manifest *m, const char *jws,
    const struct manifest_header *h, struct lot_begun *lot)
{
	struct lot_begin begin = { .model = h->model,
		.site = h->site,
		.kind = manifest_kind_name(h->kind),
		.ca = h->ca[0] != '\0' ? h->ca : NULL,
		.reference = h->reference,
		.header_jws = jws,
		.count = h->count,
		.rows_sha256 = span_of(h->rows_sha256, HASH_SIZE) };
	uint8_t digest[HASH_SIZE];
	int count = 0;

	if (db_begin_as(req->db, req->principal.id) == -1 ||
	    db_lot_begin(req->db, &begin, lot) == -1)
		goto fail;
	if (lot->existing)
		return db_commit(req->db);
	manifest_expect(m, h->kind);
	if (copy_rows(req, m, lot->id, &count) == -1 ||
	    manifest_digest(m, digest) == -1)
		goto fail;
	if (count != h->count) {
		err_set_code(ERR_INPUT, "MANIFEST_COUNT",
		    "line 1: the header's \"count\" is %d, and %d row%s",
		    h->count, count, count == 1 ? " follows" : "s follow");
		goto fail;
	}
	if (memcmp(digest, h->rows_sha256, HASH_SIZE) != 0) {
		err_set_code(ERR_INPUT, "MANIFEST_DIGEST",
		    "line 1: the header's \"rows_sha256\" is not that of the "
		    "rows that follow");
		goto fail;
	}
	return db_commit(req->db);
fail:
	db_rollback(req->db);
	return -1;
}

static int
copy_rows(struct request *req, struct manifest *m, int64_t lot, int *count)
{
	struct manifest_row row = { .row = 0 };
	int r;

	if (db_copy_begin(req->db, "lot_row_copy") == -1)
		return -1;
	while ((r = manifest_next(m, &row)) == 1) {
		if (*count > 0 && *count % COPY_ROWS == 0 &&
		    (db_copy_end(req->db) == -1 ||
			db_copy_begin(req->db, "lot_row_copy") == -1)) {
			r = -1;
			break;
		}
		if (copy_row(req->db, lot, &row) == -1) {
			r = -1;
			break;
		}
		++*count;
	}
	manifest_row_free(&row);
	return r == -1 ? -1 : db_copy_end(req->db);
}

static int
text_or_null(struct db *db, const char *s)
{
	return db_copy_text(db, s[0] == '\0' ? NULL : s);
}

static int
copy_row(struct db *db, int64_t lot, const struct manifest_row *row)
{
	bool good = row->fault[0] == '\0';

	if (db_copy_row(db, 10) == -1 || db_copy_int8(db, lot) == -1 ||
	    db_copy_int4(db, row->row) == -1 ||
	    db_copy_text(db, row->id) == -1 ||
	    db_copy_bytes(db, buf_span(&row->csr)) == -1 ||
	    text_or_null(db, row->tre) == -1 ||
	    text_or_null(db, row->tac) == -1 ||
	    (row->line.p == NULL ? db_copy_null(db)
				 : db_copy_bytes(db, row->line)) == -1 ||
	    db_copy_text(db, good ? "received" : "refused") == -1 ||
	    db_copy_text(db, good ? NULL : "ROW_MALFORMED") == -1)
		return -1;
	return text_or_null(db, row->fault);
}

static int
reply_lot(struct request *req, struct reply *reply, int status,
    const struct lot_begun *lot)
{
	struct db_args args = DB_ARGS_EMPTY;
	int rc;

	if (db_begin_as(req->db, req->principal.id) == -1)
		return -1;
	db_arg_text(&args, lot->number);
	rc = forward(req, reply, status, "lot_one", &args);
	db_rollback(req->db);
	if (rc == 0)
		reply_header(reply, "Location", "/v1/lots/%s", lot->number);
	return rc;
}

/* ---- reading */

static int
lot_list(struct request *req, struct reply *reply)
{
	static const char *const queries[] = { "state", "before", "model",
		"organisation", NULL };

	return forward_search(req, reply, "lot_list", queries);
}

static int
lot_get(struct request *req, struct reply *reply)
{
	return forward_named(req, reply, "lot_one", "number");
}

/* One line of certificates as PEM; `line` is the result's JSON. */
static int
write_pem(const char *line, struct buf *out)
{
	struct buf der = BUF_EMPTY;
	json_t *o = json_loads(line, 0, NULL);
	const char *text = json_string_value(json_object_get(o, "certificate"));
	int rc = -1;

	if (text == NULL || base64_decode(&der, span_str(text)) == -1)
		err_set(ERR_INTERNAL, "a result holds no certificate");
	else {
		cert_write_pem(buf_span(&der), out);
		rc = 0;
	}
	json_decref(o);
	buf_free(&der);
	return rc;
}

/* A thousand results behind *after into out; 1 when there were any. */
static int
write_page(struct request *req, bool issued_only, bool pem, int64_t *after,
    struct buf *out)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int i, n, rc = 0;

	db_arg_text(&args, request_param(req, "number"));
	db_arg_int(&args, *after);
	db_arg_bool(&args, issued_only);
	if ((r = db_query(req->db, "lot_results", &args)) == NULL)
		return -1;
	n = rows_count(r);
	for (i = 0; i < n && rc == 0; i++) {
		*after = row_int(r, i, 0);
		if (pem)
			rc = write_pem(row_text(r, i, 1), out);
		else {
			buf_puts(out, row_text(r, i, 1));
			buf_putc(out, '\n');
		}
	}
	rows_free(r);
	return rc == -1 ? -1 : n > 0;
}

/* Results can be many: they go through a file without a name. */
static int
reply_results(
    struct request *req, struct reply *reply, bool issued_only, bool pem)
{
	struct buf out = BUF_EMPTY;
	int64_t after = 0;
	int fd, r = -1;

	if ((fd = instance_temporary(req->instance)) == -1)
		return -1;
	while ((r = write_page(req, issued_only, pem, &after, &out)) == 1) {
		if ((r = io_write_all(fd, buf_span(&out))) == -1)
			break;
		buf_clear(&out);
	}
	buf_free(&out);
	if (r != -1 && lseek(fd, 0, SEEK_SET) == -1)
		r = err_set(ERR_INTERNAL, "could not go back in a file");
	if (r == -1) {
		(void)close(fd);
		return -1;
	}
	return reply_file(reply, pem ? PEM : NDJSON, fd);
}

static int
lot_results(struct request *req, struct reply *reply)
{
	return reply_results(req, reply, false, false);
}

static int
lot_certificates(struct request *req, struct reply *reply)
{
	return reply_results(req, reply, true, request_accepts(req, PEM));
}

static int
lot_pause(struct request *req, struct reply *reply)
{
	return forward_act(req, reply, 200, "lot_pause_do", "number");
}

static int
lot_resume(struct request *req, struct reply *reply)
{
	return forward_act(req, reply, 200, "lot_resume_do", "number");
}

#define READERS (ROLE_BODY | ROLE_SUPPLIER)
#define PAUSERS (ROLE_OFFICER | ROLE_SECURITY | ROLE_SUPPLIER)

const struct route lot_routes[] = {
	{ METHOD_POST, "/v1/lots", ROLE_SUPPLIER,
	    ROUTE_BODY_FILE | ROUTE_ANY_TYPE | ROUTE_NO_TRANSACTION, BODY_MAX,
	    lot_post, "Submit a lot: a signed manifest of key requests" },
	{ METHOD_GET, "/v1/lots", READERS, 0, 0, lot_list,
	    "The lots that the caller may see" },
	{ METHOD_GET, "/v1/lots/{number}", READERS, 0, 0, lot_get,
	    "One lot: its state and its counts" },
	{ METHOD_GET, "/v1/lots/{number}/results", READERS, 0, 0, lot_results,
	    "What came of each row, as NDJSON" },
	{ METHOD_GET, "/v1/lots/{number}/certificates", READERS, 0, 0,
	    lot_certificates, "The certificates issued, as NDJSON or PEM" },
	{ METHOD_POST, "/v1/lots/{number}/pause", PAUSERS, ROUTE_SIGNED, 0,
	    lot_pause, "Check and issue nothing more of it for now" },
	{ METHOD_POST, "/v1/lots/{number}/resume", PAUSERS, ROUTE_SIGNED, 0,
	    lot_resume, "Go on where it was paused" },
	ROUTE_END,
};
