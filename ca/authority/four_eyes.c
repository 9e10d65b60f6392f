/*
 * Two people's signatures behind one act.
 */

#include <stdio.h>
#include <string.h>

#include "authority/signer.h"
#include "base/enc.h"
#include "base/err.h"
#include "base/log.h"

static int proposal_holds(struct authority *, const struct four_eyes *,
    int64_t proposal, int64_t statement, struct act *);
static int approved(struct authority *, const struct four_eyes *,
    int64_t proposal, struct act *proposed);
static bool approves(const struct four_eyes *, int64_t proposal,
    const struct act *approval, const struct act *proposed);

int
four_eyes_find(
    struct authority *a, const struct four_eyes *want, struct act *proposed)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int i, found = 0;

	db_arg_text(&args, want->subject);
	db_arg_text(&args, want->act);
	if ((r = db_query(a->db, "proposals_approved", &args)) == NULL)
		return -1;
	for (i = 0; i < rows_count(r) && found == 0; i++)
		found = proposal_holds(
		    a, want, row_int(r, i, 0), row_int(r, i, 1), proposed);
	rows_free(r);
	if (found == 0)
		return err_set_code(ERR_DENIED, "NOT_SIGNED_BY_TWO",
		    "%s of %s is not signed by two people who may", want->act,
		    want->subject);
	if (found == -1)
		return -1;
	if (want->url == NULL || strcmp(proposed->url, want->url) == 0)
		return 0;
	err_set_code(ERR_DENIED, "ORDER_NOT_AS_SIGNED",
	    "%s of %s is not what %s signed", want->act, want->subject,
	    proposed->by.handle);
	act_free(proposed);
	return -1;
}

/* Is the role one of these, which have spaces between them? */
static bool
among(const char *roles, const char *role)
{
	size_t n = strlen(role);
	const char *p;

	for (p = roles; n > 0 && (p = strstr(p, role)) != NULL; p += n)
		if ((p == roles || p[-1] == ' ') &&
		    (p[n] == ' ' || p[n] == '\0'))
			return true;
	return false;
}

static bool
is_recent(const struct four_eyes *want, const struct act *act)
{
	return act->recorded >= want->since &&
	    act->recorded_us >= want->since_us;
}

/* A signature that is missing or wrong is an answer; the rest is a failure. */
static bool
is_answer(void)
{
	return err_kind() == ERR_DENIED || err_kind() == ERR_INPUT;
}

/* 1 when it holds, then proposed is filled; 0 when not; -1. */
static int
proposal_holds(struct authority *a, const struct four_eyes *want,
    int64_t proposal, int64_t statement, struct act *proposed)
{
	int rc;

	if (act_get(a, statement, proposed) == -1) {
		if (!is_answer())
			return -1;
		log_write(LOG_WARN, "proposal %lld (%s of %s): %s",
		    (long long)proposal, want->act, want->subject, err_text());
		return 0;
	}
	rc = among(want->proposer, proposed->by.role) &&
		is_recent(want, proposed)
	    ? approved(a, want, proposal, proposed)
	    : 0;
	if (rc != 1)
		act_free(proposed);
	return rc;
}

static int
approved(struct authority *a, const struct four_eyes *want, int64_t proposal,
    struct act *proposed)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	struct act approval;
	int i, rc = 0;

	db_arg_int(&args, proposal);
	if ((r = db_query(a->db, "proposal_approvals", &args)) == NULL)
		return -1;
	for (i = 0; i < rows_count(r) && rc == 0; i++) {
		if (act_get(a, row_int(r, i, 0), &approval) == -1) {
			if (!is_answer())
				rc = -1;
			else
				log_write(LOG_WARN,
				    "approval of proposal %lld: %s",
				    (long long)proposal, err_text());
			continue;
		}
		rc = approves(want, proposal, &approval, proposed);
		proposed->approved = approval.recorded;
		act_free(&approval);
	}
	rows_free(r);
	return rc;
}

/* By another, in the role for it, of these very octets. */
static bool
approves(const struct four_eyes *want, int64_t proposal,
    const struct act *approval, const struct act *proposed)
{
	struct buf hex = BUF_EMPTY;
	char url[64];
	bool same;

	(void)snprintf(url, sizeof(url), "/v1/proposals/%lld/approve",
	    (long long)proposal);
	hex_encode(&hex, span_of(proposed->body_sha256, 32));
	same = strcmp(act_text(approval, "terms_sha256"), buf_str(&hex)) == 0;
	buf_free(&hex);
	return same && among(want->approver, approval->by.role) &&
	    strcmp(approval->url, url) == 0 && is_recent(want, approval) &&
	    strcmp(approval->by.handle, proposed->by.handle) != 0 &&
	    strcmp(act_text(approval, "subject"), want->subject) == 0 &&
	    strcmp(act_text(approval, "act"), want->act) == 0 &&
	    strcmp(act_text(approval, "verdict"), "approve") == 0;
}
