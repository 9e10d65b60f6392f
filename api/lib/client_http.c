/*
 * One exchange with the API: over TLS with our certificate, to that address and
 * no other, in so much time and so many octets.
 */

#include <stdlib.h>
#include <string.h>

#include "api/lib/client_inside.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"

#define RETRY_MOST 86400 /* seconds: whoever says more says no */

struct exchange {
	struct assay_client *client;
	struct buf *out;
	size_t most;
	bool too_long;
};

static size_t
take(char *p, size_t size, size_t n, void *ctx)
{
	struct exchange *x = ctx;

	n *= size;
	if (n > x->most - x->out->n) {
		x->too_long = true;
		return 0;
	}
	buf_put(x->out, p, n);
	return n;
}

static int
no_answer(const struct exchange *x, CURLcode rc, const char *why)
{
	if (x->too_long)
		return err_set_code(ERR_INPUT, "CLIENT_ANSWER",
		    "the answer is longer than any may be");
	switch (rc) {
	case CURLE_OPERATION_TIMEDOUT:
		return err_set_code(
		    ERR_BUSY, "CLIENT_TIMEOUT", "no answer in time: %s", why);
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
		return err_set_code(
		    ERR_DENIED, "CLIENT_TLS", "no TLS with the API: %s", why);
	default:
		return err_set_code(ERR_BUSY, "CLIENT_UNREACHABLE",
		    "the API is not reached: %s", why);
	}
}

/*
 * A problem (RFC 9457) is told as it is: the last part of its type is a code.
 * What would steer a terminal in its sentence is taken out where that is told.
 */
static int
refused(long status, curl_off_t after, const struct buf *body)
{
	json_t *o = json_loadb(
	    (const char *)body->p, body->n, JSON_REJECT_DUPLICATES, NULL);
	const char *type = json_string_value(json_object_get(o, "type"));
	const char *detail = json_string_value(json_object_get(o, "detail"));
	const char *code = type != NULL ? strrchr(type, '/') : NULL;

	if (code == NULL || !text_is_code(code + 1))
		code = status >= 500 ? "/CLIENT_UNREACHABLE" : "/CLIENT_ANSWER";
	err_set_code(status >= 500 || status == 429 ? ERR_BUSY : ERR_DENIED,
	    code + 1, "the API answered %ld: %s", status,
	    detail != NULL ? detail : "and says not why");
	err_set_retry((int)(after < RETRY_MOST ? after : RETRY_MOST));
	json_decref(o);
	return -1;
}

static int
judge(struct assay_client *c, const struct buf *body)
{
	curl_off_t after = 0;
	long status = 0;
	char *type = NULL;

	(void)curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(c->curl, CURLINFO_CONTENT_TYPE, &type);
	(void)curl_easy_getinfo(c->curl, CURLINFO_RETRY_AFTER, &after);
	if (status != 200 && status != 201)
		return refused(status, after, body);
	if (type == NULL || strcmp(type, "application/json") != 0)
		return err_set_code(
		    ERR_INPUT, "CLIENT_ANSWER", "the answer is no JSON");
	return 0;
}

int
client_exchange(struct assay_client *c, const char *path, const char *body,
    size_t most, int64_t deadline, struct buf *out)
{
	struct exchange x = { .client = c, .out = out, .most = most };
	char why[CURL_ERROR_SIZE] = "";
	char *url = xasprintf("%s%s", c->url, path);
	int64_t left = deadline - clock_ms();
	CURLcode rc = CURLE_OPERATION_TIMEDOUT;

	client_follow_credential(c);
	(void)curl_easy_setopt(c->curl, CURLOPT_URL, url);
	(void)curl_easy_setopt(c->curl, CURLOPT_ERRORBUFFER, why);
	(void)curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, take);
	(void)curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, &x);
	(void)curl_easy_setopt(c->curl, CURLOPT_CONNECTTIMEOUT_MS,
	    c->connect_ms < left ? c->connect_ms : (long)left);
	(void)curl_easy_setopt(c->curl, CURLOPT_TIMEOUT_MS, (long)left);
	if (body != NULL) {
		(void)curl_easy_setopt(c->curl, CURLOPT_POST, 1L);
		(void)curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, body);
		(void)curl_easy_setopt(
		    c->curl, CURLOPT_POSTFIELDSIZE, (long)strlen(body));
	} else
		(void)curl_easy_setopt(c->curl, CURLOPT_HTTPGET, 1L);
	/* 0 would be for ever */
	if (left > 0)
		rc = curl_easy_perform(c->curl);
	(void)curl_easy_setopt(c->curl, CURLOPT_ERRORBUFFER, NULL);
	free(url);
	if (rc != CURLE_OK)
		return no_answer(
		    &x, rc, why[0] != '\0' ? why : curl_easy_strerror(rc));
	return judge(c, out);
}

bool
client_try_again(void)
{
	return err_kind() == ERR_BUSY;
}
