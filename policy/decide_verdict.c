/*
 * Verdicts: what rules say, and what it comes to.
 */

#include "policy/decide_inside.h"

static void
add(enum reason *list, int *n, enum reason r)
{
	int i;

	for (i = 0; i < *n; i++)
		if (list[i] == r)
			return;
	if (*n < VERDICT_REASONS)
		list[(*n)++] = r;
}

void
judge_say(struct judgement *j, enum reason r)
{
	if (reason_get(r)->weight == WEIGHT_WARN)
		add(j->v->warnings, &j->v->nwarnings, r);
	else
		add(j->v->reasons, &j->v->nreasons, r);
}

void
judge_require(struct judgement *j, bool holds, enum reason otherwise)
{
	if (!holds)
		judge_say(j, otherwise);
}

bool
judge_with_tre(const struct facts *f)
{
	return f->mode != MODE_PLATFORM_ONLY;
}

static enum verdict_kind
weigh(const struct verdict *v)
{
	int i;

	for (i = 0; i < v->nreasons; i++)
		if (reason_get(v->reasons[i])->weight == WEIGHT_REFUSE)
			return VERDICT_REFUSE;
	return v->nreasons > 0 ? VERDICT_INDETERMINATE : VERDICT_PERMIT;
}

void
judge_conclude(struct judgement *j)
{
	struct verdict *v = j->v;

	if (v->nreasons == 0 && j->f->purpose == PURPOSE_PRECHECK)
		judge_say(j, PRECHECK_ONLY);
	v->kind = weigh(v);
	if (v->kind != VERDICT_PERMIT)
		v->nwarnings = 0;
}

const char *
verdict_text(enum verdict_kind kind)
{
	switch (kind) {
	case VERDICT_PERMIT:
		return "permit";
	case VERDICT_INDETERMINATE:
		return "indeterminate";
	case VERDICT_REFUSE:
		break;
	}
	return "refuse";
}
