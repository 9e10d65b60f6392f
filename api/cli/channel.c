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
#define CRL_AGE (3600 + 900)

struct kept_crl {
	char *url;
	struct buf der;
	struct crl crl;
	char *why; /* it is not to be believed; malloc'd */
};

struct channels {
	struct status *index;
	const struct kit_chain *kit;
	struct kept_crl *crls;
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
		free(c->crls[i].url);
		free(c->crls[i].why);
		buf_free(&c->crls[i].der);
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
ask_ocsp(const struct cert *cert, const struct cert *issuer, int64_t now,
    struct told *t)
{
	struct buf request = BUF_EMPTY, response = BUF_EMPTY;
	char *url = xasprintf(
	    "%.*s", (int)cert->ocsp_url.n, (const char *)cert->ocsp_url.p);
	struct ocsp_told o;
	int rc = 0;

	if (ocsp_request_write(cert->der, issuer->der, &request) == -1 ||
	    fetch_url(url, "application/ocsp-request", buf_span(&request),
		&response) == -1 ||
	    ocsp_response_read(
		buf_span(&response), cert->der, issuer->der, now, &o) == -1)
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
judge_crl(struct kept_crl *k, const struct cert *issuer, int64_t now)
{
	struct key *key;
	int rc;

	if (crl_parse(buf_span(&k->der), &k->crl) == -1 ||
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

static const struct kept_crl *
crl_at(
    struct channels *c, const char *url, const struct cert *issuer, int64_t now)
{
	struct kept_crl *k;
	size_t i;

	for (i = 0; i < c->ncrls; i++)
		if (strcmp(c->crls[i].url, url) == 0)
			return &c->crls[i];
	c->crls = xrealloc(c->crls, (c->ncrls + 1) * sizeof(*c->crls));
	k = &c->crls[c->ncrls++];
	memset(k, 0, sizeof(*k));
	k->url = xstrdup(url);
	if (fetch_url(url, NULL, span_str(""), &k->der) == -1 ||
	    judge_crl(k, issuer, now) == -1)
		k->why = xstrdup(err_text());
	return k;
}

static int
ask_crl(struct channels *c, const struct cert *cert, const struct cert *issuer,
    int64_t now, struct told *t)
{
	char *url;
	const struct kept_crl *k;
	struct crl_entry e;
	int found;

	if (cert->crl_url.n == 0)
		return -1;
	url = xasprintf(
	    "%.*s", (int)cert->crl_url.n, (const char *)cert->crl_url.p);
	k = crl_at(c, url, issuer, now);
	free(url);
	if (k->why != NULL)
		return wrong(t, k->why);
	if (!crl_covers(&k->crl, cert))
		return wrong(t, "the CRL is not about it");
	if ((found = crl_find(&k->crl, cert->serial, &e)) == -1)
		return wrong(t, err_text());
	if (found == 1)
		take_reason(t, e.reason, e.when);
	return 0;
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
channel_ask(struct channels *c, enum channel which, const struct cert *cert,
    const struct cert *issuer, uint32_t issuer_id, uint64_t index, int64_t now,
    struct told *t)
{
	memset(t, 0, sizeof(*t));
	switch (which) {
	case CHANNEL_INDEX:
		return ask_index(c, issuer_id, index, t);
	case CHANNEL_OCSP:
		return cert->ocsp_url.n == 0 ? -1
					     : ask_ocsp(cert, issuer, now, t);
	case CHANNEL_CRL:
		return ask_crl(c, cert, issuer, now, t);
	case CHANNEL_KIT:
		return ask_kit(c, cert, t);
	default:
		return -1;
	}
}
