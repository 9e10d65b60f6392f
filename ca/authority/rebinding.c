/*
 * Terminals that go on with another TrE.
 */

#include <stdio.h>
#include <string.h>

#include "authority/rebinding.h"
#include "authority/signer.h"
#include "base/err.h"
#include "base/log.h"

/* Columns of the statement rebinding_signed. */
enum { TERMINAL, TRE, SINCE, OBSTACLE };

/* The register's words against what was signed, and the row against both. */
static bool
is_signed(const struct act *act, const char *number, struct db_rows *r,
    const struct row *row)
{
	char url[64];

	(void)snprintf(url, sizeof(url), "/v1/rebindings/%s/propose", number);
	return strcmp(act->url, url) == 0 &&
	    strcmp(act_text(act, "terminal"), row_text(r, 0, TERMINAL)) == 0 &&
	    strcmp(act_text(act, "tre"), row_text(r, 0, TRE)) == 0 &&
	    strcmp(row->id, row_text(r, 0, TERMINAL)) == 0;
}

static int
judge(
    struct authority *a, const char *number, struct db_rows *r, struct row *row)
{
	struct four_eyes want = { .subject = number,
		.act = "device_rebind",
		.proposer = "officer",
		.approver = "decider",
		.since = row_int(r, 0, SINCE) };
	struct act act;

	if (four_eyes_find(a, &want, &act) == -1) {
		if (err_kind() != ERR_DENIED)
			return -1;
		log_write(LOG_WARN, "%s", err_text());
		row_refuse(row, "REBINDING_NOT_SIGNED", "%s", err_text());
		return 0;
	}
	if (!is_signed(&act, number, r, row))
		row_refuse(row, "REBINDING_NOT_SIGNED",
		    "%s is not what %s signed", number, act.by.handle);
	/* It was approved for a terminal and a TrE that were good. */
	if (row_text(r, 0, OBSTACLE)[0] != '\0')
		row_refuse(
		    row, "REBINDING_OBSTACLE", "%s", row_text(r, 0, OBSTACLE));
	act_free(&act);
	return 0;
}

int
rebinding_judge(struct authority *a, const char *number, struct row *row)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int rc;

	if (number[0] == '\0' || row->reason != NULL)
		return 0;
	db_arg_text(&args, number);
	if ((r = db_query_one(a->db, "rebinding_signed", &args)) == NULL)
		return -1;
	rc = judge(a, number, r, row);
	rows_free(r);
	return rc;
}

int
rebinding_done(struct authority *a, const struct lot *l, const char *ids)
{
	struct db_args args = DB_ARGS_EMPTY;

	if (strcmp(ids, "{}") == 0)
		return 0;
	db_arg_int(&args, l->id);
	db_arg_text(&args, ids);
	return db_exec(a->db, "rebinding_done_do", &args) == -1 ? -1 : 0;
}
