/*
 * The adapter between Kore and handlers.  One worker, one request at a time;
 * nginx stands in front and has normalised what arrives (conf/nginx.conf.in).
 * Both modules are linked with it.
 */

#include <sys/prctl.h>
#include <sys/queue.h>
#include <sys/stat.h>

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <kore/kore.h>
/* after kore.h, which it needs */
#include <kore/http.h>

#include "api/http/kore_reply.h"
#include "api/http/kore_wire.h"
#include "api/http/module.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

/* What Kore calls by name. */
void kore_parent_configure(int, char **);
void kore_worker_configure(void);
void kore_worker_teardown(void);
int http_serve(struct http_request *);

static void news_watch(void);

static enum method
method_of(int method)
{
	switch (method) {
	case HTTP_METHOD_GET:
	case HTTP_METHOD_HEAD:
		return METHOD_GET;
	case HTTP_METHOD_POST:
		return METHOD_POST;
	case HTTP_METHOD_PUT:
		return METHOD_PUT;
	case HTTP_METHOD_DELETE:
		return METHOD_DELETE;
	default:
		return METHOD_OTHER;
	}
}

static void
take_headers(struct request *to, struct http_request *from)
{
	struct http_header *h;
	const char *id;

	TAILQ_FOREACH(h, &from->req_headers, list)
	{
		if (to->nheaders == REQUEST_HEADERS_MAX)
			break;
		to->headers[to->nheaders++] =
		    (struct request_pair){ h->header, h->value };
	}
	/* nginx makes the id, and passes no other on. */
	id = request_header(to, "X-Request-Id");
	if (id != NULL && strspn(id, "0123456789abcdef") == strlen(id))
		(void)snprintf(to->id, sizeof(to->id), "%s", id);
	else
		(void)snprintf(to->id, sizeof(to->id), "%016llx",
		    (unsigned long long)kore_time_ms());
}

static void
take_request(struct request *to, struct http_request *from)
{
	memset(to, 0, sizeof(*to));
	to->method = method_of(from->method);
	to->path = from->path;
	to->query = from->query_string != NULL ? from->query_string : "";
	to->body_fd = -1;
	take_headers(to, from);
	if (from->http_body_fd != -1) {
		to->body_fd = from->http_body_fd;
		to->body_size = from->http_body_length;
	} else if (from->http_body != NULL)
		to->body =
		    span_of(from->http_body->data, from->http_body_length);
}

/* ---- requests whose handler is called again (reply_resume()) */

/* News may be missed with a connection; then these help. */
#define LATER_FIRST_MS 100
#define LATER_MOST_MS  400

struct later {
	LIST_ENTRY(later) list; /* while it waits */
	struct http_request *kore;
	struct kore_timer *timer; /* NULL: it doesn't wait */
	bool called;
	u_int64_t pause;
	uint8_t resume[REPLY_RESUME_MAX];
	size_t n;
};

LIST_HEAD(later_list, later);
static struct later_list waiting = LIST_HEAD_INITIALIZER(waiting);

/* The timer is for once: where it has run, Kore frees it. */
static void
later_wake(struct later *l, bool called)
{
	LIST_REMOVE(l, list);
	if (called)
		kore_timer_remove(l->timer);
	l->timer = NULL;
	l->called = called;
	http_request_wakeup(l->kore);
}

static void
later_timer(void *arg, u_int64_t now)
{
	(void)now;
	later_wake(arg, false);
}

/* All that are ready. */
static void
later_call(void)
{
	struct later *l, *following;

	for (l = LIST_FIRST(&waiting); l != NULL; l = following) {
		following = LIST_NEXT(l, list);
		if (module.ready == NULL || module.ready(l->resume, l->n))
			later_wake(l, true);
	}
}

/* Answered, or its connection is gone. */
static void
later_end(struct http_request *kore)
{
	struct later *l = http_state_get(kore);

	if (l->timer == NULL)
		return;
	LIST_REMOVE(l, list);
	kore_timer_remove(l->timer);
	l->timer = NULL;
}

/* Put it aside. */
static void
later_wait(struct http_request *kore, const struct reply *reply)
{
	struct later *l;

	if (!http_state_exists(kore)) {
		l = http_state_create(kore, sizeof(*l), later_end);
		l->kore = kore;
		l->pause = LATER_FIRST_MS;
	}
	l = http_state_get(kore);
	memcpy(l->resume, reply->resume, reply->nresume);
	l->n = reply->nresume;
	l->timer = kore_timer_add(later_timer, l->pause, l, KORE_TIMER_ONESHOT);
	LIST_INSERT_HEAD(&waiting, l, list);
	if (!l->called)
		l->pause += l->pause / 2;
	if (l->pause > LATER_MOST_MS)
		l->pause = LATER_MOST_MS;
	http_request_sleep(kore);
}

