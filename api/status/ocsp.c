/*
 * POST /ocsp and GET /ocsp/{base64 of the request}.
 */

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "api/never.h"
#include "api/status/ocsp.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/err.h"
#include "policy/never.h"
#include "revoke/ocsp_request.h"

/*
 * Caches of clients may keep a response for an hour; our own nginx, which
 * speaks for us, only so long that a revocation is seen within seconds.
 */
#define PUBLIC_SECONDS 3600
#define NGINX_SECONDS  "1"

static const struct ocsp_responder *responder;

void
ocsp_use(const struct ocsp_responder *r)
{
	responder = r;
}

/* The same for all answers of a second. */
struct date {
	int64_t when;
	char text[32];
};

/* RFC 9110 section 5.6.7 */
static const char *
http_date(struct date *d, int64_t when)
{
	time_t t = (time_t)when;
	struct tm tm;

	if (d->text[0] != '\0' && d->when == when)
		return d->text;
	d->when = when;
	(void)gmtime_r(&t, &tm);
	(void)strftime(
	    d->text, sizeof(d->text), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	return d->text;
}

static void
set_cache_headers(
    struct reply *reply, const struct ocsp_meta *meta, int64_t now)
{
	static struct date modified, expires;
	int64_t age = meta->next_update - now;

	if (meta->status != OCSP_SUCCESSFUL || meta->nonce || age <= 0) {
		reply_header_text(reply, "Cache-Control", "no-store");
		reply_header_text(reply, "X-Accel-Expires", "0");
		return;
	}
	if (age > PUBLIC_SECONDS)
		age = PUBLIC_SECONDS;
	reply_header(reply, "Cache-Control",
	    "max-age=%lld, public, no-transform, must-revalidate",
	    (long long)age);
	/* 304 is for who has the answer already, not for all who ask */
	reply_header_text(reply, "X-Accel-Expires",
	    reply->status == 304 ? "0" : NGINX_SECONDS);
	reply_header_text(
	    reply, "Last-Modified", http_date(&modified, meta->this_update));
	reply_header_text(
	    reply, "Expires", http_date(&expires, meta->next_update));
}

/* RFC 9110 section 13.1.2: "*" or a list; weak comparison. */
static bool
client_has(const struct request *req, const char *etag)
{
	const char *list = request_header(req, "If-None-Match");

	return list != NULL && strstr(list, etag) != NULL;
}

#define ETAG_SIZE (2 * OCSP_TAG + 3)

static void
make_etag(const struct ocsp_meta *meta, char etag[ETAG_SIZE])
{
	size_t i;

	*etag++ = '"';
	for (i = 0; i < OCSP_TAG; i++) {
		*etag++ = "0123456789abcdef"[meta->tag[i] >> 4];
		*etag++ = "0123456789abcdef"[meta->tag[i] & 15];
	}
	*etag++ = '"';
	*etag = '\0';
}

static void
say_not_modified(struct reply *reply)
{
	reply->status = 304;
	reply->content_type = NULL;
	buf_clear(&reply->body);
}

static int
answer(struct request *req, struct reply *reply, struct span request)
{
	char etag[ETAG_SIZE];
	struct ocsp_meta meta;
	int64_t now = clock_now();
	bool for_all;

	ocsp_answer(responder, request, now, &reply->body, &meta);
	if ((meta.status == OCSP_MALFORMED_REQUEST || meta.more) &&
	    (never_in_address(req) == -1 ||
		never_refuse(never_der(request), "the request") == -1)) {
		buf_clear(&reply->body);
		return -1;
	}
	for_all = meta.status == OCSP_SUCCESSFUL && !meta.nonce;
	reply->status = 200;
	reply->content_type = "application/ocsp-response";
	if (for_all) {
		make_etag(&meta, etag);
		reply_header_text(reply, "ETag", etag);
		if (client_has(req, etag))
			say_not_modified(reply);
	}
	set_cache_headers(reply, &meta, now);
	return 0;
}

static int
ocsp_post(struct request *req, struct reply *reply)
{
	if (!request_has_type(req, "application/ocsp-request"))
		return err_set_code(ERR_INPUT, "MEDIA_TYPE",
		    "the body must be application/ocsp-request (RFC 6960 "
		    "appendix A.1)");
	return answer(req, reply, req->body);
}

/*
 * The request is base64 and then percent-encoded; many clients leave "/", "+"
 * and "=" as they are, and an address that ends in a slash gives a second one
 * in front.  What can't be decoded is a malformed request (RFC 6960 section
 * 2.3) and gets its answer.
 */
static int
ocsp_get(struct request *req, struct reply *reply)
{
	const char *path = request_param(req, "request");
	struct buf der = BUF_EMPTY;
	char text[2048];
	int rc;

	path += strspn(path, "/");
	if (request_decode(span_str(path), text, sizeof(text)) == -1 ||
	    base64_decode(&der, span_str(text)) == -1)
		buf_clear(&der);
	rc = answer(req, reply, buf_span(&der));
	buf_free(&der);
	return rc;
}

const struct route ocsp_routes[] = {
	{ METHOD_POST, "/ocsp", 0, ROUTE_PUBLIC | ROUTE_ANY_TYPE,
	    OCSP_REQUEST_MAX, ocsp_post, "Certificate status (RFC 6960)" },
	{ METHOD_GET, "/ocsp/{request*}", 0, ROUTE_PUBLIC, 0, ocsp_get,
	    "Certificate status, request in base64 (RFC 6960)" },
	ROUTE_END,
};
