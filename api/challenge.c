/*
 * Challenges: 32 octets from us, so that a device proves that it is there now.
 *
 * One to each question, and so by one statement for all that are asked for at
 * the same time, which looks at who calls as it is then.  Who may not ask is
 * told why by the way that all others go.
 */

#include <stdlib.h>
#include <string.h>

#include "api/auth.h"
#include "api/challenge.h"
#include "api/route.h"
#include "base/enc.h"
#include "db/conn.h"
#include "key/hash.h"

#define RANDOM 32

struct one {
	uint8_t certificate[HASH_SIZE]; /* of who asks */
	bool alone;
	struct buf answer;
};

static void
put_answer(struct buf *json, struct span value, const char *expires)
{
	buf_puts(json, "{\"challenge\":\"");
	base64_encode(json, value);
	buf_printf(json, "\",\"expires\":\"%s\"}", expires);
}

/* ---- by itself, from the caller's certificate on */

static struct db_rows *
add(struct request *req)
{
	struct db_args args = DB_ARGS_EMPTY;
	uint8_t random[RANDOM];

	hash_random(random, sizeof(random));
	db_arg_bytes(&args, span_of(random, RANDOM));
	return db_query_one(req->db, "challenge_add_do", &args);
}

static int
challenge_alone(struct request *req, struct reply *reply)
{
	static const struct route afresh = { .roles = ROLE_OPERATOR };
	struct buf json = BUF_EMPTY;
	struct db_rows *rows;
	int rc = -1;

	if (auth_caller(&afresh, req) == -1 ||
	    db_begin_as(req->db, req->principal.id) == -1)
		return -1;
	if ((rows = add(req)) == NULL)
		db_rollback(req->db);
	else if (db_commit(req->db) == 0) {
		put_answer(&json, row_bytes(rows, 0, 0), row_text(rows, 0, 1));
		rc = reply_json(reply, 201, buf_str(&json));
	}
	rows_free(rows);
	buf_free(&json);
	return rc;
}

/* ---- with those that came with it */

static void *
read_one(const struct request *req)
{
	struct one *one = xcalloc(1, sizeof(*one));

	memcpy(one->certificate, req->principal.cert_sha256, HASH_SIZE);
	return one;
}

static struct db_rows *
add_together(struct db *db, void *const *ones, size_t n)
{
	struct db_array certificates, randoms;
	struct db_args args = DB_ARGS_EMPTY;
	uint8_t random[QUEUE_TOGETHER * RANDOM];
	const struct one *one;
	struct db_rows *rows;
	size_t i;

	hash_random(random, n * RANDOM);
	db_array_begin(&certificates, DB_BYTEA);
	db_array_begin(&randoms, DB_BYTEA);
	for (i = 0; i < n; i++) {
		one = ones[i];
		db_array_put(
		    &certificates, span_of(one->certificate, HASH_SIZE));
		db_array_put(&randoms, span_of(random + i * RANDOM, RANDOM));
	}
	db_arg_array(&args, &certificates);
	db_arg_array(&args, &randoms);
	rows = db_query(db, "challenge_add_together_redo", &args);
	db_array_free(&certificates);
	db_array_free(&randoms);
	return rows;
}

/* What fails, fails for whatever comes: each is told so, and may ask again. */
static int
together(struct db *db, void *const *ones, size_t n)
{
	struct db_rows *rows = add_together(db, ones, n);
	struct one *one;
	size_t place;
	int i;

	if (rows == NULL)
		return -1;
	for (place = 0; place < n; place++)
		((struct one *)ones[place])->alone = true;
	for (i = 0; i < rows_count(rows); i++) {
		one = ones[row_int(rows, i, 0) - 1];
		one->alone = false;
		put_answer(
		    &one->answer, row_bytes(rows, i, 1), row_text(rows, i, 2));
	}
	rows_free(rows);
	return 0;
}

static bool
take(void *p, struct buf *answer)
{
	struct one *one = p;

	*answer = one->answer;
	one->answer = BUF_EMPTY;
	return !one->alone;
}

static void
free_one(void *p)
{
	struct one *one = p;

	buf_free(&one->answer);
	free(one);
}

struct queue challenge_queue = {
	.status = 201,
	.read = read_one,
	.together = together,
	.take = take,
	.free = free_one,
	.alone = challenge_alone,
};

static int
challenge_new(struct request *req, struct reply *reply)
{
	return queue_serve(&challenge_queue, req, reply);
}

const struct route challenge_routes[] = {
	{ METHOD_POST, "/v1/challenges", ROLE_OPERATOR,
	    ROUTE_NO_TRANSACTION | ROUTE_CALLER_KEPT, 0, challenge_new,
	    "Get a challenge: 32 octets, one use, 300 seconds" },
	ROUTE_END,
};
