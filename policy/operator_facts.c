/*
 * What operators' policies look at, as it is kept with a decision.
 */

#include <inttypes.h>
#include <stdio.h>

#include "policy/canon.h"
#include "policy/facts.h"

static void
write_coc(struct buf *out, const char *name, const struct coc_facts *c)
{
	buf_printf(out, ",\"%s\":{\"model\":", name);
	canon_write_text(out, c->model);
	buf_puts(out, ",\"supplier\":");
	canon_write_text(out, c->supplier);
	buf_printf(out,
	    ",\"level\":%d,\"audited\":%" PRId64
	    ",\"self_declared\":%s,\"state\":\"%s\",\"expires\":%" PRId64 "}",
	    c->level, c->audited, c->self_declared ? "true" : "false",
	    coc_fact_text(c->now), c->expires);
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

void
operator_facts_write(struct buf *out, const struct facts *f)
{
	buf_printf(out,
	    "{\"validation\":\"%s\",\"status_age\":%" PRId64 ",\"consent\":%s",
	    validation_text(f->validation), f->status_age,
	    f->consent == CONSENT_IS_GOOD ? "true" : "false");
	write_coc(out, "platform", &f->platform.model);
	if (f->mode != MODE_PLATFORM_ONLY) {
		write_coc(out, "tre", &f->tre.model);
		write_coc(out, "hardware_platform", &f->hardware);
	}
	buf_putc(out, '}');
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
