/*
 * Challenges: 32 octets from us, so that a device proves that it is there now.
 */

#include "api/route.h"
#include "base/enc.h"
#include "db/conn.h"
#include "key/hash.h"
#include "registry/fields.h"

static int
challenge_new(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf json = BUF_EMPTY;
	uint8_t value[32];
	struct db_rows *rows;

	hash_random(value, sizeof(value));
	db_arg_bytes(&args, span_of(value, sizeof(value)));
	if ((rows = db_query_one(req->db, "challenge_add_do", &args)) == NULL)
		return -1;
	buf_puts(&json, "{\"challenge\":\"");
	base64_encode(&json, span_of(value, sizeof(value)));
	buf_printf(&json, "\",\"expires\":\"%s\"}", row_text(rows, 0, 0));
	rows_free(rows);
	reply_json(reply, 201, buf_str(&json));
	buf_free(&json);
	return 0;
}

const struct route challenge_routes[] = {
	{ METHOD_POST, "/v1/challenges", ROLE_OPERATOR, 0, 0, challenge_new,
	    "Get a challenge: 32 octets, one use, 300 seconds" },
	ROUTE_END,
};
