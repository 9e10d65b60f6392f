/*
 * /v1/standing: what was so of a device, signed.
 */

#include "api/decision.h"
#include "api/history.h"
#include "api/receipt.h"
#include "api/receipt_signer.h"
#include "api/route.h"
#include "base/err.h"
#include "db/conn.h"

/* What held, and the clock; NULL with the error. */
static struct db_rows *
ask(struct request *req)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct history_question q;

	if (history_question_read(req, &q, &args) == -1)
		return NULL;
	return db_query_one(req->db, "standing_answer", &args);
}

/* Sign it, and record that it was said. */
static int
say(struct request *req, const char *id, struct db_rows *rows)
{
	json_t *held = json_loads(row_text(rows, 0, 0), 0, NULL), *claims;
	struct db_args args = DB_ARGS_EMPTY;
	struct buf jws = BUF_EMPTY;
	int64_t signer;
	int rc = -1;

	if (held == NULL)
		return err_set(ERR_INTERNAL, "what held is no JSON");
	claims = receipt_standing_claims(decision_issuer(),
	    req->principal.organisation, id, row_time(rows, 0, 1), held);
	if (receipt_sign(req->db, claims, &jws, &signer) == 0) {
		db_arg_text(&args, id);
		db_arg_text(&args, buf_str(&jws));
		db_arg_int(&args, signer);
		rc = db_exec(req->db, "standing_add_do", &args) == -1 ? -1 : 0;
	}
	json_decref(claims);
	buf_free(&jws);
	return rc;
}

static int
standing_get(struct request *req, struct reply *reply)
{
	struct db_rows *rows = ask(req);
	char id[UUID_TEXT];
	int rc;

	if (rows == NULL)
		return -1;
	uuid_make(id);
	rc = say(req, id, rows);
	rows_free(rows);
	return rc == -1 ? -1 : receipt_reply_bundle(req, reply, id);
}

const struct route standing_routes[] = {
	{ METHOD_GET, "/v1/standing/{subject*}", ROLE_ANY, 0, 0, standing_get,
	    "What held of a subject, signed, as a bundle" },
	ROUTE_END,
};
