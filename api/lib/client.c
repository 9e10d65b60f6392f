/*
 * libassay-client: a client, a challenge, a decision.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/lib/client_inside.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/err.h"
#include "base/io.h"
#include "base/text.h"
#include "key/hash.h"
#include "key/uuid.h"
#include "policy/reason.h"
#include "x509/oid.h"

#define CONNECT_MS    2000
#define ANSWER_MS     8000
#define PAUSE_MS      50 /* before the same again, then twice as long */
#define PAUSE_MOST_MS 400
#define CLOCKS_APART  60 /* seconds that ours and the API's may be */
#define ROOTS_FILE    (1024 * 1024)

const char *
assay_client_error_code(void)
{
	return err_code();
}

const char *
assay_client_error_text(void)
{
	return err_kind() == ERR_NONE ? "" : text_of_err(false);
}

int
assay_client_error_retry(void)
{
	return err_retry();
}

int
client_told(int rc)
{
	if (rc >= 0)
		err_forget();
	return rc;
}

/* ---- a client */

static int
check_options(const struct assay_client_options *o)
{
	if (o->url == NULL || strncmp(o->url, "https://", 8) != 0)
		return err_set_code(ERR_INPUT, "CLIENT_OPTIONS",
		    "url: the API's address begins with https://");
	if (o->operator_handle == NULL || o->certificate == NULL ||
	    o->key == NULL || o->roots == NULL)
		return err_set_code(ERR_INPUT, "CLIENT_OPTIONS",
		    "operator_handle, certificate, key and roots must be said");
	return 0;
}

static int
set_arc(const char *arc)
{
	if (arc == NULL || oid_set_arc(arc) == 0)
		return 0;
	return err_set_code(
	    ERR_INPUT, "CLIENT_OPTIONS", "oid_arc: %s", err_text());
}

static int
read_roots(const char *file, struct roots *roots)
{
	struct buf text = BUF_EMPTY;
	char why[256];
	int rc = io_read_file(file, ROOTS_FILE, &text);

	if (rc == 0)
		rc = roots_read(buf_span(&text), roots);
	buf_free(&text);
	if (rc == 0)
		return 0;
	(void)snprintf(why, sizeof(why), "%s", err_text());
	return err_set_code(ERR_INPUT, "CLIENT_OPTIONS", "roots: %s", why);
}

