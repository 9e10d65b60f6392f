/*
 * Webhooks over HTTP.
 */

#include <curl/curl.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/address.h"
#include "api/notifier/sender.h"
#include "api/notifier/webhook.h"
#include "base/err.h"

#define TIMEOUT_MS  10000L
#define ANSWER_MOST 65536
#define FDS_MOST    4

struct attempt {
	struct delivery delivery;
	CURL *curl;
	struct curl_slist *headers;
	bool private_only; /* an address was refused */
	bool is_private;   /* may it go to any address? */
	size_t answered;   /* octets of the answer's body */
	struct attempt *next;
};

struct sender {
	CURLM *multi;
	struct attempt *first;
	int n;
	bool is_private;
	char ca[INSTANCE_PATH_MAX];
};

struct sender *
sender_open(const struct instance *in)
{
	struct sender *s = xcalloc(1, sizeof(*s));

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0 ||
	    (s->multi = curl_multi_init()) == NULL) {
		err_set(ERR_INTERNAL, "could not start libcurl");
		free(s);
		return NULL;
	}
	s->is_private = in->webhook_private;
	(void)snprintf(s->ca, sizeof(s->ca), "%s", in->webhook_ca);
	return s;
}

/* Out of the list; all that it held is gone. */
static void
forget(struct sender *s, struct attempt *a)
{
	struct attempt **p = &s->first;

	while (*p != a)
		p = &(*p)->next;
	*p = a->next;
	s->n--;
	if (a->curl != NULL) {
		(void)curl_multi_remove_handle(s->multi, a->curl);
		curl_easy_cleanup(a->curl);
	}
	curl_slist_free_all(a->headers);
	delivery_free(&a->delivery);
	free(a);
}

void
sender_drop(struct sender *s)
{
	while (s->first != NULL)
		forget(s, s->first);
}

void
sender_free(struct sender *s)
{
	if (s == NULL)
		return;
	sender_drop(s);
	(void)curl_multi_cleanup(s->multi);
	curl_global_cleanup();
	free(s);
}

int
sender_count(const struct sender *s)
{
	return s->n;
}

/* What it says is of no interest, and nobody may keep us listening. */
static size_t
take_answer(char *p, size_t size, size_t n, void *ctx)
{
	struct attempt *a = ctx;

	(void)p;
	a->answered += size * n;
	return a->answered > ANSWER_MOST ? 0 : size * n;
}

/* The address that a connection is really made to. */
static curl_socket_t
open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *at)
{
	struct attempt *a = ctx;

	(void)purpose;
	if (at->family != AF_INET && at->family != AF_INET6)
		return CURL_SOCKET_BAD;
	if (!a->is_private && !address_is_public(&at->addr)) {
		a->private_only = true;
		return CURL_SOCKET_BAD;
	}
	return socket(at->family, at->socktype | SOCK_CLOEXEC, at->protocol);
}

static void
add_header(struct attempt *a, const char *name, const char *value)
{
	char *line = xasprintf("%s: %s", name, value);

	a->headers = curl_slist_append(a->headers, line);
	free(line);
}

static void
set_headers(struct attempt *a, int64_t now)
{
	const struct delivery *d = &a->delivery;
	struct buf signatures = BUF_EMPTY;
	char time[24];

	(void)snprintf(time, sizeof(time), "%" PRId64, now);
	webhook_sign(&signatures, span_of(d->secret, DELIVERY_SECRET),
	    d->message, now, buf_span(&d->body));
	if (d->has_old_secret)
		webhook_sign(&signatures,
		    span_of(d->old_secret, DELIVERY_SECRET), d->message, now,
		    buf_span(&d->body));
	add_header(a, "Content-Type", "application/json");
	add_header(a, "webhook-id", d->message);
	add_header(a, "webhook-timestamp", time);
	add_header(a, "webhook-signature", buf_str(&signatures));
	add_header(a, "Expect", "");
	(void)curl_easy_setopt(a->curl, CURLOPT_HTTPHEADER, a->headers);
	buf_free(&signatures);
}

