/*
 * The API's client: mutual TLS as the credential --as, by libcurl.
 */

#include <sys/stat.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>

#include "api/cli/client.h"
#include "base/err.h"
#include "base/io.h"
#include "registry/instance.h"

/* A decision or a table is small; results of lots go to a file. */
#define ANSWER_MAX (256u * 1024 * 1024)
#define RETRY_MOST 86400

struct exchange {
	CURL *curl;
	struct curl_slist *headers;
	const struct client_call *call;
	struct client_reply *reply;
	struct cli_progress *progress;
	FILE *upload;
	curl_off_t upload_size;
	char *url, *ca, *cert, *key, *statement;
	char why[CURL_ERROR_SIZE];
};

char *
cli_credential(const struct cli *cli, const char *name, const char *suffix)
{
	return xasprintf("%s/credentials/%s%s", cli->var, name, suffix);
}

char *
cli_device(const struct cli *cli, const char *id, const char *suffix)
{
	return xasprintf("%s/devices/%s%s", cli->var, id, suffix);
}

char *
cli_url(const struct cli *cli)
{
	char *path;
	struct instance in;
	int rc;

	if (cli->url != NULL)
		return xstrdup(cli->url);
	path = xasprintf("%s/assay.cnf", cli->var);
	rc = instance_open(path, &in);
	if (rc == -1 && err_kind() == ERR_ABSENT)
		cli_usage("there is no %s: say --var FOLDER or --url URL, or "
			  "start an instance by `make run`",
		    path);
	free(path);
	return rc == -1 ? NULL : xstrdup(in.url);
}

const char *
cli_escape(const char *s)
{
	static struct buf ring[8];
	static unsigned turn;
	struct buf *b = &ring[turn++ % 8];

	buf_clear(b);
	for (; *s != '\0'; s++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXY"
			   "Z0123456789-._~",
			*s) != NULL)
			buf_putc(b, *s);
		else
			buf_printf(b, "%%%02X", (unsigned char)*s);
	return buf_str(b);
}

static size_t
take_body(char *p, size_t size, size_t n, void *ctx)
{
	struct exchange *x = ctx;
	long status = 0;

	(void)curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &status);
	n *= size;
	if (x->call->save_fd > 0 && status >= 200 && status < 300)
		return io_write_all(x->call->save_fd, span_of(p, n)) == 0 ? n
									  : 0;
	if (x->reply->body.n + n > ANSWER_MAX)
		return 0;
	buf_put(&x->reply->body, p, n);
	return n;
}

static size_t
give_body(char *p, size_t size, size_t n, void *ctx)
{
	return fread(p, 1, size * n, ((struct exchange *)ctx)->upload);
}

static int
show_progress(void *ctx, curl_off_t dl_total, curl_off_t dl,
    curl_off_t ul_total, curl_off_t ul)
{
	struct exchange *x = ctx;

	(void)dl_total;
	(void)dl;
	if (x->progress != NULL && ul_total > 0)
		cli_progress_set(x->progress, (double)ul);
	return 0;
}

static void
add_header(struct exchange *x, const char *name, const char *value)
{
	char *line = xasprintf("%s: %s", name, value);

	x->headers = curl_slist_append(x->headers, line);
	free(line);
}

/* Our root and no other; TLS 1.3; the credential, if one is named. */
static int
set_tls(struct exchange *x, const struct cli *cli)
{
	x->ca = cli_credential(cli, "root", ".crt");
	(void)curl_easy_setopt(x->curl, CURLOPT_CAINFO, x->ca);
	(void)curl_easy_setopt(x->curl, CURLOPT_CAPATH, NULL);
	(void)curl_easy_setopt(
	    x->curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_3);
	if (cli->as[0] == '\0')
		return 0;
	x->cert = cli_credential(cli, cli->as, ".crt");
	x->key = cli_credential(cli, cli->as, ".key");
	if (access(x->cert, R_OK) == -1 || access(x->key, R_OK) == -1)
		return cli_usage("there is no credential \"%s\": %s and .key "
				 "must be readable",
		    cli->as, x->cert);
	(void)curl_easy_setopt(x->curl, CURLOPT_SSLCERT, x->cert);
	(void)curl_easy_setopt(x->curl, CURLOPT_SSLKEY, x->key);
	return 0;
}

