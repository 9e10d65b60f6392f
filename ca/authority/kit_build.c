/*
 * A snapshot's filters: minutes of work at a hundred million certificates,
 * which keep nobody waiting.
 */

#include <sys/resource.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "authority/kit_draft.h"
#include "base/err.h"
#include "key/hash.h"

#define NICE 10 /* below who issues */

struct kit_build {
	pthread_t thread;
	struct kit_draft *draft;
	struct serial_key *serials; /* this thread's own */
	uint64_t seed;
	struct buf content;
	bool failed;
	char why[200];
	atomic_bool done;
};

/* Which CA's keys are asked for. */
struct source {
	struct serial_key *serials;
	uint32_t issuer;
};

static void
make_keys(void *ctx, uint64_t first, unsigned count, struct kit_key *keys)
{
	struct source *s = ctx;
	uint8_t octets[SERIAL_MANY * 16];
	unsigned i;

	serial_make_many(s->serials, s->issuer, first, count, octets);
	for (i = 0; i < count; i++)
		keys[i] = kit_key_of(octets + (size_t)i * 16);
}

static int
build_issuer(
    struct kit_build *b, struct kit_issuer *kept, struct draft_issuer *is)
{
	struct source source = { b->serials, is->id };
	int i, n = 0;

	kept->listed = buf_span(&is->listed);
	if (kept->delegated)
		return 0; /* all that is not good is listed */
	is->members.keys = make_keys;
	is->members.ctx = &source;
	if ((n = kit_layers_build(&is->members, b->seed, is->layers)) == -1)
		return -1;
	kept->nlayers = (size_t)n;
	for (i = 0; i < n; i++)
		kept->layers[i] = buf_span(&is->layers[i]);
	return 0;
}

static void *
run(void *ctx)
{
	struct kit_build *b = ctx;
	struct kit_draft *d = b->draft;
	size_t i;
	int rc = 0;

	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
	for (i = 0; rc == 0 && i < d->kit.nissuers; i++)
		rc = build_issuer(b, &d->kit.issuers[i], &d->issuers[i]);
	if (rc == 0)
		rc = kit_write(&d->kit, &b->content);
	if (rc == -1) {
		b->failed = true;
		(void)snprintf(b->why, sizeof(b->why), "%s", err_text());
	}
	atomic_store(&b->done, true);
	return NULL;
}

struct kit_build *
kit_build_begin(struct kit_draft *d)
{
	struct kit_build *b = xcalloc(1, sizeof(*b));
	char path[INSTANCE_PATH_MAX];

	b->draft = d;
	hash_random((uint8_t *)&b->seed, sizeof(b->seed));
	b->serials = serial_key_load(
	    instance_path(&d->a->in, path, "authority/serial.key"));
	if (b->serials == NULL) {
		free(b);
		return NULL;
	}
	if (pthread_create(&b->thread, NULL, run, b) != 0) {
		serial_key_free(b->serials);
		free(b);
		err_set(ERR_BUSY, "could not start a thread for the kit");
		return NULL;
	}
	return b;
}

bool
kit_build_is_done(struct kit_build *b)
{
	return atomic_load(&b->done);
}

int
kit_build_end(struct kit_build *b, struct buf *content)
{
	int rc = 0;

	(void)pthread_join(b->thread, NULL);
	serial_key_free(b->serials);
	if (b->failed) {
		buf_free(&b->content);
		rc = err_set(ERR_INTERNAL, "%s", b->why);
	} else
		*content = b->content;
	free(b);
	return rc;
}
