/*
 * Between a route and a statement of the database, where nothing is to be
 * decided on the way.
 */

#include <string.h>

#include "api/array.h"
#include "api/forward.h"
#include "base/err.h"

int
forward(struct request *req, struct reply *reply, int status, const char *name,
    const struct db_args *args)
{
	struct buf out = BUF_EMPTY;
	int rc = db_call_json(req->db, name, args, &out);

	if (rc == 0)
		rc = reply_json(reply, status, buf_str(&out));
	buf_free(&out);
	return rc;
}

void
forward_hash(struct db_args *args, struct fields *f, const char *name,
    uint8_t sha256[32])
{
	fields_hex(f, name, sha256, 32);
	db_arg_bytes(args, span_of(sha256, 32));
}

int
forward_named(struct request *req, struct reply *reply, const char *name,
    const char *param)
{
	struct db_args args = DB_ARGS_EMPTY;
	const char *what = request_param(req, param);

	db_arg_text(&args, what);
	if (forward(req, reply, 200, name, &args) == 0)
		return 0;
	if (strcmp(err_code(), "NOT_FOUND") == 0)
		return err_set_code(ERR_ABSENT, "NOT_FOUND",
		    "there is no %s \"%.64s\" that you may see", param, what);
	return -1;
}

int
forward_act(struct request *req, struct reply *reply, int status,
    const char *name, const char *param)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;
	int rc;

	fields_open(&f, req->body);
	if ((rc = fields_end(&f)) == 0) {
		db_arg_text(&args, request_param(req, param));
		rc = forward(req, reply, status, name, &args);
	}
	fields_free(&f);
	return rc;
}

#define SEARCH_MOST 8
#define WORD_MOST   128

int
forward_search(struct request *req, struct reply *reply, const char *name,
    const char *const *queries)
{
	char words[SEARCH_MOST][WORD_MOST];
	struct db_args args = DB_ARGS_EMPTY;
	size_t i;
	int given;

	if (request_query_known(req, queries) == -1)
		return -1;
	for (i = 0; queries[i] != NULL && i < SEARCH_MOST; i++) {
		given = request_query(req, queries[i], words[i], WORD_MOST);
		if (given == -1)
			return -1;
		db_arg_text(&args, given == 1 ? words[i] : NULL);
	}
	return forward(req, reply, 200, name, &args);
}

int
forward_reason(struct request *req, struct reply *reply, int status,
    const char *name, const char *param)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;
	int rc;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, param));
	db_arg_text(&args, fields_text(&f, "reason", 1, 1000));
	if ((rc = fields_end(&f)) == 0)
		rc = forward(req, reply, status, name, &args);
	fields_free(&f);
	return rc;
}

int
forward_claim(struct request *req, struct reply *reply, const char *name,
    const char *param, const char *field)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf evidence = BUF_EMPTY;
	struct fields f;
	int rc;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, param));
	db_arg_text(&args, fields_text(&f, field, 1, 4000));
	db_arg_text(&args,
	    array_text(fields_hashes(&f, "evidence", 0, 100), &evidence));
	if ((rc = fields_end(&f)) == 0)
		rc = forward(req, reply, 201, name, &args);
	fields_free(&f);
	buf_free(&evidence);
	return rc;
}

int
forward_list(struct request *req, struct reply *reply, const char *name)
{
	static const char *const queries[] = { "state", "before", NULL };

	return forward_search(req, reply, name, queries);
}