/* The API by its roots and no others, at that address and nowhere else. */
static void
set_curl(struct assay_client *c)
{
	static const char *const headers[] = { "Content-Type: application/json",
		"Accept: application/json", "Expect:" };
	size_t i;

	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		c->headers = curl_slist_append(c->headers, headers[i]);
	(void)curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, c->headers);
	(void)curl_easy_setopt(c->curl, CURLOPT_CAINFO, c->roots_file);
	(void)curl_easy_setopt(c->curl, CURLOPT_CAPATH, NULL);
	(void)curl_easy_setopt(c->curl, CURLOPT_SSLCERT, c->certificate);
	(void)curl_easy_setopt(c->curl, CURLOPT_SSLKEY, c->key);
	/* one that is encrypted by then is refused, and asks no terminal */
	(void)curl_easy_setopt(c->curl, CURLOPT_KEYPASSWD, "");
	(void)curl_easy_setopt(
	    c->curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_3);
	(void)curl_easy_setopt(c->curl, CURLOPT_SSL_VERIFYPEER, 1L);
	(void)curl_easy_setopt(c->curl, CURLOPT_SSL_VERIFYHOST, 2L);
	(void)curl_easy_setopt(c->curl, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_setopt(c->curl, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(c->curl, CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
	/* or it waits for whoever looks a name up, beyond all time-outs */
	(void)curl_easy_setopt(c->curl, CURLOPT_QUICK_EXIT, 1L);
#endif
	(void)curl_easy_setopt(
	    c->curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	(void)curl_easy_setopt(c->curl, CURLOPT_USERAGENT, "libassay-client/0");
}

/*
 * libcurl knows a connection, and what TLS goes on with, by the names of the
 * files: it would show the certificate of before, which counts for nothing any
 * more, for as long as it is asked often enough.
 */
void
client_follow_credential(struct assay_client *c)
{
	struct stat now;
	CURL *fresh;

	if (stat(c->certificate, &now) == -1 ||
	    (now.st_dev == c->shown.st_dev && now.st_ino == c->shown.st_ino &&
		now.st_mtim.tv_sec == c->shown.st_mtim.tv_sec &&
		now.st_mtim.tv_nsec == c->shown.st_mtim.tv_nsec) ||
	    (fresh = curl_easy_init()) == NULL)
		return;
	curl_easy_cleanup(c->curl);
	curl_slist_free_all(c->headers);
	c->headers = NULL;
	c->curl = fresh;
	c->shown = now;
	set_curl(c);
}

static int
start_curl(struct assay_client *c)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK &&
	    (c->curl = curl_easy_init()) != NULL)
		return 0;
	return err_set_code(
	    ERR_INTERNAL, "CLIENT_OPTIONS", "could not start libcurl");
}

struct assay_client *
assay_client_new(const struct assay_client_options *o)
{
	struct assay_client *c;

	if (check_options(o) == -1 || set_arc(o->oid_arc) == -1)
		return NULL;
	c = xcalloc(1, sizeof(*c));
	c->url = xstrdup(o->url);
	if (c->url[strlen(c->url) - 1] == '/')
		c->url[strlen(c->url) - 1] = '\0';
	c->issuer = xstrdup(o->issuer != NULL ? o->issuer : c->url);
	c->operator_handle = xstrdup(o->operator_handle);
	c->certificate = xstrdup(o->certificate);
	c->key = xstrdup(o->key);
	c->roots_file = xstrdup(o->roots);
	(void)stat(c->certificate, &c->shown);
	c->connect_ms = o->connect_ms > 0 ? o->connect_ms : CONNECT_MS;
	c->answer_ms = o->answer_ms > 0 ? o->answer_ms : ANSWER_MS;
	if (read_roots(o->roots, &c->roots) == -1 ||
	    client_credential_check(o->certificate, o->key) == -1 ||
	    start_curl(c) == -1) {
		assay_client_free(c);
		return NULL;
	}
	set_curl(c);
	err_forget();
	return c;
}

void
assay_client_free(struct assay_client *c)
{
	if (c == NULL)
		return;
	curl_easy_cleanup(c->curl);
	curl_slist_free_all(c->headers);
	roots_free(&c->roots);
	buf_free(&c->signer);
	buf_free(&c->signer_issuer);
	free(c->url);
	free(c->issuer);
	free(c->operator_handle);
	free(c->certificate);
	free(c->key);
	free(c->roots_file);
	free(c);
}

/* ---- asking */

/* As long as the API asks to be left alone for, if that is longer. */
static bool
may_wait(int64_t *pause, int64_t deadline)
{
	int64_t asked = (int64_t)err_retry() * 1000;

	if (asked > *pause)
		*pause = asked;
	return clock_ms() + *pause < deadline;
}

static void
wait_ms(int64_t ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	(void)nanosleep(&t, NULL);
}

int
client_ask(struct assay_client *c, const char *path, const char *body,
    size_t most, int64_t deadline, struct buf *out)
{
	int64_t pause = PAUSE_MS;
	int rc;

	while (
	    (rc = client_exchange(c, path, body, most, deadline, out)) == -1 &&
	    client_try_again() && may_wait(&pause, deadline)) {
		wait_ms(pause);
		pause = pause < PAUSE_MOST_MS ? 2 * pause : PAUSE_MOST_MS;
		buf_clear(out);
	}
	return rc;
}

static int
ask(struct assay_client *c, const char *path, const char *body,
    int64_t deadline, json_t **answer)
{
	struct buf json = BUF_EMPTY;
	int rc = client_ask(c, path, body, 2 * RECEIPT_MAX, deadline, &json);

	*answer = NULL;
	if (rc == 0) {
		*answer = json_loadb(
		    (const char *)json.p, json.n, JSON_REJECT_DUPLICATES, NULL);
		if (!json_is_object(*answer))
			rc = err_set_code(ERR_INPUT, "CLIENT_ANSWER",
			    "the answer is no JSON object");
	}
	buf_free(&json);
	return rc;
}

void
client_challenge_begin(struct assay_client_challenge *to)
{
	struct buf hex = BUF_EMPTY;
	uint8_t random[16];

	memset(to, 0, sizeof(*to));
	hash_random(random, sizeof(random));
	hex_encode(&hex, span_of(random, sizeof(random)));
	memcpy(to->nonce, buf_str(&hex), sizeof(to->nonce));
	uuid_make(to->request_id);
	buf_free(&hex);
}

int
assay_client_challenge(
    struct assay_client *c, struct assay_client_challenge *to)
{
	struct buf octets = BUF_EMPTY;
	json_t *answer;
	const char *text, *expires;
	int rc;

	client_challenge_begin(to);
	rc = ask(c, "/v1/challenges", "{}", clock_ms() + c->answer_ms, &answer);
	if (rc == 0) {
		text = json_string_value(json_object_get(answer, "challenge"));
		expires = json_string_value(json_object_get(answer, "expires"));
		if (text == NULL || expires == NULL ||
		    base64_decode(&octets, span_str(text)) == -1 ||
		    octets.n != sizeof(to->octets) ||
		    clock_parse(span_str(expires), &to->expires) == -1)
			rc = err_set_code(ERR_INPUT, "CLIENT_ANSWER",
			    "the answer is no challenge");
		else
			memcpy(to->octets, octets.p, octets.n);
	}
	buf_free(&octets);
	json_decref(answer);
	return client_told(rc);
}

int
assay_client_decide(struct assay_client *c,
    const struct assay_client_question *q, struct assay_client_answer *a)
{
	int64_t deadline = clock_ms() + c->answer_ms;
	json_t *answer = NULL;
	const char *receipt;
	struct asked asked;
	int rc;

	*a = (struct assay_client_answer){ .verdict =
					       ASSAY_CLIENT_INDETERMINATE };
	if ((rc = client_question_write(q, &asked)) == 0 &&
	    (rc = ask(c, "/v1/decisions", asked.body, deadline, &answer)) ==
		0) {
		receipt = json_string_value(json_object_get(answer, "receipt"));
		rc = receipt == NULL ? err_set_code(ERR_INPUT, "CLIENT_ANSWER",
					   "the answer has no receipt")
				     : client_receipt_verify(c, &asked,
					   span_str(receipt), deadline, a);
	}
	json_decref(answer);
	client_asked_free(&asked);
	return client_told(rc);
}

void
assay_client_answer_free(struct assay_client_answer *a)
{
	free(a->receipt);
	*a = (struct assay_client_answer){ .verdict =
					       ASSAY_CLIENT_INDETERMINATE };
}

int
assay_client_may_act(const struct assay_client_answer *a, int64_t now)
{
	/* by a clock that was put back it would last for ever */
	return a->verdict == ASSAY_CLIENT_PERMIT && a->receipt != NULL &&
	    now >= a->decided - CLOCKS_APART && now < a->act_until;
}

const char *
assay_client_sentence(const char *code)
{
	return reason_get(reason_find(code))->sentence;
}
