/*
 * Replies into Kore's answers.
 */

#include <sys/mman.h>
#include <sys/queue.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <kore/kore.h>
/* after kore.h, which it needs */
#include <kore/http.h>

#include "api/http/kore_reply.h"
#include "api/http/module.h"
#include "base/clock.h"
#include "base/log.h"

/*
 * A file goes out in pieces, each mapped by itself and let go of when it has
 * gone out, or its connection has: what is mapped and was read counts as ours,
 * and of a long file that would be all of it.
 */
#define PIECE (UINT64_C(4) * 1024 * 1024)

static size_t
piece_size(const struct reply *reply, uint64_t at)
{
	uint64_t left = reply->file_size - at;

	return (size_t)(left < PIECE ? left : PIECE);
}

static int
piece_done(struct netbuf *nb)
{
	(void)munmap(nb->buf, nb->b_len);
	return KORE_RESULT_OK;
}

/* All of them, before anything is said: nothing can fail after that. */
static int
map_pieces(const struct reply *reply, void **pieces)
{
	uint64_t at;
	void **p = pieces;

	for (at = 0; at < reply->file_size; at += PIECE, p++) {
		*p = mmap(NULL, piece_size(reply, at), PROT_READ, MAP_SHARED,
		    reply->file_fd, (off_t)at);
		if (*p == MAP_FAILED)
			break;
	}
	if (at >= reply->file_size)
		return 0;
	while (p-- > pieces)
		(void)munmap(*p, PIECE);
	return -1;
}

static int
send_file(struct http_request *to, const struct reply *reply)
{
	bool wanted = to->owner != NULL && to->method != HTTP_METHOD_HEAD;
	size_t n = wanted ? (reply->file_size + PIECE - 1) / PIECE : 0, i;
	void **pieces = xcalloc(n + 1, sizeof(*pieces));
	char size[24];

	if (n > 0 && map_pieces(reply, pieces) == -1) {
		free(pieces);
		return -1;
	}
	(void)snprintf(
	    size, sizeof(size), "%llu", (unsigned long long)reply->file_size);
	http_response_header(to, "content-length", size);
	to->flags |= HTTP_REQUEST_NO_CONTENT_LENGTH;
	http_response(to, reply->status, NULL, 0);
	for (i = 0; i < n; i++)
		net_send_stream(to->owner, pieces[i],
		    piece_size(reply, i * PIECE), piece_done, NULL);
	free(pieces);
	return 0;
}

/* ---- short answers */

static void
put_header(struct buf *b, const char *name, const char *value)
{
	buf_puts(b, name);
	buf_put(b, ": ", 2);
	buf_puts(b, value);
	buf_put(b, "\r\n", 2);
}

static void
put_number(struct buf *b, uint64_t n)
{
	char digits[20];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	buf_put(b, digits + at, sizeof(digits) - at);
}

#define ROOM_HEADERS 512 /* of most answers */

void
kore_reply_write(struct buf *b, const struct reply *reply, bool head)
{
	struct span body = buf_span(&reply->body);
	size_t i;

	(void)buf_reserve(b, ROOM_HEADERS + body.n);
	buf_puts(b, "HTTP/1.1 ");
	put_number(b, (uint64_t)reply->status);
	buf_putc(b, ' ');
	buf_puts(b, http_status_text(reply->status));
	buf_put(b, "\r\n", 2);
	if (reply->content_type != NULL)
		put_header(b, "content-type", reply->content_type);
	for (i = 0; i < reply->nheaders; i++)
		put_header(b, reply->headers[i].name, reply->headers[i].value);
	if (reply->status != 204 && reply->status >= 200) {
		buf_puts(b, "content-length: ");
		put_number(b, body.n);
		buf_put(b, "\r\n", 2);
	}
	buf_put(b, "\r\n", 2);
	if (!head)
		buf_put_span(b, body);
}

static int
answer_gone(struct netbuf *nb)
{
	free(nb->buf);
	return KORE_RESULT_OK;
}

/*
 * The next request goes where this one was, which Kore would free to make the
 * same room again.  Kore would also look at once whether it is there, and it
 * never is: nginx waits for its answer first.
 */
static void
receive_next(struct http_request *to)
{
	struct connection *c = to->owner;

	if (c->rnb->buf != NULL || to->headers == NULL) {
		http_start_recv(c);
		return;
	}
	c->http_start = kore_time_ms();
	c->http_timeout = (u_int64_t)http_header_timeout * 1000;
	c->rnb->buf = to->headers;
	c->rnb->m_len = c->rnb->b_len = http_header_max;
	c->rnb->s_off = 0;
	c->rnb->cb = http_header_recv;
	to->headers = NULL;
}

/*
 * What http_response() would do, where the connection stays: that prints each
 * header by itself, makes two copies of all, and adds what nginx neither reads
 * nor passes on.
 */
static void
send_short(struct http_request *to, const struct reply *reply)
{
	struct buf answer = BUF_EMPTY;

	to->status = (u_int16_t)reply->status;
	to->content_length = reply->body.n;
	kore_reply_write(&answer, reply, to->method == HTTP_METHOD_HEAD);
	net_send_stream(to->owner, answer.p, answer.n, answer_gone, NULL);
	receive_next(to);
}

/* Nobody has asked for the connection to be closed. */
static bool
stays(struct http_request *to)
{
	const char *said;

	return (to->flags & HTTP_VERSION_1_0) == 0 &&
	    (to->owner->flags & (CONN_CLOSE_EMPTY | CONN_IS_BUSY)) == 0 &&
	    http_request_header(to, "connection", &said) != KORE_RESULT_OK;
}

void
kore_reply_send(struct http_request *to, const struct reply *reply)
{
	bool file = reply->file_fd != -1 && reply->file_size > 0;
	size_t i;

	if (to->owner == NULL)
		return; /* it is gone */
	if (!file && stays(to)) {
		send_short(to, reply);
		return;
	}
	if (reply->content_type != NULL)
		http_response_header(to, "content-type", reply->content_type);
	for (i = 0; i < reply->nheaders; i++)
		http_response_header(
		    to, reply->headers[i].name, reply->headers[i].value);
	if (!file)
		http_response(to, reply->status, reply->body.p, reply->body.n);
	else if (send_file(to, reply) == -1)
		http_response(to, 500, NULL, 0);
}

void
kore_reply_log(const char *method, const struct request *req,
    const struct reply *reply, int64_t began)
{
	if (module.quiet != NULL && module.quiet(req, reply))
		return;
	log_write(LOG_NOTE, "%s %s %d %lld ms %s %s", method,
	    reply->withheld ? "(withheld)" : req->path, reply->status,
	    (long long)(clock_ms() - began),
	    req->principal.id != 0 ? req->principal.handle : "-", req->id);
}
