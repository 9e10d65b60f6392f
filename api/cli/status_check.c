/*
 * Comparing what the register says with what the world is told.
 */

#include <stdlib.h>
#include <string.h>

#include "api/cli/status_check.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/err.h"

#define TEXT 160

void
check_open(struct check *c, struct cli *cli, struct kit_chain *kit)
{
	char *folder = xasprintf("%s/status", cli->var);
	int i;

	memset(c, 0, sizeof(*c));
	c->cli = cli;
	c->kit = kit;
	c->kit_event = -1;
	c->asked = ~0u;
	c->channels = channels_open(folder, kit);
	c->issuers = json_object();
	c->differs = json_array();
	for (i = 0; i < CHANNELS; i++)
		c->seen[i] = -1;
	free(folder);
}

void
check_free(struct check *c)
{
	channels_free(c->channels);
	json_decref(c->issuers);
	json_decref(c->differs);
}

/* ---- a difference */

void
check_differs(struct check *c, const char *subject, enum channel which,
    const char *is, const char *says, int64_t told, bool late)
{
	char text[CLOCK_TEXT_MAX];

	late ? c->beyond++ : c->within++;
	(void)json_array_append_new(c->differs,
	    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "subject", subject,
		"channel", channel_names[which], "register", is, "told", says,
		"since", clock_write(told, text), "delay",
		late ? "beyond" : "within"));
}

static const char *
describe(const struct told *t, char out[TEXT])
{
	static const char *const reasons[] = { "unspecified", "keyCompromise",
		"cACompromise", "affiliationChanged", "superseded",
		"cessationOfOperation", "certificateHold", "7", "removeFromCRL",
		"privilegeWithdrawn", "aACompromise" };
	char when[CLOCK_TEXT_MAX];

	if (t->standing == STANDS_ELSE)
		(void)snprintf(out, TEXT, "%s", t->why);
	else if (t->standing == STANDS_GOOD)
		(void)snprintf(out, TEXT, "good");
	else if (t->bare)
		(void)snprintf(out, TEXT, "%s",
		    t->standing == STANDS_HELD ? "on_hold" : "revoked");
	else
		(void)snprintf(out, TEXT, "%s %s %s",
		    t->standing == STANDS_HELD ? "on_hold" : "revoked",
		    t->reason >= 0 && t->reason <= 10 ? reasons[t->reason]
						      : "?",
		    clock_write(t->when, when));
	return out;
}

static bool
agree(const struct told *a, const struct told *b)
{
	if (a->standing != b->standing || a->standing == STANDS_ELSE)
		return false;
	return a->standing == STANDS_GOOD || b->bare ||
	    (a->reason == b->reason && a->when == b->when);
}

/* ---- certificates */

struct subject {
	const char *serial;
	struct cert cert;
	uint32_t issuer;
	uint64_t index;
	struct told is;
	int64_t event, told, changed, listed, now;
};

int64_t
check_number(const json_t *o, const char *name)
{
	return json_integer_value(json_object_get(o, name));
}

static void
read_register(const json_t *o, struct subject *s)
{
	const char *state = cli_text(o, "state");

	memset(&s->is, 0, sizeof(s->is));
	s->is.standing = strcmp(state, "issued") == 0 ? STANDS_GOOD
	    : strcmp(state, "on_hold") == 0	      ? STANDS_HELD
						      : STANDS_REVOKED;
	s->is.reason = (int)check_number(o, "reason");
	s->is.when = check_number(o, "since");
	s->told = check_number(o, "told");
	s->event = check_number(o, "event");
	s->changed = check_number(o, "changed");
	s->listed = check_number(o, "listed");
}

/* It took no longer than until now. */
void
check_seen(struct check *c, enum channel which, int64_t changed, int64_t now)
{
	double took = (double)(now - changed);

	if (changed <= c->after[which])
		return;
	if (changed > c->newest[which])
		c->newest[which] = changed;
	if (took > c->seen[which])
		c->seen[which] = took;
}

static void
ask(struct check *c, enum channel which, const struct subject *s,
    const struct cert *issuer)
{
	char is[TEXT], says[TEXT];
	struct told t;

	if (channel_ask(c->channels, which,
		&(struct channel_question){
		    &s->cert, issuer, s->issuer, s->index, s->now, s->listed },
		&t) == -1)
		return;
	if (agree(&s->is, &t))
		check_seen(c, which, s->changed, s->now);
	else
		check_differs(c, s->serial, which, describe(&s->is, is),
		    describe(&t, says), s->told,
		    s->now > s->told + channel_delay[which]);
	free(t.why);
}

static int
read_der(const json_t *text, struct buf *der, struct cert *cert)
{
	if (!json_is_string(text) ||
	    base64_decode(der, span_str(json_string_value(text))) == -1)
		return err_set(ERR_INTERNAL, "an answer without a certificate");
	return cert_read(buf_span(der), cert);
}

/* Has the channel something to say of it? */
static bool
is_asked(const struct check *c, enum channel which, const struct subject *s,
    const json_t *ca)
{
	if ((c->asked & 1u << which) == 0)
		return false;
	switch (which) {
	case CHANNEL_CRL:
		/* of a root that is offline it comes with a ceremony */
		return !json_is_true(json_object_get(ca, "offline"));
	case CHANNEL_KIT:
		return s->event <= c->kit_event;
	default:
		return true;
	}
}

static int
check_one(struct check *c, const json_t *o, int64_t now)
{
	struct buf der = BUF_EMPTY, issuer_der = BUF_EMPTY;
	struct subject s = { .now = now, .serial = cli_text(o, "serial") };
	struct cert issuer;
	const json_t *ca;
	char id[24];
	int i, rc = -1;

	(void)snprintf(
	    id, sizeof(id), "%lld", (long long)check_number(o, "issuer"));
	ca = json_object_get(c->issuers, id);
	if (read_der(json_object_get(o, "certificate"), &der, &s.cert) == -1 ||
	    read_der(
		json_object_get(ca, "certificate"), &issuer_der, &issuer) == -1)
		goto out;
	rc = 0;
	if (s.cert.not_after <= now)
		goto out; /* nobody is told of what is over */
	s.issuer = (uint32_t)check_number(o, "issuer");
	s.index = (uint64_t)check_number(o, "index");
	read_register(o, &s);
	c->certificates++;
	for (i = 0; i < CHANNELS; i++)
		if (is_asked(c, (enum channel)i, &s, ca))
			ask(c, (enum channel)i, &s, &issuer);
out:
	buf_free(&der);
	buf_free(&issuer_der);
	return rc;
}

int
check_page(struct check *c, const json_t *page)
{
	const json_t *v;
	char id[24];
	size_t i;

	c->time = check_number(page, "time");
	json_array_foreach(json_object_get(page, "issuers"), i, v)
	{
		(void)snprintf(
		    id, sizeof(id), "%lld", (long long)check_number(v, "id"));
		(void)json_object_set(c->issuers, id, (json_t *)(uintptr_t)v);
	}
	json_array_foreach(json_object_get(page, "certificates"), i, v)
	{
		if (check_one(c, v, c->time) == -1)
			return -1;
	}
	return 0;
}
