/*
 * Holds and measures end here and nowhere else: released, lifted, lifted on an
 * appeal or after a correction.
 */

#include <string.h>
#include <strings.h>

#include "authority/give_back.h"
#include "authority/signer.h"
#include "base/err.h"
#include "base/log.h"

/* A row of the statement order_given_back. */
enum {
	ACT,
	SUBJECT,
	PROPOSERS,
	APPROVERS,
	SINCE,
	URL,
	OTHER_URL,
	MEASURE,
	VERDICT
};

/* What the signed terms must say beside the address, unless it is "". */
static bool
says(const struct act *act, const char *name, const char *want)
{
	return want[0] == '\0' || strcmp(act_text(act, name), want) == 0;
}

static int
judge(struct authority *a, struct db_rows *r)
{
	struct four_eyes want = { .subject = row_text(r, 0, SUBJECT),
		.act = row_text(r, 0, ACT),
		.proposer = row_text(r, 0, PROPOSERS),
		.approver = row_text(r, 0, APPROVERS),
		.since_us = row_int(r, 0, SINCE) };
	struct act act;
	int rc = 0;

	if (four_eyes_find(a, &want, &act) == -1)
		return -1;
	/* a certificate is named in hex, in either case */
	if ((strcasecmp(act.url, row_text(r, 0, URL)) != 0 &&
		strcasecmp(act.url, row_text(r, 0, OTHER_URL)) != 0) ||
	    !says(&act, "measure", row_text(r, 0, MEASURE)) ||
	    !says(&act, "verdict", row_text(r, 0, VERDICT)))
		rc = err_set_code(ERR_DENIED, "ORDER_NOT_AS_SIGNED",
		    "%s of %s is not what %s signed", want.act, want.subject,
		    act.by.handle);
	act_free(&act);
	return rc;
}

int
give_back(struct authority *a, int64_t proposal)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int rc = -1;

	db_arg_int(&args, proposal);
	if ((r = db_query_one(a->db, "order_given_back", &args)) == NULL)
		return -1;
	if (judge(a, r) == -1)
		goto out;
	args = DB_ARGS_EMPTY;
	db_arg_int(&args, proposal);
	if (db_exec(a->db, "order_give_back_do", &args) == -1)
		goto out;
	log_write(
	    LOG_NOTE, "%s of %s", row_text(r, 0, ACT), row_text(r, 0, SUBJECT));
	rc = 0;
out:
	rows_free(r);
	return rc;
}