static int
open_upload(struct exchange *x)
{
	struct stat st;

	if ((x->upload = fopen(x->call->body_file, "rb")) == NULL ||
	    fstat(fileno(x->upload), &st) == -1)
		return err_set(ERR_ABSENT, "could not open %s: %s",
		    x->call->body_file, strerror(errno));
	x->upload_size = st.st_size;
	return 0;
}

/* Method and body; a POST is signed unless its route takes no statement. */
static int
set_body(struct exchange *x, struct cli *cli)
{
	const struct client_call *call = x->call;
	CURL *c = x->curl;

	(void)curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, call->method);
	if (strcmp(call->method, "GET") == 0)
		return 0;
	if (call->body_file != NULL) {
		if (open_upload(x) == -1)
			return -1;
		(void)curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
		(void)curl_easy_setopt(c, CURLOPT_READFUNCTION, give_body);
		(void)curl_easy_setopt(c, CURLOPT_READDATA, x);
		(void)curl_easy_setopt(
		    c, CURLOPT_INFILESIZE_LARGE, x->upload_size);
	} else {
		(void)curl_easy_setopt(c, CURLOPT_POST, 1L);
		(void)curl_easy_setopt(c, CURLOPT_POSTFIELDS,
		    call->body.n > 0 ? (const char *)call->body.p : "");
		(void)curl_easy_setopt(
		    c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.n);
	}
	add_header(x, "Content-Type",
	    call->content_type != NULL ? call->content_type
				       : "application/json");
	add_header(x, "Expect", "");
	if (call->unsigned_act || cli->as[0] == '\0' || call->body_file != NULL)
		return 0;
	x->statement = client_statement(cli, call->path, call->body);
	if (x->statement == NULL)
		return -1;
	add_header(x, "Assay-Statement", x->statement);
	return 0;
}

/* One for all exchanges: it keeps the connection. */
static CURL *kept;

static void
drop_curl(void)
{
	curl_easy_cleanup(kept);
}

/*
 * A certificate that was renewed meanwhile is another file; the connection, and
 * what TLS would go on with, are still the old one's, which soon counts for
 * nothing.
 */
static bool
credential_changed(const struct cli *cli)
{
	static struct stat before;
	struct stat now = { .st_ino = 0 };
	char *path = cli_credential(cli, cli->as, ".crt");
	bool same;

	if (cli->as[0] != '\0')
		(void)stat(path, &now);
	free(path);
	same = now.st_dev == before.st_dev && now.st_ino == before.st_ino &&
	    now.st_mtim.tv_sec == before.st_mtim.tv_sec &&
	    now.st_mtim.tv_nsec == before.st_mtim.tv_nsec;
	before = now;
	return !same;
}

static CURL *
take_curl(const struct cli *cli)
{
	static bool made;
	bool changed = credential_changed(cli);

	if (kept != NULL && changed) {
		curl_easy_cleanup(kept);
		kept = curl_easy_init();
	} else if (kept != NULL)
		curl_easy_reset(kept);
	else
		kept = curl_easy_init();
	if (kept != NULL && !made) {
		made = true;
		(void)atexit(drop_curl);
	}
	return kept;
}

static int
prepare(struct exchange *x, struct cli *cli)
{
	CURL *c;
	char *base;

	if ((c = x->curl = take_curl(cli)) == NULL)
		return err_set(ERR_INTERNAL, "could not start libcurl");
	if ((base = cli_url(cli)) == NULL)
		return -1;
	x->url = xasprintf("%s%s", base, x->call->path);
	free(base);
	(void)curl_easy_setopt(c, CURLOPT_URL, x->url);
	(void)curl_easy_setopt(c, CURLOPT_ERRORBUFFER, x->why);
	(void)curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https");
	(void)curl_easy_setopt(c, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, 10L);
	(void)curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
	(void)curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, 60L);
	(void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
	(void)curl_easy_setopt(c, CURLOPT_WRITEDATA, x);
	if (x->call->progress != NULL) {
		(void)curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
		(void)curl_easy_setopt(
		    c, CURLOPT_XFERINFOFUNCTION, show_progress);
		(void)curl_easy_setopt(c, CURLOPT_XFERINFODATA, x);
	}
	add_header(x, "Accept",
	    x->call->accept != NULL ? x->call->accept : "application/json");
	if (set_tls(x, cli) == -1)
		return -1;
	return set_body(x, cli);
}