static void
later_resume(struct request *to, struct http_request *kore)
{
	struct later *l;

	if (!http_state_exists(kore))
		return;
	l = http_state_get(kore);
	to->resumed = span_of(l->resume, l->n);
	to->called = l->called;
}

/* ---- what is done for several requests at once */

static bool flush_set;
static void flush_later(void);

static void
flush(void *arg, u_int64_t now)
{
	(void)arg;
	(void)now;
	flush_set = false;
	module.flush();
	news_watch();
	later_call();
	flush_later(); /* there may be more than it does at once */
}

/* By the next look at timers those that came together have been served. */
static void
flush_later(void)
{
	if (flush_set || module.gathers == NULL || !module.gathers())
		return;
	flush_set = true;
	(void)kore_timer_add(flush,
	    module.gathers_for != NULL ? module.gathers_for() : 0, NULL,
	    KORE_TIMER_ONESHOT);
}

/* ---- what the module hears meanwhile */

static void
news_ready(void *arg, int error)
{
	(void)arg;
	(void)error; /* it shows when it is read */
	if (module.news(true))
		later_call();
}

static struct kore_event news_event = { .handle = news_ready };

static void
bell_ready(void *arg, int error)
{
	(void)arg;
	(void)error;
	if (module.bell())
		later_call();
}

static struct kore_event bell_event = { .handle = bell_ready };

/* Kore waits for events no longer than its next timer. */
static void
soon(void *arg, u_int64_t now)
{
	(void)arg;
	(void)now;
}

/* After whatever may have opened another connection, or heard something in
 * passing: those who are called then are not among those being served. */
static void
news_watch(void)
{
	static unsigned watched;
	unsigned session = 0;
	int fd;

	if (module.news_fd == NULL)
		return;
	fd = module.news_fd(&session);
	if (fd != -1 && session != watched) {
		kore_platform_event_level_read(fd, &news_event);
		watched = session;
	}
	if (module.news(false)) {
		later_call();
		(void)kore_timer_add(soon, 0, NULL, KORE_TIMER_ONESHOT);
	}
}

/* The one route of the server's settings: everything comes here. */
int
http_serve(struct http_request *kore)
{
	static struct request req;
	struct reply reply = REPLY_EMPTY;
	int64_t began = clock_ms();

	take_request(&req, kore);
	later_resume(&req, kore);
	module.serve(&req, &reply);
	if (reply.nresume > 0) {
		later_wait(kore, &reply);
		flush_later();
		news_watch();
		reply_free(&reply);
		return KORE_RESULT_RETRY;
	}
	news_watch();
	kore_reply_send(kore, &reply);
	kore_reply_log(http_method_text(kore->method), &req, &reply, began);
	reply_free(&reply);
	return KORE_RESULT_OK;
}

static void
tick(void *arg, u_int64_t now)
{
	(void)arg;
	(void)now;
	module.tick();
}

/* Standard output is a file: line by line, or a crash eats the last lines. */
void
kore_parent_configure(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	(void)setvbuf(stderr, NULL, _IOLBF, 0);
}

void
kore_worker_configure(void)
{
	const char *conf = getenv("ASSAY_CONF");

	/* Killed without warning, Kore's parent would leave the worker. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == 1)
		exit(1);
	log_open(module.name, LOG_NOTE);
	if (conf == NULL)
		err_set(ERR_INPUT, "ASSAY_CONF must name assay.cnf");
	if (conf == NULL || module.start(conf) == -1) {
		log_write(LOG_ALARM, "cannot start: %s", err_text());
		(void)kill(getppid(), SIGTERM);
		exit(1);
	}
	if (module.tick != NULL)
		(void)kore_timer_add(tick, 1000, NULL, 0);
	if (module.bell_fd != NULL && module.bell_fd() != -1)
		kore_platform_event_level_read(module.bell_fd(), &bell_event);
	news_watch();
}

void
kore_worker_teardown(void)
{
	kore_wire_finish();
	if (module.stop != NULL)
		module.stop();
	/*
	 * Nothing is left to do, and what exit() would run is not ours: the
	 * destructors of libraries that Kore brings along wait for each other
	 * when another malloc() stands in front (AddressSanitizer's).
	 */
	(void)fflush(NULL);
	_exit(0);
}
