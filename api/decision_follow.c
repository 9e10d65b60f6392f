/*
 * What follows from a verdict, in the transaction that records it.
 */

#include <string.h>

#include "api/decision_follow.h"
#include "base/log.h"

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

/* The first permit puts a device into service; later ones ask nothing. */
void
decision_follows(const struct question *q, struct decision_follows *f)
{
	memset(f, 0, sizeof(*f));
	if (q->verdict.kind == VERDICT_PERMIT) {
		if (q->facts.mode != MODE_PLATFORM_ONLY &&
		    q->record.tre.not_in_service)
			f->serve[0] = q->record.tre.device;
		if (q->record.platform.not_in_service)
			f->serve[1] = q->record.platform.device;
		consent_uses(q, &f->consent);
		return;
	}
	if (is_clone(q)) {
		f->clone[0] = q->record.tre.device;
		f->clone[1] = q->record.platform.device;
	}
	if (q->facts.evidence.order == ORDER_IS_BACK)
		f->rewound = q->record.tre.device;
}

int
decision_follow_serve(struct db *db, const int64_t *devices, size_t n)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_array ids;
	size_t i;
	int rc = 0;

	db_array_begin(&ids, DB_INT8);
	for (i = 0; i < n; i++)
		if (devices[i] != 0)
			db_array_put_int8(&ids, devices[i]);
	if (ids.n > 0) {
		db_arg_array(&args, &ids);
		rc = db_exec(db, "device_serve_do", &args) == -1 ? -1 : 0;
	}
	db_array_free(&ids);
	return rc;
}

static int
report(struct db *db, const char *statement, const struct db_args *args,
    const char *what)
{
	struct db_rows *rows = db_query_one(db, statement, args);

	if (rows == NULL)
		return -1;
	if (!row_null(rows, 0, 0))
		log_write(LOG_ALARM, "%s: %s", row_text(rows, 0, 0), what);
	rows_free(rows);
	return 0;
}

int
decision_follow_clone(
    struct db *db, const struct decision_follows *f, const char *id)
{
	struct db_args shown = DB_ARGS_EMPTY, rewound = DB_ARGS_EMPTY;

	if (f->clone[0] != 0) {
		db_arg_text(&shown, id);
		db_arg_int(&shown, f->clone[0]);
		db_arg_int(&shown, f->clone[1]);
		if (report(db, "clone_shown_do", &shown,
			"a TrE signs in another terminal") == -1)
			return -1;
	}
	if (f->rewound == 0)
		return 0;
	db_arg_text(&rewound, id);
	db_arg_int(&rewound, f->rewound);
	return report(db, "clone_rewound_do", &rewound,
	    "the counters of a TrE's TPM went back");
}

int
decision_follow(struct question *q, const char *id)
{
	struct decision_follows f;

	decision_follows(q, &f);
	if (consent_use(q->req->db, &f.consent, id,
		span_str(q->r.consent != NULL ? q->r.consent : "")) == -1 ||
	    decision_follow_serve(q->req->db, f.serve, 2) == -1)
		return -1;
	return decision_follow_clone(q->req->db, &f, id);
}
