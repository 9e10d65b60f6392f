/*
 * Requests for certificates by CMP that wait, and their calls meanwhile.
 */

#include <stdio.h>
#include <string.h>

#include "api/cmp_wait.h"
#include "api/enrol.h"
#include "base/clock.h"

#define WAIT_MS 1000 /* before a client is told to poll */
#define PLACES	64   /* a call has some twenty kilobytes */

/* ---- turns */

static bool
read_turn(const struct request *req, struct cmp_turn *t)
{
	if (req->resumed.n != sizeof(*t))
		return false;
	memcpy(t, req->resumed.p, sizeof(*t));
	return true;
}

bool
cmp_turn_again(struct cmp_call *c, struct cmp_turn *t)
{
	if (!read_turn(c->req, t))
		return false;
	c->transaction = t->transaction;
	c->row = t->row;
	memcpy(c->key, t->key, sizeof(c->key));
	return true;
}

/* ---- calls */

static struct {
	unsigned use; /* whose it is */
	struct cmp_call call;
} kept[PLACES];
static unsigned next;

void
cmp_kept_put(struct cmp_call *c, const struct reply *reply)
{
	struct cmp_turn t;

	memcpy(&t, reply->resume, sizeof(t));
	cmp_call_free(&kept[t.place].call); /* of nobody's, who has gone */
	kept[t.place].call = *c;
	kept[t.place].use = t.use;
}

bool
cmp_kept_take(struct request *req, struct cmp_call *c)
{
	struct cmp_turn t;
	struct cmp_call *was;

	if (!read_turn(req, &t) || kept[t.place].use != t.use)
		return false;
	was = &kept[t.place].call;
	/* it borrows from the body, which stays where it is while it waits */
	if (was->message.der.p != req->body.p ||
	    was->message.der.n != req->body.n)
		return false;
	*c = *was;
	memset(was, 0, sizeof(*was));
	kept[t.place].use = 0;
	c->req = req;
	c->lot = request_param(req, "lot");
	c->fresh = false;
	return true;
}

/* ---- waiting */

bool
cmp_turn_comes(struct cmp_call *c, struct cmp_turn *t, struct reply *reply)
{
	static unsigned uses;

	if (t->end == 0)
		t->end = clock_ms() + WAIT_MS;
	if (clock_ms() >= t->end)
		return false;
	t->transaction = c->transaction;
	t->row = c->row;
	memcpy(t->key, c->key, sizeof(t->key));
	t->place = next++ % PLACES;
	t->use = ++uses != 0 ? uses : ++uses;
	reply_resume(reply, t, sizeof(*t));
	return true;
}

bool
cmp_turn_waits_on(struct request *req, const char *lot, struct reply *reply)
{
	struct enrolled row = { .row = 0 };
	struct cmp_turn t;

	if (!read_turn(req, &t))
		return false;
	(void)snprintf(row.lot, sizeof(row.lot), "%s", lot);
	row.row = t.row;
	if (t.row == 0 || clock_ms() >= t.end || enrol_may_be_known(req, &row))
		return false;
	reply_resume(reply, &t, sizeof(t));
	return true;
}
