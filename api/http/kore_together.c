/*
 * Answers that go out together.  Whoever is told one answer at a time is woken
 * for each; for a short answer that costs more than the answer.  Kore would
 * send what it has when a request has been served: the connection seems not to
 * be writable until the others that wait have been served, too, or so many.
 */

#include <sys/queue.h>

#include <stdbool.h>

#include <kore/kore.h>

#include "api/http/kore_together.h"
#include "api/http/module.h"

#define TOGETHER_MOST 16

static struct connection *unsent[TOGETHER_MOST];
static size_t nunsent;

static void
unsent_forget(struct connection *c)
{
	size_t i;

	for (i = 0; i < nunsent; i++)
		if (unsent[i] == c)
			unsent[i--] = unsent[--nunsent];
}

static void
send_together(void)
{
	struct connection *c;

	while (nunsent > 0) {
		c = unsent[--nunsent];
		c->disconnect = NULL;
		c->evt.flags |= KORE_EVENT_WRITE;
		if (!net_send_flush(c))
			kore_connection_disconnect(c);
	}
}

static void
send_timer(void *arg, u_int64_t now)
{
	(void)arg;
	(void)now;
	send_together();
}

void
kore_together_send(struct connection *c)
{
	if (!module.together || c == NULL || !(c->evt.flags & KORE_EVENT_WRITE))
		return;
	if (nunsent == TOGETHER_MOST)
		send_together();
	if (nunsent == 0)
		(void)kore_timer_add(send_timer, 0, NULL, KORE_TIMER_ONESHOT);
	c->evt.flags &= ~KORE_EVENT_WRITE;
	if (c->disconnect == unsent_forget)
		return;
	c->disconnect = unsent_forget;
	unsent[nunsent++] = c;
}
