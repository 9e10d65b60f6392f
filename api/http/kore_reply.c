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
#include "base/err.h"

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

void
kore_reply_send(struct http_request *to, const struct reply *reply)
{
	size_t i;

	if (reply->content_type != NULL)
		http_response_header(to, "content-type", reply->content_type);
	for (i = 0; i < reply->nheaders; i++)
		http_response_header(
		    to, reply->headers[i].name, reply->headers[i].value);
	if (reply->file_fd != -1 && reply->file_size > 0) {
		if (send_file(to, reply) == -1)
			http_response(to, 500, NULL, 0);
	} else
		http_response(to, reply->status, reply->body.p, reply->body.n);
}
