/*
 * Comparing what the register says with what the world is told.
 */

#include <stdlib.h>
#include <string.h>

#include "api/cli/feed_file.h"
#include "api/cli/offline.h"
#include "api/cli/status_check.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/err.h"

#define FEED_DELAY 60
#define TEXT	   160

void
check_open(struct check *c, struct cli *cli)
{
	char *folder = xasprintf("%s/status", cli->var);
	int i;

	memset(c, 0, sizeof(*c));
	c->cli = cli;
	c->channels = channels_open(folder);
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

static void
differs(struct check *c, const char *subject, const char *channel,
    const char *is, const char *says, int64_t told, bool late)
{
	char text[CLOCK_TEXT_MAX];

	late ? c->beyond++ : c->within++;
	(void)json_array_append_new(c->differs,
	    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "subject", subject,
		"channel", channel, "register", is, "told", says, "since",
		clock_write(told, text), "delay", late ? "beyond" : "within"));
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
	return a->standing == STANDS_GOOD ||
	    (a->reason == b->reason && a->when == b->when);
}

/* ---- certificates */

struct subject {
	const char *serial;
	struct cert cert;
	uint32_t issuer;
	uint64_t index;
	struct told is;
	int64_t told, now;
};

static int64_t
number(const json_t *o, const char *name)
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
	s->is.reason = (int)number(o, "reason");
	s->is.when = number(o, "since");
	s->told = number(o, "told");
}

/* The newest change that this channel shows: it took no longer than until now.
 */
static void
note_seen(struct check *c, enum channel which, const struct subject *s)
{
	if (s->told <= c->newest[which])
		return;
	c->newest[which] = s->told;
	c->seen[which] = (double)(s->now - s->told);
}

static void
ask(struct check *c, enum channel which, const struct subject *s,
    const struct cert *issuer)
{
	char is[TEXT], says[TEXT];
	struct told t;

	if (channel_ask(c->channels, which, &s->cert, issuer, s->issuer,
		s->index, s->now, &t) == -1)
		return;
	if (agree(&s->is, &t))
		note_seen(c, which, s);
	else
		differs(c, s->serial, channel_names[which],
		    describe(&s->is, is), describe(&t, says), s->told,
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

static int
check_one(struct check *c, const json_t *o, int64_t now)
{
	struct buf der = BUF_EMPTY, issuer_der = BUF_EMPTY;
	struct subject s = { .now = now, .serial = cli_text(o, "serial") };
	struct cert issuer;
	const json_t *ca;
	char id[24];
	int i, rc = -1;

	(void)snprintf(id, sizeof(id), "%lld", (long long)number(o, "issuer"));
	ca = json_object_get(c->issuers, id);
	if (read_der(json_object_get(o, "certificate"), &der, &s.cert) == -1 ||
	    read_der(
		json_object_get(ca, "certificate"), &issuer_der, &issuer) == -1)
		goto out;
	rc = 0;
	if (s.cert.not_after <= now)
		goto out; /* nobody is told of what is over */
	s.issuer = (uint32_t)number(o, "issuer");
	s.index = (uint64_t)number(o, "index");
	read_register(o, &s);
	c->certificates++;
	for (i = 0; i < CHANNELS; i++)
		/* the CRL of a root that is offline comes with a ceremony */
		if (i != CHANNEL_CRL ||
		    (!c->no_crls &&
			!json_is_true(json_object_get(ca, "offline"))))
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

	json_array_foreach(json_object_get(page, "issuers"), i, v)
	{
		(void)snprintf(
		    id, sizeof(id), "%lld", (long long)number(v, "id"));
		(void)json_object_set(c->issuers, id, (json_t *)(uintptr_t)v);
	}
	json_array_foreach(json_object_get(page, "certificates"), i, v)
	{
		if (check_one(c, v, number(page, "time")) == -1)
			return -1;
	}
	return 0;
}

/* ---- the feed */

static int
verify_under(const void *feed, struct span root)
{
	return feed_verify(feed, root);
}

static int
get_feed(struct check *c, struct feed_file *f, int64_t now)
{
	struct roots roots;
	int rc = -1;

	memset(&roots, 0, sizeof(roots));
	if (feed_file_fetch(c->cli, "latest", f) == 0 &&
	    offline_roots(c->cli, &roots) == 0 &&
	    offline_under(&roots, "FEED_SIGNER", verify_under, &f->feed) !=
		NULL)
		rc = feed_fresh(&f->feed, now);
	roots_free(&roots);
	return rc;
}

static const char *
state_in(const json_t *feed, const char *measure)
{
	const json_t *v;
	size_t i;

	json_array_foreach(json_object_get(feed, "measures"), i, v)
	{
		if (strcmp(cli_text(v, "measure"), measure) == 0)
			return cli_text(json_object_get(v, "current"), "state");
	}
	return "missing";
}

void
check_feed(struct check *c, const json_t *page)
{
	struct feed_file f = FEED_FILE_EMPTY;
	int64_t now = number(page, "time"), told;
	const char *is, *says;
	const json_t *v;
	size_t i;

	if (get_feed(c, &f, now) == -1)
		differs(c, "latest", "feed", "in force", err_text(), now, true);
	else
		json_array_foreach(json_object_get(page, "measures"), i, v)
		{
			c->measures++;
			is = cli_text(v, "state");
			says = state_in(f.feed.claims, cli_text(v, "number"));
			told = number(v, "told");
			if (strcmp(is, says) != 0)
				differs(c, cli_text(v, "number"), "feed", is,
				    says, told, now > told + FEED_DELAY);
		}
	feed_file_free(&f);
}
