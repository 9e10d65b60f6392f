/*
 * Operators' policies: their terms, and check 14 of the decision.
 */

#include <stdio.h>
#include <string.h>

#include "policy/decide_inside.h"

const struct operator_policy operator_policy_floor = { .grace_days = -1 };

/* ---- the terms */

/* Each reads its term; false: it is of another kind. */
static bool
read_int(const json_t *v, int64_t least, int64_t most, int64_t *out)
{
	*out = json_integer_value(v);
	return json_is_integer(v) && *out >= least && *out <= most;
}

static bool
read_no(const json_t *v, bool *no)
{
	*no = json_is_false(v);
	return json_is_boolean(v);
}

static bool
read_yes(const json_t *v, bool *yes)
{
	*yes = json_is_true(v);
	return json_is_boolean(v);
}

static bool
is_list(const json_t *v)
{
	const json_t *text;
	size_t i;

	json_array_foreach(v, i, text)
	{
		if (!json_is_string(text))
			return false;
	}
	return json_is_array(v);
}

static bool
read_number(struct operator_policy *p, const char *name, const json_t *v)
{
	int64_t n;

	if (strcmp(name, "min_level") == 0 && read_int(v, 1, 4, &n))
		p->min_level = (int)n;
	else if (strcmp(name, "max_audit_age") == 0 && read_int(v, 1, 3650, &n))
		p->max_audit_age = (int)n;
	else if (strcmp(name, "grace_days") == 0 && read_int(v, 0, 365, &n))
		p->grace_days = (int)n;
	else if (strcmp(name, "max_status_age") == 0 &&
	    read_int(v, 1, 86400, &n))
		p->max_status_age = n;
	else
		return false;
	return true;
}

static bool
read_term(struct operator_policy *p, const char *name, const json_t *v)
{
	static const char *const lists[] = { "allowed_suppliers",
		"denied_suppliers", "allowed_models", "denied_models",
		"require_validation" };
	size_t i;

	if (strcmp(name, "accept_provisional") == 0)
		return read_no(v, &p->no_provisional);
	if (strcmp(name, "accept_self_declared_only") == 0)
		return read_no(v, &p->no_self_declared);
	if (strcmp(name, "platform_only") == 0)
		return read_no(v, &p->no_platform_only);
	if (strcmp(name, "require_consent") == 0)
		return read_yes(v, &p->wants_consent);
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (strcmp(name, lists[i]) == 0)
			return is_list(v);
	return read_number(p, name, v);
}

int
operator_policy_read(const char *json, struct operator_policy *p)
{
	json_t *root = json_loads(json, JSON_REJECT_DUPLICATES, NULL), *v;
	const char *number, *sha256, *name;
	int rc = -1;

	*p = operator_policy_floor;
	if (json_unpack(root, "{s:s, s:i, s:s, s:O}", "number", &number,
		"version", &p->version, "sha256", &sha256, "terms",
		&p->terms) == -1 ||
	    !json_is_object(p->terms))
		goto out;
	(void)snprintf(p->number, sizeof(p->number), "%s", number);
	(void)snprintf(p->sha256, sizeof(p->sha256), "%s", sha256);
	json_object_foreach(p->terms, name, v)
	{
		if (!read_term(p, name, v))
			goto out;
	}
	rc = 0;
out:
	json_decref(root);
	return rc;
}

void
operator_policy_free(struct operator_policy *p)
{
	json_decref(p->terms);
	p->terms = NULL;
}

/* Is the word in the list?  A list that is not there: otherwise. */
static bool
listed(const struct operator_policy *p, const char *list, const char *word,
    bool otherwise)
{
	const json_t *all = json_object_get(p->terms, list), *v;
	size_t i;

	if (all == NULL)
		return otherwise;
	json_array_foreach(all, i, v)
	{
		if (strcmp(json_string_value(v), word) == 0)
			return true;
	}
	return false;
}

/* May it be this one, by the allowed and the denied? */
static bool
takes_supplier(const struct operator_policy *p, const char *handle)
{
	return listed(p, "allowed_suppliers", handle, true) &&
	    !listed(p, "denied_suppliers", handle, false);
}

static bool
takes_model(const struct operator_policy *p, const char *handle)
{
	return listed(p, "allowed_models", handle, true) &&
	    !listed(p, "denied_models", handle, false);
}

/* By its word, such as "remote". */
static bool
takes_validation(const struct operator_policy *p, const char *word)
{
	return listed(p, "require_validation", word, true);
}

/* ---- check 14 */

static void
policy_coc(struct judgement *j, const struct coc_facts *c)
{
	const struct operator_policy *p = j->f->policy;
	enum coc_fact now = judge_coc_now(j, c);

	judge_require(j, c->level >= p->min_level, POLICY_LEVEL);
	judge_require(j, !p->no_provisional || now != COC_IS_PROVISIONAL,
	    POLICY_PROVISIONAL);
	judge_require(
	    j, !p->no_self_declared || !c->self_declared, POLICY_SELF_DECLARED);
	if (now == COC_IS_EXPIRED && p->grace_days >= 0)
		judge_require(j,
		    j->now < c->expires + (int64_t)p->grace_days * DAY,
		    POLICY_GRACE);
}

/* Of a device's own model: where it is made, and by whom. */
static void
policy_model(struct judgement *j, const struct coc_facts *c)
{
	const struct operator_policy *p = j->f->policy;

	policy_coc(j, c);
	judge_require(j, takes_supplier(p, c->supplier), POLICY_SUPPLIER);
	judge_require(j, takes_model(p, c->model), POLICY_MODEL);
	if (p->max_audit_age > 0)
		judge_require(j,
		    c->audited > j->now - (int64_t)p->max_audit_age * DAY,
		    POLICY_AUDIT_AGE);
}

/* A component: it is denied by name, and need not be named to be allowed. */
static void
policy_component(struct judgement *j, const struct coc_facts *c)
{
	const struct operator_policy *p = j->f->policy;

	policy_coc(j, c);
	judge_require(j, !listed(p, "denied_suppliers", c->supplier, false),
	    POLICY_SUPPLIER);
	judge_require(
	    j, !listed(p, "denied_models", c->model, false), POLICY_MODEL);
}

void
check_policy(struct judgement *j)
{
	const struct facts *f = j->f;
	const struct operator_policy *p = f->policy;

	if (p == NULL) {
		judge_say(j, POLICY_UNKNOWN);
		return;
	}
	if (judge_with_tre(f)) {
		policy_component(j, &f->hardware);
		policy_model(j, &f->tre.model);
	} else
		judge_require(j, !p->no_platform_only, POLICY_MODE);
	policy_model(j, &f->platform.model);
	if (f->purpose != PURPOSE_PRECHECK)
		judge_require(j,
		    takes_validation(p, validation_text(f->validation)),
		    POLICY_VALIDATION);
	judge_require(j,
	    !p->wants_consent || f->purpose != PURPOSE_CHANGE_OF_OPERATOR ||
		f->consent == CONSENT_IS_GOOD,
	    POLICY_CONSENT);
	judge_require(j,
	    p->max_status_age == 0 || f->status_age <= p->max_status_age,
	    STATUS_STALE);
}
