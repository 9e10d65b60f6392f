/*
 * Challenges: 32 octets from us, so that a device proves that it is there now.
 *
 * One to each question, and so by one statement, which looks at who calls as it
 * is then.  Who may not ask is told why by the way that all others go.
 */

#include "api/auth.h"
#include "api/route.h"
#include "base/enc.h"
#include "db/conn.h"
#include "key/hash.h"
#include "registry/fields.h"

#define RANDOM 32

static void
answer(struct reply *reply, struct span value, const char *expires)
{
	struct buf json = BUF_EMPTY;

	buf_puts(&json, "{\"challenge\":\"");
	base64_encode(&json, value);
	buf_printf(&json, "\",\"expires\":\"%s\"}", expires);
	reply_json(reply, 201, buf_str(&json));
	buf_free(&json);
}

/* By itself, from the caller's certificate on. */
static struct db_rows *
add_alone(struct request *req, const uint8_t random[RANDOM])
{
	static const struct route afresh = { .roles = ROLE_OPERATOR };
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;

	if (auth_caller(&afresh, req) == -1 ||
	    db_begin_as(req->db, req->principal.id) == -1)
		return NULL;
	db_arg_bytes(&args, span_of(random, RANDOM));
	rows = db_query_one(req->db, "challenge_add_do", &args);
	if (rows == NULL) {
		db_rollback(req->db);
		return NULL;
	}
	if (db_commit(req->db) == 0)
		return rows;
	rows_free(rows);
	return NULL;
}

static struct db_rows *
add(struct request *req, const uint8_t random[RANDOM])
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;

	db_arg_bytes(&args,
	    span_of(req->principal.cert_sha256,
		sizeof(req->principal.cert_sha256)));
	db_arg_bytes(&args, span_of(random, RANDOM));
	rows = db_query_one(req->db, "challenge_add_shown_do", &args);
	if (rows == NULL || !row_null(rows, 0, 0))
		return rows;
	rows_free(rows);
	return add_alone(req, random);
}

static int
challenge_new(struct request *req, struct reply *reply)
{
	uint8_t random[RANDOM];
	struct db_rows *rows;

	hash_random(random, sizeof(random));
	if ((rows = add(req, random)) == NULL)
		return -1;
	answer(reply, row_bytes(rows, 0, 0), row_text(rows, 0, 1));
	rows_free(rows);
	return 0;
}

const struct route challenge_routes[] = {
	{ METHOD_POST, "/v1/challenges", ROLE_OPERATOR,
	    ROUTE_NO_TRANSACTION | ROUTE_CALLER_KEPT, 0, challenge_new,
	    "Get a challenge: 32 octets, one use, 300 seconds" },
	ROUTE_END,
};
