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
#include "key/key.h"
#include "policy/never.h"
#include "revoke/ocsp_request.h"
#include "revoke/status.h"

/*
 * Caches of clients may keep a response for an hour; our own nginx, which
 * speaks for us, only so long that a revocation is seen within seconds.
 */
#define PUBLIC_SECONDS 3600
#define NGINX_SECONDS  "1"
/* That two processes see one leap apart. */
#define LEAPS_APART 5

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

/* The same for an hour's worth of answers, but for those near their end. */
static const char *
cache_control(int64_t age)
{
	static int64_t when = -1;
	static char text[80];

	if (age != when)
		(void)snprintf(text, sizeof(text),
		    "max-age=%lld, public, no-transform, must-revalidate",
		    (long long)age);
	when = age;
	return text;
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
	reply_header_text(reply, "Cache-Control", cache_control(age));
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

/*
 * Questions that come together are signed together: each is put aside until
 * ocsp_flush(), and its handler called again.  What was decoded of its address
 * stays with it.
 */
static struct aside {
	struct ocsp_pending *pending;
	struct buf der;
	struct ocsp_meta meta;
	int64_t now;
} aside[KEY_MANY];
static size_t naside;
static bool flushed = true; /* those that were put aside are answered */

bool
ocsp_gathers(void)
{
	return !flushed;
}

void
ocsp_flush(void)
{
	struct ocsp_pending *all[KEY_MANY];
	size_t i;

	for (i = 0; i < naside; i++)
		all[i] = aside[i].pending;
	ocsp_answer_sign(all, naside);
	flushed = true;
}

void
ocsp_end(void)
{
	size_t i;

	for (i = 0; i < KEY_MANY; i++) {
		ocsp_pending_free(aside[i].pending);
		aside[i].pending = NULL;
		buf_free(&aside[i].der);
	}
	naside = 0;
	flushed = true;
}

/* Room for one more; NULL: nobody has called ocsp_flush(). */
static struct aside *
next_aside(void)
{
	struct aside *a;

	if (flushed)
		naside = 0;
	if (naside == KEY_MANY) {
		err_set(ERR_BUSY, "too many are put aside");
		return NULL;
	}
	a = &aside[naside];
	if (a->pending == NULL)
		a->pending = ocsp_pending_new();
	return a;
}

static void
describe(struct request *req, struct reply *reply, const struct ocsp_meta *meta,
    int64_t now)
{
	char etag[ETAG_SIZE];

	reply->status = 200;
	reply->content_type = "application/ocsp-response";
	if (meta->status == OCSP_SUCCESSFUL && !meta->nonce) {
		make_etag(meta, etag);
		reply_header_text(reply, "ETag", etag);
		if (client_has(req, etag))
			say_not_modified(reply);
	}
	set_cache_headers(reply, meta, now);
}

/*
 * The index says by how much the machine's clock has leapt; we have seen that
 * ourselves, or do not believe it: whoever writes the index would have answers
 * of us that begin when he likes.
 */
static int64_t
leap(void)
{
	int64_t seen = responder->leapt, says;

	if (responder->index == NULL)
		return 0;
	says = status_leapt(responder->index);
	return says == 0 || says < seen - LEAPS_APART ||
		says > seen + LEAPS_APART
	    ? 0
	    : seen;
}

static int
answer(struct request *req, struct reply *reply, struct aside *a,
    struct span request)
{
	uint8_t number = (uint8_t)(a - aside);
	bool done;

	a->now = clock_now() - leap();
	done = ocsp_answer_begin(
	    responder, request, a->now, &reply->body, &a->meta, a->pending);
	if ((a->meta.status == OCSP_MALFORMED_REQUEST || a->meta.more) &&
	    (never_in_address(req) == -1 ||
		never_refuse(never_der(request), "the request") == -1)) {
		buf_clear(&reply->body);
		return -1;
	}
	if (done) {
		describe(req, reply, &a->meta, a->now);
		return 0;
	}
	naside++;
	flushed = false;
	reply_resume(reply, &number, sizeof(number));
	return 0;
}

static int
answer_aside(struct request *req, struct reply *reply)
{
	struct aside *a = &aside[req->resumed.p[0]];

	ocsp_answer_end(a->pending, &reply->body, &a->meta);
	describe(req, reply, &a->meta, a->now);
	return 0;
}

static int
ocsp_post(struct request *req, struct reply *reply)
{
	struct aside *a;

	if (req->resumed.n > 0)
		return answer_aside(req, reply);
	if (!request_has_type(req, "application/ocsp-request"))
		return err_set_code(ERR_INPUT, "MEDIA_TYPE",
		    "the body must be application/ocsp-request (RFC 6960 "
		    "appendix A.1)");
	if ((a = next_aside()) == NULL)
		return -1;
	return answer(req, reply, a, req->body);
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
	struct aside *a;
	char text[2048];

	if (req->resumed.n > 0)
		return answer_aside(req, reply);
	if ((a = next_aside()) == NULL)
		return -1;
	buf_clear(&a->der);
	path += strspn(path, "/");
	if (request_decode(span_str(path), text, sizeof(text)) == -1 ||
	    base64_decode(&a->der, span_str(text)) == -1)
		buf_clear(&a->der);
	return answer(req, reply, a, buf_span(&a->der));
}

const struct route ocsp_routes[] = {
	{ METHOD_POST, "/ocsp", 0, ROUTE_PUBLIC | ROUTE_ANY_TYPE,
	    OCSP_REQUEST_MAX, ocsp_post, "Certificate status (RFC 6960)" },
	{ METHOD_GET, "/ocsp/{request*}", 0, ROUTE_PUBLIC, 0, ocsp_get,
	    "Certificate status, request in base64 (RFC 6960)" },
	ROUTE_END,
};
