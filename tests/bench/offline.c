/*
 * A snapshot of many certificates of one CA, some of them revoked: how long it
 * takes to build, how large it is, what memory that needs; how long an answer
 * takes, and that every single one is right.
 *
 *	offline CERTIFICATES PERCENT	"name value" a line
 */

#include <sys/resource.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "issue/serial.h"
#include "key/hash.h"
#include "kit/members.h"

static struct serial_key *serials;
static struct kit_members members;

static double
seconds(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
make_keys(void *ctx, uint64_t first, unsigned count, struct kit_key *keys)
{
	static uint8_t octets[SERIAL_MANY * 16];
	unsigned i;

	(void)ctx;
	serial_make_many(serials, 3, first, count, octets);
	for (i = 0; i < count; i++)
		keys[i] = kit_key_of(octets + (size_t)i * 16);
}

/* Which are revoked: each by chance, as in life. */
static uint64_t
revoke(double share)
{
	uint64_t x = 88172645463325252u, i, n = 0;

	for (i = 0; i < members.n; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		if ((double)(x >> 11) / 9007199254740992.0 >= share)
			continue;
		kit_members_add(&members, KIT_REVOKED, i, 1);
		n++;
	}
	kit_members_sort(&members);
	return n;
}

static size_t
write_content(struct buf layers[KIT_LAYERS], int n)
{
	static const uint8_t zeroes[32];
	struct kit_issuer issuer = { .key_id = span_of(zeroes, 20),
		.sha256 = span_of(zeroes, 32),
		.standing = STANDING_GOOD,
		.nlayers = (size_t)n };
	struct kit k = {
		.number = 1, .next_update = 1, .issuers = &issuer, .nissuers = 1
	};
	struct buf content = BUF_EMPTY;
	size_t octets;
	int i;

	for (i = 0; i < n; i++)
		issuer.layers[i] = buf_span(&layers[i]);
	if (kit_write(&k, &content) == -1)
		exit(1);
	octets = content.n;
	buf_free(&content);
	return octets;
}

static double
bound(double n, double r)
{
	double p = r / n;

	return n * (-p * log2(p) - (1 - p) * log2(1 - p)) / 8;
}

/* Every certificate is asked for, and in an order that no cache likes. */
static void
look_up(const struct exact *e)
{
	struct kit_walk w = { .members = &members };
	struct kit_key keys[SERIAL_MANY];
	uint64_t i, wrong = 0;
	unsigned k, n;
	double t, took = 0;
	bool is[SERIAL_MANY];

	for (i = 0; i < members.n; i += n) {
		n = members.n - i < SERIAL_MANY ? (unsigned)(members.n - i)
						: SERIAL_MANY;
		make_keys(NULL, i, n, keys);
		t = seconds(CLOCK_PROCESS_CPUTIME_ID);
		for (k = 0; k < n; k++)
			is[k] = exact_has(e, &keys[k]);
		took += seconds(CLOCK_PROCESS_CPUTIME_ID) - t;
		for (k = 0; k < n; k++)
			wrong +=
			    is[k] != (kit_walk_class(&w, i + k) == KIT_REVOKED);
	}
	printf("lookup %.1f\nwrong %llu\n", took / (double)members.n * 1e9,
	    (unsigned long long)wrong);
}

int
main(int argc, char **argv)
{
	static const uint8_t zeroes[32];
	struct buf layers[KIT_LAYERS];
	struct rusage use;
	struct exact e;
	double t, cpu;
	uint64_t r;
	int n;

	if (argc != 3)
		return 2;
	serials = serial_key_new(zeroes);
	members.n = strtoull(argv[1], NULL, 10);
	members.keys = make_keys;
	r = revoke(atof(argv[2]) / 100);
	t = seconds(CLOCK_MONOTONIC);
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	if ((n = kit_layers_build(&members, 4711, layers)) == -1) {
		fprintf(stderr, "%s\n", err_text());
		return 1;
	}
	(void)getrusage(RUSAGE_SELF, &use);
	printf("revoked %llu\nbuild %.1f\nbuild.cpu %.1f\nmemory %ld\n",
	    (unsigned long long)r, seconds(CLOCK_MONOTONIC) - t,
	    seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu, use.ru_maxrss);
	printf("octets %zu\nbound %.0f\n", write_content(layers, n),
	    bound((double)members.n, (double)r));
	if (n < 1 || exact_parse(buf_span(&layers[0]), &e) == -1)
		return 1;
	look_up(&e);
	return 0;
}
