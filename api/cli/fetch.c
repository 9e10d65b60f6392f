/*
 * GET from the public address.
 */

#include <stdlib.h>

#include <curl/curl.h>

#include "api/cli/fetch.h"
#include "base/err.h"
#include "registry/feed.h"
#include "registry/instance.h"

/* malloc'd; without a slash behind. */
static char *
public_url(const struct cli *cli)
{
	const char *given = cli_option(cli, "public-url");
	struct instance in;
	char *path, *url;
	int rc;

	if (given != NULL) {
		url = xstrdup(given);
		while (*url != '\0' && url[strlen(url) - 1] == '/')
			url[strlen(url) - 1] = '\0';
		return url;
	}
	path = xasprintf("%s/assay.cnf", cli->var);
	rc = instance_open(path, &in);
	if (rc == -1 && err_kind() == ERR_ABSENT)
		cli_usage(
		    "there is no %s: say --public-url URL or --var FOLDER",
		    path);
	free(path);
	return rc == -1 ? NULL : xstrdup(in.public_url);
}

static size_t
take(char *p, size_t size, size_t n, void *out)
{
	n *= size;
	if (((struct buf *)out)->n + n > FEED_MAX)
		return 0;
	buf_put(out, p, n);
	return n;
}

static int
get(CURL *c, const char *url, struct buf *out)
{
	char why[CURL_ERROR_SIZE] = "";
	long status = 0;
	CURLcode rc;

	(void)curl_easy_setopt(c, CURLOPT_URL, url);
	(void)curl_easy_setopt(c, CURLOPT_ERRORBUFFER, why);
	(void)curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, 10L);
	(void)curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
	(void)curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, 60L);
	(void)curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "gzip");
	(void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
	(void)curl_easy_setopt(c, CURLOPT_WRITEDATA, out);
	rc = curl_easy_perform(c);
	(void)curl_easy_setopt(
	    c, CURLOPT_ERRORBUFFER, NULL); /* it outlives us */
	if (rc != CURLE_OK)
		return err_set_code(ERR_BUSY, "NO_ANSWER",
		    "no answer from %s: %s", url,
		    why[0] != '\0' ? why : curl_easy_strerror(rc));
	(void)curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	if (status == 404)
		return err_set_code(
		    ERR_ABSENT, "NOT_FOUND", "there is nothing at %s", url);
	if (status != 200)
		return err_set_code(ERR_BUSY, "NO_ANSWER",
		    "%s was answered with status %ld", url, status);
	return 0;
}

int
fetch_url(const char *url, const char *type, struct span body, struct buf *out)
{
	struct curl_slist *headers = NULL;
	char *header;
	CURL *c;
	int rc;

	if ((c = curl_easy_init()) == NULL)
		return err_set(ERR_INTERNAL, "could not start libcurl");
	if (type != NULL) {
		header = xasprintf("Content-Type: %s", type);
		headers = curl_slist_append(NULL, header);
		free(header);
		(void)curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
		(void)curl_easy_setopt(c, CURLOPT_POSTFIELDS, body.p);
		(void)curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)body.n);
	}
	rc = get(c, url, out);
	curl_easy_cleanup(c);
	curl_slist_free_all(headers);
	return rc;
}

int
fetch_public(struct cli *cli, const char *path, struct buf *out)
{
	char *base = public_url(cli), *url;
	int rc;

	if (base == NULL)
		return -1;
	url = xasprintf("%s/%s", base, path);
	rc = fetch_url(url, NULL, span_str(""), out);
	free(url);
	free(base);
	return rc;
}
