/*
 * What a receipt says of the decision itself.
 */

#include "policy/receipt_inside.h"

static bool
put_codes(struct saying *s, const enum reason *list, int n)
{
	int i;

	buf_putc(s->out, '[');
	for (i = 0; i < n; i++) {
		if (i > 0)
			buf_putc(s->out, ',');
		(void)receipt_put_text(s, reason_get(list[i])->code);
	}
	buf_putc(s->out, ']');
	return true;
}

static bool
put_coc(struct saying *s, const struct coc_facts *c)
{
	bool canonical = s->batch != NULL;

	if (c->number[0] == '\0')
		return receipt_put_null(s);
	if (!canonical)
		receipt_put_named(s, "{\"number\":", c->number);
	receipt_put_named(s, canonical ? "{\"at_issue\":" : ",\"at_issue\":",
	    coc_fact_text(c->at_issue));
	receipt_put_named(s, ",\"now\":", coc_fact_text(c->now));
	if (canonical)
		receipt_put_named(s, ",\"number\":", c->number);
	buf_putc(s->out, '}');
	return true;
}

static bool
put_verdict(struct saying *s)
{
	return receipt_put_text(s, verdict_text(s->r->verdict->kind));
}

static bool
put_purpose(struct saying *s)
{
	return receipt_put_text(s, s->r->purpose);
}

static bool
put_mode(struct saying *s)
{
	return receipt_put_text(s, s->r->mode);
}

static bool
put_reasons(struct saying *s)
{
	return put_codes(s, s->r->verdict->reasons, s->r->verdict->nreasons);
}

static bool
put_warnings(struct saying *s)
{
	return put_codes(s, s->r->verdict->warnings, s->r->verdict->nwarnings);
}

static bool
put_request_id(struct saying *s)
{
	return receipt_put_text(s, s->r->request_id);
}

/* Cut off within a letter it is no text. */
static bool
put_detail(struct saying *s)
{
	json_t *text = s->r->detail != NULL ? json_string(s->r->detail) : NULL;
	bool good = text != NULL;

	json_decref(text);
	return good && receipt_put_text(s, s->r->detail);
}

static bool
put_request(struct saying *s)
{
	return receipt_put_hex(s, s->r->request);
}

static bool
put_transcript(struct saying *s)
{
	return receipt_put_hex(s, s->r->transcript);
}

static bool
put_tre(struct saying *s)
{
	return receipt_put_hex(s, s->r->tre);
}

static bool
put_platform(struct saying *s)
{
	return receipt_put_hex(s, s->r->platform);
}

static bool
put_tre_coc(struct saying *s)
{
	return put_coc(s, &s->r->facts->tre.model);
}

static bool
put_hardware_coc(struct saying *s)
{
	return put_coc(s, &s->r->facts->hardware);
}

static bool
put_platform_coc(struct saying *s)
{
	return put_coc(s, &s->r->facts->platform.model);
}

static bool
put_measures(struct saying *s)
{
	const struct facts *f = s->r->facts;
	int i;

	buf_putc(s->out, '[');
	for (i = 0; i < f->nmeasures; i++) {
		if (i > 0)
			buf_putc(s->out, ',');
		(void)receipt_put_text(s, f->measures[i].number);
	}
	buf_putc(s->out, ']');
	return true;
}

static bool
put_consent(struct saying *s)
{
	return s->r->consent != NULL ? receipt_put_text(s, s->r->consent)
				     : receipt_put_null(s);
}

static bool
put_floor(struct saying *s)
{
	return receipt_put_text(s, RECEIPT_FLOOR);
}

static bool
put_policy(struct saying *s)
{
	const struct operator_policy *p = s->r->facts->policy;
	bool canonical = s->batch != NULL;

	if (p == NULL || p->number[0] == '\0')
		return receipt_put_null(s);
	receipt_put_named(s, "{\"number\":", p->number);
	if (canonical)
		receipt_put_named(s, ",\"sha256\":", p->sha256);
	buf_puts(s->out, ",\"version\":");
	(void)receipt_put_number(s, p->version);
	if (!canonical)
		receipt_put_named(s, ",\"sha256\":", p->sha256);
	buf_putc(s->out, '}');
	return true;
}

static bool
put_event(struct saying *s)
{
	return receipt_put_number(s, s->r->event);
}

static bool
put_log(struct saying *s)
{
	return receipt_put_hex(s, s->r->event_sha256);
}

static bool
put_crl_number(struct saying *s)
{
	return receipt_put_number(s, s->r->crl_number);
}

static bool
put_evidence(struct saying *s)
{
	return receipt_put_text(
	    s, evidence_kind_text(s->r->facts->evidence.shown));
}

static const struct member decision_told[] = {
	{ "verdict", put_verdict },
	{ "purpose", put_purpose },
	{ "mode", put_mode },
	{ "reasons", put_reasons },
	{ "warnings", put_warnings },
	{ "request_id", put_request_id },
	{ "detail", put_detail },
	{ "request_sha256", put_request },
	{ "transcript_sha256", put_transcript },
	{ "tre_certificate_sha256", put_tre },
	{ "platform_certificate_sha256", put_platform },
	{ "tre_coc", put_tre_coc },
	{ "hardware_platform_coc", put_hardware_coc },
	{ "platform_coc", put_platform_coc },
	{ "measures", put_measures },
	{ "consent", put_consent },
	{ "floor", put_floor },
	{ "operator_policy", put_policy },
	{ "status_event", put_event },
	{ "status_log_sha256", put_log },
	{ "crl_number", put_crl_number },
	{ "evidence", put_evidence },
};

struct members receipt_decision = MEMBERS(decision_told);
