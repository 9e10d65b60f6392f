/*
 * assay_api.so: what the adapter calls.
 */

#include <limits.h>

#include "api/auth.h"
#include "api/challenge.h"
#include "api/cmp_signer.h"
#include "api/cmp_wait.h"
#include "api/decision.h"
#include "api/decision_queue.h"
#include "api/enrol_bell.h"
#include "api/enrol_queue.h"
#include "api/http/module.h"
#include "api/routes.h"
#include "db/conn.h"
#include "registry/evidence.h"
#include "registry/instance.h"
#include "x509/oid.h"

static struct db *db;
static struct instance instance;

static int
start(const char *conf)
{
	char conninfo[INSTANCE_CONNINFO_MAX], path[INSTANCE_PATH_MAX];

	if (instance_open(conf, &instance) == -1 ||
	    instance_apart(&instance) == -1 ||
	    oid_set_arc(instance.oid_arc) == -1)
		return -1;
	evidence_sweep(&instance);
	db = db_open(instance_conninfo(&instance, "assay_api", conninfo));
	(void)db_listen(db, "enrolled"); /* or when it is there */
	enrol_bell_open(&instance);
	if (cmp_signer_open(instance_path(&instance, path, "api/cmp.key")) ==
	    -1)
		return -1;
	return decision_open(&instance);
}

static void
serve(struct request *req, struct reply *reply)
{
	req->db = db;
	req->instance = &instance;
	route_serve(api_routes, &auth_guard, req, reply);
	db_rollback(db); /* whatever happened, the next starts afresh */
}

/* What the authority says of requests that wait (api/enrol.h). */
static int
news_fd(unsigned *session)
{
	*session = db_session(db);
	return db_fd(db);
}

static bool
news(bool fd_ready)
{
	if (db_take_notifications(db, fd_ready, enrol_heard) == 0)
		return false;
	enrol_queue_fetch(db);
	return true;
}

static struct queue *const queues[] = { &challenge_queue, &decision_queue };

#define EACH_QUEUE(q)                                                          \
	for (struct queue *const *q = queues;                                  \
	     q < queues + sizeof(queues) / sizeof(queues[0]); q++)

/* What handlers left (reply_resume()) is told apart by its size. */
_Static_assert(sizeof(struct enrol_turn) != sizeof(struct queue_turn) &&
	sizeof(struct enrol_turn) != sizeof(struct cmp_turn) &&
	sizeof(struct queue_turn) != sizeof(struct cmp_turn),
    "two kinds of turns have one size");

static bool
ready(const void *resume, size_t n)
{
	return enrol_queue_ready(resume, n) && queue_ready(resume, n);
}

static bool
gathers(void)
{
	bool waits = enrol_queue_waits();

	EACH_QUEUE(q)
	waits = waits || queue_waits(*q);
	return waits;
}

/* As long as all that wait for others may. */
static unsigned
gathers_for(void)
{
	unsigned least = enrol_queue_waits() ? 0 : UINT_MAX;

	EACH_QUEUE(q)
	if (queue_waits(*q) && queue_waits_for(*q) < least)
		least = queue_waits_for(*q);
	return least;
}

static void
flush(void)
{
	enrol_queue_flush(db);
	EACH_QUEUE(q)
	{
		queue_flush(*q, db);
		db_rollback(db); /* whatever happened, the next starts afresh */
	}
}

static void
stop(void)
{
	cmp_signer_close();
	decision_close();
	db_close(db);
	db = NULL;
}

const struct module module = {
	.name = "assay-api",
	.start = start,
	.serve = serve,
	.news_fd = news_fd,
	.news = news,
	.bell_fd = enrol_bell_fd,
	.bell = enrol_bell_hear,
	.ready = ready,
	.gathers = gathers,
	.gathers_for = gathers_for,
	.flush = flush,
	.stop = stop,
};