/* Where it may go, and how. */
static void
set_reach(struct attempt *a, const struct sender *s)
{
	CURL *c = a->curl;

	(void)curl_easy_setopt(
	    c, CURLOPT_PROTOCOLS_STR, s->is_private ? "https,http" : "https");
	(void)curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_setopt(c, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	(void)curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, a);
	(void)curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
	(void)curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
	(void)curl_easy_setopt(
	    c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (s->ca[0] != '\0') {
		(void)curl_easy_setopt(c, CURLOPT_CAINFO, s->ca);
		(void)curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
	}
}

static void
set_request(struct attempt *a)
{
	const struct delivery *d = &a->delivery;
	CURL *c = a->curl;

	(void)curl_easy_setopt(c, CURLOPT_PRIVATE, a);
	(void)curl_easy_setopt(c, CURLOPT_URL, d->url);
	(void)curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	/* a name that is still looked up at the end is left to its thread: to
	 * wait for it would keep all others waiting */
	(void)curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L);
	(void)curl_easy_setopt(
	    c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	(void)curl_easy_setopt(c, CURLOPT_USERAGENT, "assay-notifier");
	(void)curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
	(void)curl_easy_setopt(c, CURLOPT_POST, 1L);
	(void)curl_easy_setopt(c, CURLOPT_POSTFIELDS, (const char *)d->body.p);
	(void)curl_easy_setopt(
	    c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)d->body.n);
	(void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_answer);
	(void)curl_easy_setopt(c, CURLOPT_WRITEDATA, a);
}

void
sender_start(struct sender *s, const struct delivery *d, int64_t now)
{
	struct attempt *a = xcalloc(1, sizeof(*a));

	a->delivery = *d;
	a->is_private = s->is_private;
	a->next = s->first;
	s->first = a;
	s->n++;
	if ((a->curl = curl_easy_init()) == NULL)
		abort(); /* out of memory */
	set_request(a);
	set_reach(a, s);
	set_headers(a, now);
	(void)curl_multi_add_handle(s->multi, a->curl);
}

/*
 * For subscribers, who can name any host: what is said of one must not tell
 * them what only we can reach.  A name of ours that is not to be sent to is no
 * other case than one that there is not; and where any address may be sent to,
 * a port that is closed, one that is silent and one that speaks otherwise are
 * one.
 */
static const char *
no_answer(const struct attempt *a, CURLcode rc)
{
	if (a->is_private)
		return "there was no answer";
	if (strncmp(a->delivery.url, "https:", 6) != 0)
		return "this instance sends by https only";
	if (a->private_only || rc == CURLE_COULDNT_RESOLVE_HOST)
		return "the host has no address of the Internet";
	if (rc == CURLE_PEER_FAILED_VERIFICATION)
		return "the host's certificate is not trusted";
	if (rc == CURLE_OPERATION_TIMEDOUT)
		return "there was no answer in time";
	return "there was no answer";
}

static void
explain(struct outcome *o, const struct attempt *a, CURLcode rc)
{
	if (o->status >= 300 && o->status < 400)
		(void)snprintf(o->why, sizeof(o->why),
		    "answered %d: redirects are not followed", o->status);
	else if (o->status != 0)
		(void)snprintf(
		    o->why, sizeof(o->why), "answered %d", o->status);
	else
		(void)snprintf(o->why, sizeof(o->why), "%s", no_answer(a, rc));
	(void)snprintf(o->log, sizeof(o->log), "%s",
	    o->status != 0	  ? o->why
		: a->private_only ? "its address is a private one"
				  : curl_easy_strerror(rc));
}

static struct outcome
outcome_of(const struct attempt *a, CURLcode rc)
{
	struct outcome o = { .delivery = &a->delivery };
	curl_off_t after = 0;
	long status = 0;

	/* An answer that never ends, or breaks off in its body, has been given
	 * all the same: one that says "wait" (1xx) has not. */
	(void)curl_easy_getinfo(a->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status < 200)
		status = 0;
	(void)curl_easy_getinfo(a->curl, CURLINFO_RETRY_AFTER, &after);
	o.status = (int)status;
	o.retry_after = after;
	o.delivered = status >= 200 && status < 300;
	if (!o.delivered)
		explain(&o, a, rc);
	return o;
}

int
sender_turn(
    struct sender *s, int (*visit)(const struct outcome *, void *), void *ctx)
{
	struct attempt *a;
	struct outcome o;
	CURLMsg *msg;
	int left, rc = 0;

	(void)curl_multi_perform(s->multi, &left);
	while (
	    rc == 0 && (msg = curl_multi_info_read(s->multi, &left)) != NULL) {
		if (msg->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(
		    msg->easy_handle, CURLINFO_PRIVATE, (char **)&a);
		o = outcome_of(a, msg->data.result);
		rc = visit(&o, ctx);
		forget(s, a);
	}
	return rc;
}

void
sender_wait(struct sender *s, const int *fds, unsigned n, int timeout_ms)
{
	struct curl_waitfd waits[FDS_MOST];
	unsigned i, used = 0;

	for (i = 0; i < n && used < FDS_MOST; i++)
		if (fds[i] != -1)
			waits[used++] = (struct curl_waitfd){ .fd = fds[i],
				.events = CURL_WAIT_POLLIN };
	(void)curl_multi_poll(s->multi, waits, used, timeout_ms, NULL);
}