static int
perform(struct exchange *x, const struct cli *cli)
{
	CURLcode rc;
	char *type = NULL;
	curl_off_t retry = 0;

	if (x->call->progress != NULL)
		x->progress = cli_progress_begin(cli, x->call->progress,
		    x->upload != NULL ? (double)x->upload_size
				      : (double)x->call->body.n);
	(void)curl_easy_setopt(x->curl, CURLOPT_HTTPHEADER, x->headers);
	rc = curl_easy_perform(x->curl);
	cli_progress_end(x->progress);
	if (rc != CURLE_OK)
		return err_set_code(ERR_BUSY, "NO_ANSWER",
		    "no answer from %s: %s", x->url,
		    x->why[0] != '\0' ? x->why : curl_easy_strerror(rc));
	(void)curl_easy_getinfo(
	    x->curl, CURLINFO_RESPONSE_CODE, &x->reply->status);
	(void)curl_easy_getinfo(x->curl, CURLINFO_CONTENT_TYPE, &type);
	(void)snprintf(x->reply->content_type, sizeof(x->reply->content_type),
	    "%s", type != NULL ? type : "");
	if (x->reply->status >= 200 && x->reply->status <= 299)
		return 0;
	(void)client_problem(x->reply->status, buf_span(&x->reply->body));
	(void)curl_easy_getinfo(x->curl, CURLINFO_RETRY_AFTER, &retry);
	err_set_retry(retry < RETRY_MOST ? (int)retry : RETRY_MOST);
	return -1;
}

int
client_do(
    struct cli *cli, const struct client_call *call, struct client_reply *reply)
{
	struct exchange x = { .call = call, .reply = reply };
	int rc = -1;

	memset(reply, 0, sizeof(*reply));
	if (prepare(&x, cli) == 0)
		rc = perform(&x, cli);
	if (x.curl != NULL) /* which outlives us */
		(void)curl_easy_setopt(x.curl, CURLOPT_ERRORBUFFER, NULL);
	curl_slist_free_all(x.headers);
	if (x.upload != NULL)
		(void)fclose(x.upload);
	free(x.url);
	free(x.ca);
	free(x.cert);
	free(x.key);
	free(x.statement);
	return rc;
}

void
client_reply_free(struct client_reply *reply)
{
	buf_free(&reply->body);
}

/* One exchange whose answer is JSON; {} for an empty one. */
static json_t *
exchange_json(struct cli *cli, const struct client_call *call)
{
	struct client_reply reply;
	json_t *v = NULL;

	if (client_do(cli, call, &reply) == 0)
		v = client_reply_json(cli, &reply);
	client_reply_free(&reply);
	return v;
}

json_t *
cli_get(struct cli *cli, const char *fmt, ...)
{
	struct client_call call = { .method = "GET" };
	char path[2048];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	call.path = path;
	return exchange_json(cli, &call);
}

json_t *
cli_post(struct cli *cli, json_t *body, const char *fmt, ...)
{
	struct client_call call = { .method = "POST" };
	char path[2048], *text;
	json_t *v;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	text = body != NULL ? json_dumps(body, JSON_COMPACT) : xstrdup("{}");
	json_decref(body);
	if (text == NULL) {
		err_set(ERR_INPUT, "what is to be sent is no UTF-8 text");
		return NULL;
	}
	call.path = path;
	call.body = span_str(text);
	v = exchange_json(cli, &call);
	free(text);
	return v;
}
