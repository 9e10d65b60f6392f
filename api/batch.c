/*
 * /v1/decisions/batch: a hundred thousand questions at once.
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/batch_answer.h"
#include "api/batch_file.h"
#include "api/batch_judge.h"
#include "api/never.h"
#include "api/route.h"
#include "base/err.h"
#include "db/conn.h"
#include "key/uuid.h"
#include "registry/instance.h"

#define BODY_MAX (UINT64_C(512) << 20) /* as nginx has it */
#define NDJSON	 "application/x-ndjson"
#define TRIES	 5

/* Line 1, and whether as many follow as it says. */
static int
read_head(struct batch *b)
{
	struct batch_file *f = batch_file_open(b->req->body_fd);
	struct span line;
	int rc = batch_file_line(f, &line);

	if (rc == 0)
		line = span_str("");
	if (rc != -1)
		rc = decision_head_parse(line, &b->head);
	if (rc == 0)
		rc = never_in_body(line, true);
	batch_file_free(f);
	return rc;
}

static int
read_body(struct batch *b)
{
	int lines;

	if (b->req->body_fd == -1)
		return err_set(ERR_INTERNAL, "the body cannot be read");
	if (batch_file_scan(b->req->body_fd, b->body_sha256, &lines) == -1 ||
	    read_head(b) == -1)
		return -1;
	if (lines - 1 != b->head.items)
		return err_set_code(ERR_INPUT, "BATCH_COUNT",
		    "line 1: \"items\" is %d, and %d line%s: was it cut "
		    "off?",
		    b->head.items, lines - 1,
		    lines == 2 ? " follows" : "s follow");
	return 0;
}

/* Write down that it came in.  1: it was answered before. */
static int
begin(struct batch *b)
{
	struct db *db = b->req->db;
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;
	int decided;

	if (db_begin_as(db, b->req->principal.id) == -1)
		return -1;
	db_arg_text(&args, b->head.batch);
	db_arg_bytes(&args, span_of(b->body_sha256, HASH_SIZE));
	db_arg_int(&args, b->head.items);
	db_arg_text(&args, b->head.asked.purpose_text);
	if (b->head.asked.challenge.n > 0)
		db_arg_bytes(&args, buf_span(&b->head.asked.challenge));
	else
		db_arg_null(&args);
	if ((rows = db_query_one(db, "decision_batch_begin_do", &args)) == NULL)
		return -1;
	b->id = row_int(rows, 0, 0);
	b->received = row_int(rows, 0, 1);
	decided = row_bool(rows, 0, 2) ? 1 : 0;
	rows_free(rows);
	return db_commit(db) == -1 ? -1 : decided;
}

/* Of the processes for what takes long, one operator's batches have half. */
static int
share_of(int instances)
{
	return instances > 1 ? instances / 2 : 1;
}

/*
 * One transaction and one snapshot, which is younger than the last octet of the
 * question: no permit of it misses a revocation that was committed before.
 */
static int
judge_once(struct batch *b)
{
	struct db *db = b->req->db;
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;
	bool still;
	int rc;

	if (db_begin_snapshot_as(db, b->req->principal.id) == -1)
		return -1;
	db_arg_int(&args, b->id);
	db_arg_int(&args, share_of(b->req->instance->long_instances));
	if ((rows = db_query_one(db, "decision_batch_hold_do", &args)) == NULL)
		return -1;
	still = row_bool(rows, 0, 0);
	rows_free(rows);
	rc = still ? batch_judge(b) : 0;
	if (rc == -1) {
		/* another process was a moment before this one */
		if (strcmp(err_code(), "ALREADY_EXISTS") == 0 ||
		    strcmp(err_code(), "CONSENT_IN_USE") == 0)
			err_set_code(ERR_BUSY, "REQUEST_IN_PROGRESS",
			    "the same batch is being judged: ask again");
		return -1;
	}
	return rc == BATCH_AGAIN ? rc : db_commit(db);
}

/* Another transaction was in the way, and is over: nothing of this one was. */
static int
judge(struct batch *b)
{
	int tries = 1, rc;

	while ((rc = judge_once(b)) == BATCH_AGAIN ||
	    (rc == -1 && tries++ < TRIES &&
		strcmp(err_code(), "CONTENDED") == 0))
		db_rollback(b->req->db);
	return rc;
}

static int
batch_post(struct request *req, struct reply *reply)
{
	struct batch b = { .req = req };
	int rc = -1;

	if (!request_has_type(req, NDJSON))
		return err_set_code(
		    ERR_INPUT, "MEDIA_TYPE", "a batch is sent as " NDJSON);
	if (read_body(&b) == -1 || (rc = begin(&b)) == -1)
		goto out;
	if (rc == 0 && judge(&b) == -1)
		rc = -1;
	else
		rc = db_begin_as(req->db, req->principal.id);
	if (rc == 0)
		rc = batch_answer(req, reply, b.head.batch, 0);
out:
	if (rc == -1)
		db_rollback(req->db);
	decision_head_free(&b.head);
	return rc;
}

/* ---- reading */

static int
check_uuid(const struct request *req)
{
	return uuid_valid(request_param(req, "batch"))
	    ? 0
	    : err_set_code(ERR_ABSENT, "BATCH_ABSENT",
		  "there is no such batch of yours");
}

static int
batch_get(struct request *req, struct reply *reply)
{
	static const char *const known[] = { "operator", NULL };

	return check_uuid(req) == -1 || request_query_known(req, known) == -1
	    ? -1
	    : batch_answer_head(req, reply, request_param(req, "batch"));
}

static int
batch_items(struct request *req, struct reply *reply)
{
	static const char *const known[] = { "from", "operator", NULL };
	char text[8] = "0", *end;
	long from;

	if (check_uuid(req) == -1 || request_query_known(req, known) == -1 ||
	    request_query(req, "from", text, sizeof(text)) == -1)
		return -1;
	from = strtol(text, &end, 10);
	if (*text == '\0' || *end != '\0' || from < 0)
		return err_set_code(ERR_INPUT, "QUERY_MALFORMED",
		    "from: the number of an item, from 0");
	return batch_answer(req, reply, request_param(req, "batch"), (int)from);
}

#define READERS (ROLE_OPERATOR | ROLE_BODY)

const struct route batch_routes[] = {
	{ METHOD_POST, "/v1/decisions/batch", ROLE_OPERATOR,
	    ROUTE_BODY_FILE | ROUTE_ANY_TYPE | ROUTE_NO_TRANSACTION, BODY_MAX,
	    batch_post,
	    "The same of many devices: a verdict each, one receipt" },
	{ METHOD_GET, "/v1/decisions/batch/{batch}", READERS, 0, 0, batch_get,
	    "A batch as a whole: its counts, its receipt; ?operator=" },
	{ METHOD_GET, "/v1/decisions/batch/{batch}/items", READERS, 0, 0,
	    batch_items,
	    "What came of its items, each with its path; ?from=&operator=" },
	ROUTE_END,
};
