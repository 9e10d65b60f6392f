/*
 * Asking the channels about one certificate, as anybody could.
 */

#include <stdlib.h>
#include <string.h>

#include "api/cli/channel.h"
#include "api/cli/fetch.h"
#include "base/err.h"
#include "kit/judge.h"
#include "revoke/status.h"
#include "x509/crl_read.h"
#include "x509/ocsp.h"

/*
 * The follower is told of an event at once, OCSP is cached for a second, a CRL
 * is made within a minute of a change and at least hourly, a number of the feed
 * within a minute.  A kit is made hourly, and may not lack what had happened by
 * then, be it in the same second.
 */
const char *const channel_names[CHANNELS] = { "index", "ocsp", "crl", "kit",
	"feed" };
const int channel_delay[CHANNELS] = { 5, 10, 75, -1, 60 };
#define CRL_AGE		(3600 + 900)
#define BASE_MADE	120 /* seconds in which a delta's base was made */
#define REMOVE_FROM_CRL 8

struct kept_crl {
	char *url;
	struct buf der;
	struct crl crl;
	char *why; /* it is not to be believed; malloc'd */
};

struct channels {
	struct status *index;
	const struct kit_chain *kit;
	struct kept_crl **crls;
	size_t ncrls;
};

struct channels *
channels_open(const char *status, const struct kit_chain *kit)
{
	struct channels *c = xcalloc(1, sizeof(*c));

	c->kit = kit;
	if (status != NULL)
		c->index = status_open_reader(status);
	return c;
}

void
channels_forget_crls(struct channels *c)
{
	size_t i;

	for (i = 0; i < c->ncrls; i++) {
		free(c->crls[i]->url);
		free(c->crls[i]->why);
		buf_free(&c->crls[i]->der);
		free(c->crls[i]);
	}
	free(c->crls);
	c->crls = NULL;
	c->ncrls = 0;
}

void
channels_free(struct channels *c)
{
	channels_forget_crls(c);
	if (c->index != NULL)
		status_free(c->index);
	free(c);
}

static int
wrong(struct told *t, const char *why)
{
	t->standing = STANDS_ELSE;
	t->why = xstrdup(why);
	return 0;
}

/* What stands for a reason that was not given. */
static void
take_reason(struct told *t, int reason, int64_t when)
{
	t->reason = reason < 0 ? 0 : reason;
	t->standing = t->reason == 6 ? STANDS_HELD : STANDS_REVOKED;
	t->when = when;
}

/* ---- the index */

static int
ask_index(struct channels *c, uint32_t issuer, uint64_t index, struct told *t)
{
	struct status_answer a;

	if (c->index == NULL)
		return -1;
	if (status_get(c->index, issuer, index, &a) == -1)
		return wrong(t, err_text());
	switch (a.state) {
	case STATUS_GOOD:
		break;
	case STATUS_HOLD:
	case STATUS_REVOKED:
		take_reason(t, a.reason, a.when);
		break;
	default:
		return wrong(
		    t, a.state == STATUS_VOID ? "void" : "never issued");
	}
	return 0;
}

/* ---- OCSP */

static int
ask_ocsp(const struct channel_question *q, struct told *t)
{
	const struct cert *cert = q->cert, *issuer = q->issuer;
	struct buf request = BUF_EMPTY, response = BUF_EMPTY;
	char *url = xasprintf(
	    "%.*s", (int)cert->ocsp_url.n, (const char *)cert->ocsp_url.p);
	struct ocsp_told o;
	int rc = 0;

	if (ocsp_request_write(cert->der, issuer->der, &request) == -1 ||
	    fetch_url(url, "application/ocsp-request", buf_span(&request),
		&response) == -1 ||
	    ocsp_response_read(
		buf_span(&response), cert->der, issuer->der, q->now, &o) == -1)
		rc = wrong(t, err_text());
	else if (o.verdict == OCSP_IS_REVOKED)
		take_reason(t, o.reason, o.when);
	else if (o.verdict == OCSP_IS_UNKNOWN)
		rc = wrong(t, "unknown");
	buf_free(&request);
	buf_free(&response);
	free(url);
	return rc;
}

/* ---- CRLs */

static int
judge_crl(
    struct kept_crl *k, bool delta, const struct cert *issuer, int64_t now)
{
	struct key *key;
	int rc;

	if ((delta ? crl_parse_delta(buf_span(&k->der), &k->crl)
		   : crl_parse(buf_span(&k->der), &k->crl)) == -1 ||
	    (key = key_from_spki(issuer->spki)) == NULL)
		return -1;
	rc = crl_verify(&k->crl, issuer, key);
	key_free(key);
	if (rc == 0 && k->crl.next_update <= now)
		return err_set(ERR_DENIED, "the CRL is over");
	if (rc == 0 && k->crl.this_update + CRL_AGE < now)
		return err_set(ERR_DENIED,
		    "the CRL is %lld minutes old, and one is made each hour",
		    (long long)(now - k->crl.this_update) / 60);
	return rc;
}

