/*
 * Check 13's consent: does it hold for this device, this operator, now?
 */

#include <stdio.h>
#include <string.h>

#include "api/consent.h"
#include "registry/instance.h"

void
consent_ask(struct question *q)
{
	struct decision_consent *asked = &q->record.consent;
	struct consent *c = &q->consent;

	if (q->r.consent == NULL ||
	    consent_parse(span_str(q->r.consent), c) == -1)
		return;
	asked->signer = span_of(c->signer, sizeof(c->signer));
	asked->id = c->id;
	asked->certificate =
	    span_of(c->certificate_sha256, sizeof(c->certificate_sha256));
}

/* The device whose custody it is about, as the mode has it. */
static int64_t
subject(const struct question *q)
{
	const struct decision_side *platform = &q->record.platform;

	if (q->facts.mode != MODE_PLATFORM_ONLY)
		return q->record.tre.device;
	return platform->bound_to != 0 ? platform->bound_to : platform->device;
}

static const struct custody_facts *
custody(const struct question *q)
{
	return q->facts.mode != MODE_PLATFORM_ONLY ? &q->facts.tre.custody
						   : &q->facts.platform.custody;
}

/* It says what this question is about. */
static bool
is_about(const struct question *q)
{
	const struct consent *c = &q->consent;
	const char *asker = q->req->principal.organisation;

	return strcmp(c->audience, q->req->instance->url) == 0 &&
	    strcmp(c->target, asker) == 0 && strcmp(c->issuer, asker) != 0 &&
	    strcmp(c->issuer, q->r.current_operator) == 0;
}

/*
 * Whoever signed it may give it, and has not given it to anybody yet, as far as
 * a database that was ever put back to an earlier moment can know that.
 */
static bool
is_given(const struct question *q)
{
	const struct decision_consent *found = &q->record.consent;

	return found->good && !found->used &&
	    q->consent.iat > found->forgotten && found->device != 0 &&
	    found->device == subject(q) &&
	    strcmp(q->consent.issuer, found->issuer) == 0 &&
	    (found->custodian || custody(q)->holder == CUSTODY_IS_NOBODYS ||
		custody(q)->holder == CUSTODY_IS_OWN);
}

void
consent_judge(struct question *q)
{
	if (q->r.consent == NULL)
		return;
	q->facts.consent = CONSENT_IS_BAD;
	if (q->record.consent.id != NULL && is_about(q) && is_given(q) &&
	    consent_verify(&q->consent, buf_span(&q->record.consent.der),
		q->record.now) == 0)
		q->facts.consent = CONSENT_IS_GOOD;
}

void
consent_uses(const struct question *q, struct consent_use *u)
{
	memset(u, 0, sizeof(*u));
	if (q->facts.consent != CONSENT_IS_GOOD)
		return;
	u->organisation = q->record.consent.organisation;
	u->device = subject(q);
	(void)snprintf(u->id, sizeof(u->id), "%s", q->consent.id);
}

int
consent_use(struct db *db, const struct consent_use *u, const char *permit,
    struct span jws)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf text = BUF_EMPTY;
	int rc;

	if (u->organisation == 0)
		return 0;
	buf_put_span(&text, jws);
	db_arg_text(&args, permit);
	db_arg_int(&args, u->organisation);
	db_arg_text(&args, u->id);
	db_arg_int(&args, u->device);
	db_arg_text(&args, buf_str(&text));
	rc = db_exec(db, "consent_use_do", &args) == -1 ? -1 : 0;
	buf_free(&text);
	return rc;
}
