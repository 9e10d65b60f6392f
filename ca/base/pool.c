/*
 * Threads, started once, that wait for work.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/pool.h"

#define AT_ONCE 32 /* unless pool_share_out() says otherwise */

struct pool {
	pthread_t *threads;
	int nthreads;	/* beside the caller */
	size_t at_once; /* pieces taken together: few enough to end together */
	void (*at_end)(void);

	pthread_mutex_t lock; /* of all that follows but what is atomic */
	pthread_cond_t begun, done, progress;
	unsigned long round; /* raised when there is work */
	int working;	     /* threads that have not ended this round */
	bool ending;

	int (*piece)(void *, size_t);
	void *ctx;
	size_t n;
	_Atomic size_t next;
	_Atomic bool *ready; /* one for so many pieces as are taken together */

	size_t failed; /* the lowest that did; SIZE_MAX: none */
	struct err why;
};

static void
note_failure(struct pool *p, size_t i)
{
	(void)pthread_mutex_lock(&p->lock);
	if (i < p->failed) {
		p->failed = i;
		err_keep(&p->why);
	}
	(void)pthread_cond_signal(&p->progress);
	(void)pthread_mutex_unlock(&p->lock);
	/* Nobody begins anything behind it. */
	atomic_store(&p->next, p->n);
}

static void
note_ready(struct pool *p, size_t first)
{
	atomic_store(&p->ready[first / p->at_once], true);
	(void)pthread_mutex_lock(&p->lock);
	(void)pthread_cond_signal(&p->progress);
	(void)pthread_mutex_unlock(&p->lock);
}

/* Take some and do them; false: none are left to be taken. */
static bool
work_once(struct pool *p)
{
	size_t i, end, first = atomic_fetch_add(&p->next, p->at_once);

	if (first >= p->n)
		return false;
	end = p->n - first < p->at_once ? p->n : first + p->at_once;
	for (i = first; i < end; i++)
		if (p->piece(p->ctx, i) == -1) {
			note_failure(p, i);
			return true;
		}
	note_ready(p, first);
	return true;
}

static void
work(struct pool *p)
{
	while (work_once(p))
		continue;
}

static void *
thread(void *arg)
{
	struct pool *p = arg;
	unsigned long seen = 0;

	(void)pthread_mutex_lock(&p->lock);
	for (;;) {
		while (p->round == seen && !p->ending)
			(void)pthread_cond_wait(&p->begun, &p->lock);
		if (p->ending)
			break;
		seen = p->round;
		(void)pthread_mutex_unlock(&p->lock);
		work(p);
		(void)pthread_mutex_lock(&p->lock);
		if (--p->working == 0)
			(void)pthread_cond_signal(&p->done);
	}
	(void)pthread_mutex_unlock(&p->lock);
	if (p->at_end != NULL)
		p->at_end();
	return NULL;
}

struct pool *
pool_new(int threads, void (*at_end)(void))
{
	struct pool *p = xcalloc(1, sizeof(*p));
	int i;

	if (threads == 0)
		threads = (int)sysconf(_SC_NPROCESSORS_ONLN);
	p->at_end = at_end;
	p->at_once = AT_ONCE;
	p->threads = xcalloc((size_t)threads + 1, sizeof(p->threads[0]));
	(void)pthread_mutex_init(&p->lock, NULL);
	(void)pthread_cond_init(&p->begun, NULL);
	(void)pthread_cond_init(&p->done, NULL);
	(void)pthread_cond_init(&p->progress, NULL);
	/* With fewer threads than wanted the same gets done, later. */
	for (i = 0; i < threads - 1; i++, p->nthreads++)
		if (pthread_create(&p->threads[i], NULL, thread, p) != 0) {
			log_write(
			    LOG_WARN, "only %d of %d threads", i + 1, threads);
			break;
		}
	return p;
}

void
pool_share_out(struct pool *p, size_t at_once)
{
	p->at_once = at_once;
}

void
pool_free(struct pool *p)
{
	int i;

	if (p == NULL)
		return;
	(void)pthread_mutex_lock(&p->lock);
	p->ending = true;
	(void)pthread_cond_broadcast(&p->begun);
	(void)pthread_mutex_unlock(&p->lock);
	for (i = 0; i < p->nthreads; i++)
		(void)pthread_join(p->threads[i], NULL);
	(void)pthread_cond_destroy(&p->progress);
	(void)pthread_cond_destroy(&p->done);
	(void)pthread_cond_destroy(&p->begun);
	(void)pthread_mutex_destroy(&p->lock);
	free((void *)p->ready);
	free(p->threads);
	free(p);
}

void
pool_begin(
    struct pool *p, size_t n, int (*piece)(void *ctx, size_t i), void *ctx)
{
	(void)pthread_mutex_lock(&p->lock);
	p->piece = piece;
	p->ctx = ctx;
	p->n = n;
	p->failed = SIZE_MAX;
	free((void *)p->ready);
	p->ready = xcalloc(n / p->at_once + 1, sizeof(p->ready[0]));
	atomic_store(&p->next, 0);
	/* One thread takes so few at once: nobody need wake for them. */
	p->working = n <= p->at_once ? 0 : p->nthreads;
	if (p->working > 0) {
		p->round++;
		(void)pthread_cond_broadcast(&p->begun);
	}
	(void)pthread_mutex_unlock(&p->lock);
	if (p->working == 0)
		work(p);
}

int
pool_join(struct pool *p)
{
	work(p);
	(void)pthread_mutex_lock(&p->lock);
	while (p->working > 0)
		(void)pthread_cond_wait(&p->done, &p->lock);
	(void)pthread_mutex_unlock(&p->lock);
	return p->failed == SIZE_MAX ? 0 : err_again(&p->why);
}

void
pool_drop(struct pool *p)
{
	struct err kept;

	err_keep(&kept);
	atomic_store(&p->next, p->n);
	(void)pool_join(p);
	(void)err_again(&kept);
}

int
pool_until(struct pool *p, size_t i)
{
	_Atomic bool *ready = &p->ready[i / p->at_once];
	bool failed;

	while (!atomic_load(ready) && work_once(p))
		continue;
	(void)pthread_mutex_lock(&p->lock);
	while (!atomic_load(ready) && p->failed == SIZE_MAX)
		(void)pthread_cond_wait(&p->progress, &p->lock);
	failed = p->failed != SIZE_MAX;
	(void)pthread_mutex_unlock(&p->lock);
	return failed ? -1 : 0;
}

bool
pool_has_ended(struct pool *p)
{
	bool working;

	(void)pthread_mutex_lock(&p->lock);
	working = p->working > 0;
	(void)pthread_mutex_unlock(&p->lock);
	return !working && atomic_load(&p->next) >= p->n;
}

int
pool_each(
    struct pool *p, size_t n, int (*piece)(void *ctx, size_t i), void *ctx)
{
	pool_begin(p, n, piece, ctx);
	return pool_join(p);
}
