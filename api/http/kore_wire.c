/*
 * Connections from nginx without Kore's own HTTP, for a module whose answers
 * are short and made at once: what Kore does around each request costs as much
 * as half of what is left beside the signature of an answer by OCSP.  The
 * server's settings name wire_connect as what a new connection is given to.
 *
 * All answers of one look at the connections go out together: whoever is told
 * one at a time is woken for each.
 */

#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <kore/kore.h>
/* after kore.h, which it needs */
#include <kore/http.h>

#include "api/http/kore_reply.h"
#include "api/http/kore_wire.h"
#include "api/http/module.h"
#include "api/wire.h"
#include "base/clock.h"

/* nginx lets go of a connection after a minute; and writes at one go. */
#define IDLE_MS (600 * 1000)
#define PART_MS (10 * 1000)

#define ROOM_FIRST    2000 /* of most requests */
#define ROOM_KEPT     4096
#define TOGETHER_MOST 32 /* KEY_MANY of ca/key at most */

/* What Kore calls by name. */
void wire_connect(struct connection *);

/* Of a connection. */
struct state {
	TAILQ_ENTRY(state) list; /* while it waits to be served */
	struct connection *c;
	struct buf in;	/* what was received and not answered */
	struct buf out; /* what is not sent, from sent on */
	size_t sent;
	bool waits;	    /* it is in the list */
	bool ends;	    /* when all is sent */
	bool asks_to_write; /* Kore is told when it may be written to */
};

TAILQ_HEAD(state_list, state);

/* ---- what is sent */

static struct state *unsent[TOGETHER_MOST];
static size_t nunsent;

static void
end(struct state *s)
{
	kore_connection_disconnect(s->c);
}

/* Kore is told of what comes, and of room to write in only where it lacks:
 * else it would be told of each answer that was read. */
static void
ask_to_write(struct state *s, bool ask)
{
	if (s->asks_to_write == ask)
		return;
	s->asks_to_write = ask;
	if (ask)
		kore_platform_event_all(s->c->fd, s->c);
	else
		kore_platform_schedule_read(s->c->fd, s->c);
}

/* What does not fit goes when there is room. */
static void
send_now(struct state *s)
{
	ssize_t n;

	while (s->sent < s->out.n) {
		n = send(s->c->fd, s->out.p + s->sent, s->out.n - s->sent,
		    MSG_NOSIGNAL);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno != EAGAIN) {
			end(s);
			return;
		}
		if (n == -1)
			break;
		s->sent += (size_t)n;
	}
	ask_to_write(s, s->sent < s->out.n);
	if (s->sent < s->out.n)
		return;
	buf_clear(&s->out);
	s->sent = 0;
	if (s->ends)
		end(s);
}

static void
send_all(void)
{
	while (nunsent > 0)
		send_now(unsent[--nunsent]);
}

static void
send_later(struct state *s)
{
	if (nunsent == TOGETHER_MOST)
		send_all();
	unsent[nunsent++] = s;
}

/* ---- what is answered */

/* What was asked is in reach until now. */
static void
answer(struct state *s, const struct reply *reply, const struct wire *w)
{
	if (s->in.cap > ROOM_KEPT)
		buf_free(&s->in);
	buf_clear(&s->in);
	kore_reply_write(&s->out, reply, w->head);
	s->ends = w->ends;
	send_later(s);
}

static void
refuse(struct state *s, int status)
{
	const struct wire ends = { .ends = true };
	struct reply reply = REPLY_EMPTY;

	reply.status = status;
	answer(s, &reply, &ends);
}

/* None comes from nginx: see its settings. */
static void
give_id(struct request *req, uint64_t now)
{
	size_t i;

	for (i = 0; i < 16; i++)
		req->id[i] = "0123456789abcdef"[now >> (60 - 4 * i) & 15];
	req->id[i] = '\0';
}

/* Put aside by its handler, until module.flush(). */
struct held {
	struct state *s;
	struct wire wire;
	struct request req;
	uint8_t resume[REPLY_RESUME_MAX];
};

static struct held held[TOGETHER_MOST];
static size_t nheld;

/* h has a request that was read, or was put aside and is now called again. */
static void
serve(struct held *h)
{
	static struct reply reply = { .status = 500, .file_fd = -1 };
	int64_t began = clock_ms();
	bool again = h->req.resumed.n > 0;

	if (!again)
		give_id(&h->req, (uint64_t)began);
	module.serve(&h->req, &reply);
	if (reply.nresume > 0 && !again) {
		memcpy(h->resume, reply.resume, reply.nresume);
		h->req.resumed = span_of(h->resume, reply.nresume);
		nheld++;
	} else {
		if (reply.file_fd != -1 || reply.nresume > 0) {
			/* not what such a module may answer */
			reply_clear(&reply);
		}
		kore_reply_log(
		    h->wire.head ? "HEAD" : method_text(h->req.method), &h->req,
		    &reply, began);
		answer(h->s, &reply, &h->wire);
	}
	reply_clear(&reply);
}