/* It stays where it is when another one is fetched. */
static struct kept_crl *
crl_at(struct channels *c, struct span at, bool delta,
    const struct cert *issuer, int64_t now)
{
	char *url = xasprintf("%.*s", (int)at.n, (const char *)at.p);
	struct kept_crl *k;
	size_t i;

	for (i = 0; i < c->ncrls; i++)
		if (strcmp(c->crls[i]->url, url) == 0) {
			free(url);
			return c->crls[i];
		}
	c->crls = xrealloc(c->crls, (c->ncrls + 1) * sizeof(*c->crls));
	k = c->crls[c->ncrls++] = xcalloc(1, sizeof(*k));
	k->url = url;
	if (fetch_url(url, NULL, span_str(""), &k->der) == -1 ||
	    judge_crl(k, delta, issuer, now) == -1)
		k->why = xasprintf(
		    "%s%s", delta ? "the delta CRL: " : "", err_text());
	return k;
}

/*
 * Whoever has an earlier complete one completes it with the delta.  It goes
 * with the complete one of the same number, which is placed a moment before it.
 */
static int
judge_delta(const struct crl *d, const struct crl *complete, int64_t now,
    struct told *t)
{
	if (!span_equal(d->url, complete->url) || d->scope != complete->scope)
		return wrong(t, "the delta CRL is about something else"), -1;
	if (d->base > complete->number)
		return wrong(t, "the delta CRL begins behind the CRL"), -1;
	if (d->number < complete->number &&
	    complete->this_update + channel_delay[CHANNEL_CRL] < now)
		return wrong(t, "the delta CRL is of an earlier CRL"), -1;
	return 0;
}

/*
 * What it says must be what the complete one says; and what became so since its
 * base must be in it, and what is good again: whoever has the base would have
 * it on hold for ever.  (A number is no less than the time when it was made.)
 */
static int
compare_delta(const struct crl *d, const struct channel_question *q, int found,
    const struct crl_entry *e, struct told *t)
{
	struct crl_entry change;
	int listed = crl_find(d, q->cert->serial, &change);
	int64_t since = found == 1 ? e->when : 0;

	if (listed == -1)
		return wrong(t, err_text());
	if (found == 0 && q->listed < d->this_update)
		since = q->listed;
	if (listed == 0 && (uint64_t)since > d->base + BASE_MADE)
		return wrong(t,
		    found == 1
			? "the delta CRL lacks it"
			: "the delta CRL does not say that it is good again");
	if (listed == 0)
		return 0;
	if (change.reason == REMOVE_FROM_CRL)
		return found == 0
		    ? 0
		    : wrong(t, "the delta CRL says that it is good again");
	return found == 1 && change.reason == e->reason &&
		change.when == e->when && change.invalidity == e->invalidity
	    ? 0
	    : wrong(t, "the delta CRL says something else");
}

static int
ask_delta(struct channels *c, const struct crl *complete,
    const struct channel_question *q, int found, const struct crl_entry *e,
    struct told *t)
{
	const struct kept_crl *k;

	if (complete->freshest.n == 0)
		return 0;
	k = crl_at(c, complete->freshest, true, q->issuer, q->now);
	if (k->why != NULL)
		return wrong(t, k->why);
	if (judge_delta(&k->crl, complete, q->now, t) == -1)
		return 0;
	return k->crl.number == complete->number
	    ? compare_delta(&k->crl, q, found, e, t)
	    : 0;
}

static int
ask_crl(struct channels *c, const struct channel_question *q, struct told *t)
{
	const struct cert *cert = q->cert;
	const struct kept_crl *k;
	struct crl_entry e;
	int found;

	if (cert->crl_url.n == 0)
		return -1;
	k = crl_at(c, cert->crl_url, false, q->issuer, q->now);
	if (k->why != NULL)
		return wrong(t, k->why);
	if (!crl_covers(&k->crl, cert))
		return wrong(t, "the CRL is not about it");
	if ((found = crl_find(&k->crl, cert->serial, &e)) == -1)
		return wrong(t, err_text());
	if (found == 1)
		take_reason(t, e.reason, e.when);
	return ask_delta(c, &k->crl, q, found, &e, t);
}

/* ---- the kit */

static int
ask_kit(const struct channels *c, const struct cert *cert, struct told *t)
{
	enum kit_gap gap;
	enum standing standing;

	if (c->kit->n == 0)
		return -1;
	standing = kit_judge_standing(c->kit, cert, &gap);
	if (gap != KIT_KNOWS)
		return -1;
	if (standing == STANDING_UNKNOWN)
		return wrong(t, "never issued");
	t->bare = true;
	t->standing = standing == STANDING_GOOD ? STANDS_GOOD
	    : standing == STANDING_ON_HOLD	? STANDS_HELD
						: STANDS_REVOKED;
	return 0;
}

int
channel_ask(struct channels *c, enum channel which,
    const struct channel_question *q, struct told *t)
{
	memset(t, 0, sizeof(*t));
	switch (which) {
	case CHANNEL_INDEX:
		return ask_index(c, q->issuer_id, q->index, t);
	case CHANNEL_OCSP:
		return q->cert->ocsp_url.n == 0 ? -1 : ask_ocsp(q, t);
	case CHANNEL_CRL:
		return ask_crl(c, q, t);
	case CHANNEL_KIT:
		return ask_kit(c, q->cert, t);
	default:
		return -1;
	}
}
