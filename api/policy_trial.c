/*
 * A policy tried on earlier decisions.
 */

#include <string.h>

#include "api/policy_trial.h"
#include "base/err.h"
#include "policy/decide.h"

#define CHANGED_MOST 100

enum policy_column { TERMS, PURPOSE, ORGANISATION };
enum column { DECISION, VERDICT, REASONS, LOOKED_AT, AT, CREATED };

struct trial {
	struct operator_policy policy;
	enum purpose purpose;
	int ndecisions;
	int before[VERDICT_PERMIT + 1], after[VERDICT_PERMIT + 1];
	int reasons[REASON_COUNT];
	json_t *changed;
};

/* The reasons that it had, of which a newer program may know fewer. */
static void
read_reasons(const char *text, struct verdict *was)
{
	json_t *list = json_loads(text, 0, NULL), *code;
	size_t i;

	json_array_foreach(list, i, code)
	{
		if (was->nreasons < VERDICT_REASONS)
			was->reasons[was->nreasons++] =
			    reason_find(json_string_value(code));
	}
	json_decref(list);
}

static enum verdict_kind
read_verdict(const char *text)
{
	int kind = VERDICT_PERMIT;

	while (kind > VERDICT_REFUSE &&
	    strcmp(text, verdict_text((enum verdict_kind)kind)) != 0)
		kind--;
	return (enum verdict_kind)kind;
}

static json_t *
codes(const struct verdict *v)
{
	json_t *list = json_array();
	int i;

	for (i = 0; i < v->nreasons; i++)
		(void)json_array_append_new(
		    list, json_string(reason_get(v->reasons[i])->code));
	return list;
}

/* -1: it keeps nothing that could be judged. */
static int
try_one(struct trial *t, const struct db_rows *rows, int row)
{
	json_t *looked_at = json_loads(row_text(rows, row, LOOKED_AT), 0, NULL);
	struct verdict was = { .nreasons = 0 }, v = was;
	struct facts f = { .purpose = t->purpose, .policy = &t->policy };
	int i, rc = operator_facts_read(looked_at, &f);

	json_decref(looked_at);
	if (rc == -1)
		return -1;
	was.kind = read_verdict(row_text(rows, row, VERDICT));
	read_reasons(row_text(rows, row, REASONS), &was);
	decide_policy(&f, row_time(rows, row, AT), &was, &v);
	t->ndecisions++;
	t->before[was.kind]++;
	t->after[v.kind]++;
	for (i = 0; i < v.nreasons; i++)
		t->reasons[v.reasons[i]]++;
	if (v.kind != was.kind && json_array_size(t->changed) < CHANGED_MOST)
		(void)json_array_append_new(t->changed,
		    json_pack("{s:s, s:s, s:s, s:s, s:o}", "decision",
			row_text(rows, row, DECISION), "created",
			row_text(rows, row, CREATED), "verdict",
			verdict_text(was.kind), "would_be",
			verdict_text(v.kind), "reasons", codes(&v)));
	return 0;
}

static json_t *
verdicts(const int n[VERDICT_PERMIT + 1])
{
	return json_pack("{s:i, s:i, s:i}", "permit", n[VERDICT_PERMIT],
	    "refuse", n[VERDICT_REFUSE], "indeterminate",
	    n[VERDICT_INDETERMINATE]);
}

static json_t *
outcome(struct trial *t, const char *purpose)
{
	json_t *reasons = json_object();
	int r;

	for (r = REASON_NONE + 1; r < REASON_COUNT; r++)
		if (t->reasons[r] > 0 &&
		    reason_get((enum reason)r)->check == 14)
			(void)json_object_set_new(reasons,
			    reason_get((enum reason)r)->code,
			    json_integer(t->reasons[r]));
	return json_pack("{s:s, s:s, s:i, s:o, s:o, s:o, s:O}", "policy",
	    t->policy.number, "purpose", purpose, "decisions", t->ndecisions,
	    "before", verdicts(t->before), "after", verdicts(t->after),
	    "reasons", reasons, "changed", t->changed);
}

static int
try_all(struct db *db, struct trial *t, struct db_rows *policy, int last)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;
	int i;

	db_arg_text(&args, row_text(policy, 0, ORGANISATION));
	db_arg_text(&args, row_text(policy, 0, PURPOSE));
	db_arg_int(&args, last);
	rows = db_query(db, "operator_policy_decisions", &args);
	if (rows == NULL)
		return -1;
	for (i = 0; i < rows_count(rows); i++)
		(void)try_one(t, rows, i);
	rows_free(rows);
	return 0;
}

int
policy_trial(struct db *db, const char *number, int last, json_t **out)
{
	struct trial t = { .ndecisions = 0 };
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *policy;
	int rc = -1;

	db_arg_text(&args, number);
	policy = db_query_one(db, "operator_policy_terms", &args);
	if (policy == NULL)
		return -1;
	t.changed = json_array();
	t.purpose = purpose_find(row_text(policy, 0, PURPOSE));
	if (operator_policy_read(row_text(policy, 0, TERMS), &t.policy) == -1)
		err_set(ERR_INTERNAL, "%s says what cannot be read", number);
	else
		rc = try_all(db, &t, policy, last);
	if (rc == 0)
		*out = outcome(&t, row_text(policy, 0, PURPOSE));
	json_decref(t.changed);
	operator_policy_free(&t.policy);
	rows_free(policy);
	return rc;
}