static void
serve_held(void)
{
	size_t i, n = nheld;

	if (n == 0)
		return;
	module.flush();
	nheld = 0;
	for (i = 0; i < n; i++)
		if (held[i].s != NULL)
			serve(&held[i]);
}

static void
read_and_serve(struct state *s)
{
	struct held *h = &held[nheld];
	int rc;

	rc = wire_read((char *)s->in.p, s->in.n, &h->req, &h->wire);
	s->c->idle_timer.length = rc == WIRE_MORE ? PART_MS : IDLE_MS;
	if (rc == WIRE_MORE)
		return;
	h->s = s;
	if (rc == WIRE_WHOLE)
		serve(h);
	else
		refuse(s, rc);
	if (nheld == TOGETHER_MOST)
		serve_held();
}

static struct state_list waiting = TAILQ_HEAD_INITIALIZER(waiting);

static void
serve_all(void)
{
	struct state *s;

	while ((s = TAILQ_FIRST(&waiting)) != NULL) {
		TAILQ_REMOVE(&waiting, s, list);
		s->waits = false;
		read_and_serve(s);
	}
	serve_held();
	send_all();
}

static void
serve_timer(void *arg, u_int64_t now)
{
	(void)arg;
	(void)now;
	serve_all();
}

/*
 * Timers come when all that are ready have been read: nginx, which is told of
 * each that is, is woken once for that, too.
 */
static void
serve_later(struct state *s)
{
	if (s->waits)
		return;
	if (TAILQ_EMPTY(&waiting))
		(void)kore_timer_add(serve_timer, 0, NULL, KORE_TIMER_ONESHOT);
	TAILQ_INSERT_TAIL(&waiting, s, list);
	s->waits = true;
}

/* ---- what is received */

/* Kore tells of what comes once: less than there was room for is all. */
static int
receive(struct state *s)
{
	size_t room;
	ssize_t n;

	/* nginx waits for its answer before it asks again */
	if (s->out.n > 0 || s->ends)
		return KORE_RESULT_ERROR;
	do {
		room = s->in.n == 0 ? ROOM_FIRST : WIRE_MAX + 1 - s->in.n;
		n = recv(s->c->fd, buf_reserve(&s->in, room), room, 0);
		if (n == -1 && errno == EAGAIN)
			break;
		if (n == 0 || (n == -1 && errno != EINTR))
			return KORE_RESULT_ERROR;
		if (n > 0)
			s->in.n += (size_t)n;
	} while ((n == -1 || (size_t)n == room) && s->in.n <= WIRE_MAX);
	if (s->in.n > 0)
		serve_later(s);
	return KORE_RESULT_OK;
}

static int
wire_handle(struct connection *c)
{
	struct state *s = c->hdlr_extra;

	if (c->state != CONN_STATE_ESTABLISHED)
		return KORE_RESULT_OK;
	kore_connection_start_idletimer(c);
	if (s->asks_to_write && (c->evt.flags & KORE_EVENT_WRITE))
		send_now(s);
	if (c->state != CONN_STATE_ESTABLISHED ||
	    !(c->evt.flags & KORE_EVENT_READ))
		return KORE_RESULT_OK;
	c->evt.flags &= ~KORE_EVENT_READ;
	return receive(s);
}

/* ---- connections */

/* Kore frees the state itself. */
static void
wire_gone(struct connection *c)
{
	struct state *s = c->hdlr_extra;
	size_t i;

	if (s->waits)
		TAILQ_REMOVE(&waiting, s, list);
	s->waits = false;
	for (i = 0; i < nunsent; i++)
		if (unsent[i] == s)
			unsent[i--] = unsent[--nunsent];
	for (i = 0; i < TOGETHER_MOST; i++)
		if (held[i].s == s)
			held[i].s = NULL;
	buf_free(&s->in);
	buf_free(&s->out);
}

void
wire_connect(struct connection *c)
{
	struct state *s = kore_calloc(1, sizeof(*s));

	s->c = c;
	s->asks_to_write = true; /* as Kore does with a new one */
	c->hdlr_extra = s;
	c->handle = wire_handle;
	c->disconnect = wire_gone;
	c->idle_timer.length = PART_MS;
}

void
kore_wire_finish(void)
{
	serve_all();
}
