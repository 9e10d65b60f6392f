/*
 * What follows from a verdict, in the transaction that records it.
 */

#include "api/decision_follow.h"
#include "api/consent.h"
#include "base/err.h"
#include "base/log.h"

/* The first permit puts a device into service; later ones ask nothing. */
static int
serve(struct question *q)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf ids = BUF_EMPTY;
	bool tre =
	    q->facts.mode != MODE_PLATFORM_ONLY && q->record.tre.not_in_service;
	int rc;

	if (!tre && !q->record.platform.not_in_service)
		return 0;
	buf_printf(&ids, "{%lld,%lld}",
	    tre ? (long long)q->record.tre.device : 0,
	    (long long)q->record.platform.device);
	db_arg_text(&args, buf_str(&ids));
	rc = db_exec(q->req->db, "device_serve_do", &args) == -1 ? -1 : 0;
	buf_free(&ids);
	return rc;
}

/* Both keys signed, and the TrE belongs into another terminal: are there two?
 */
static bool
is_clone(const struct question *q)
{
	const struct facts *f = &q->facts;
	int i;

	for (i = 0; i < q->verdict.nreasons; i++)
		if (q->verdict.reasons[i] == TRE_BOUND_ELSEWHERE)
			return f->tre.possession && f->platform.possession;
	return false;
}

static int
report_clone(struct question *q, const char *id)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;

	db_arg_text(&args, id);
	db_arg_int(&args, q->record.tre.device);
	db_arg_int(&args, q->record.platform.device);
	rows = db_query_one(q->req->db, "clone_shown_do", &args);
	if (rows == NULL)
		return -1;
	if (!row_null(rows, 0, 0))
		log_write(LOG_ALARM, "%s: a TrE signs in another terminal",
		    row_text(rows, 0, 0));
	rows_free(rows);
	return 0;
}

int
decision_follow(struct question *q, const char *id)
{
	if (q->verdict.kind == VERDICT_PERMIT)
		return consent_use(q, id) == -1 ? -1 : serve(q);
	return is_clone(q) ? report_clone(q, id) : 0;
}
