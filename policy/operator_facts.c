/*
 * What operators' policies look at, as it is kept with a decision.
 */

#include <stdio.h>

#include "policy/facts.h"

static json_t *
write_coc(const struct coc_facts *c)
{
	return json_pack("{s:s, s:s, s:i, s:I, s:b, s:s, s:I}", "model",
	    c->model, "supplier", c->supplier, "level", c->level, "audited",
	    (json_int_t)c->audited, "self_declared", c->self_declared, "state",
	    coc_fact_text(c->now), "expires", (json_int_t)c->expires);
}

static int
read_coc(json_t *o, struct coc_facts *c)
{
	const char *model, *supplier, *state;
	json_int_t audited, expires;
	int self;

	if (json_unpack(o, "{s:s, s:s, s:i, s:I, s:b, s:s, s:I}", "model",
		&model, "supplier", &supplier, "level", &c->level, "audited",
		&audited, "self_declared", &self, "state", &state, "expires",
		&expires) == -1)
		return -1;
	(void)snprintf(c->model, sizeof(c->model), "%s", model);
	(void)snprintf(c->supplier, sizeof(c->supplier), "%s", supplier);
	c->audited = audited;
	c->expires = expires;
	c->self_declared = self != 0;
	c->now = coc_fact_find(state);
	return 0;
}

json_t *
operator_facts_write(const struct facts *f)
{
	json_t *o = json_pack("{s:s, s:I, s:b, s:o}", "validation",
	    validation_text(f->validation), "status_age",
	    (json_int_t)f->status_age, "consent", f->consent == CONSENT_IS_GOOD,
	    "platform", write_coc(&f->platform.model));

	if (f->mode != MODE_PLATFORM_ONLY) {
		(void)json_object_set_new(o, "tre", write_coc(&f->tre.model));
		(void)json_object_set_new(
		    o, "hardware_platform", write_coc(&f->hardware));
	}
	return o;
}

int
operator_facts_read(json_t *o, struct facts *f)
{
	const char *validation;
	json_int_t age;
	int consent;

	if (json_unpack(o, "{s:s, s:I, s:b}", "validation", &validation,
		"status_age", &age, "consent", &consent) == -1)
		return -1;
	f->consent = consent != 0 ? CONSENT_IS_GOOD : CONSENT_IS_ABSENT;
	f->validation = validation_find(validation);
	f->status_age = age;
	f->mode = json_object_get(o, "tre") == NULL ? MODE_PLATFORM_ONLY
						    : MODE_TRE_AND_PLATFORM;
	if (f->mode != MODE_PLATFORM_ONLY &&
	    (read_coc(json_object_get(o, "tre"), &f->tre.model) == -1 ||
		read_coc(json_object_get(o, "hardware_platform"),
		    &f->hardware) == -1))
		return -1;
	return read_coc(json_object_get(o, "platform"), &f->platform.model);
}
