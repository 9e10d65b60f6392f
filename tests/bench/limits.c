/*
 * What this machine can do at most: P-256 verifications and signatures a
 * second, by one process and by as many as there are cores; and what our
 * signing path does, a device's certificate built, signed and linted.  They
 * are taken in turn, so that what else the machine does falls on all of them.
 *	limits SECONDS
 * prints lines such as "verify 2 RATE": what, by how many processes, a second.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../unit/test.h"

#include "../unit/pki.h"

#define ROUNDS 4
#define N(a)   (sizeof(a) / sizeof((a)[0]))

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct work {
	struct key *key;
	uint8_t message[32], signature[KEY_SIGNATURE_MAX];
	size_t n;

	struct template_spec spec;
	struct template *template;
	struct template_row row;
	uint8_t serial[SERIAL_SIZE];
};

static int
verify(struct work *w)
{
	return key_verify(
	    w->key, span_of(w->message, 32), span_of(w->signature, w->n));
}

static int
sign(struct work *w)
{
	return key_sign(w->key, span_of(w->message, 32), w->signature, &w->n);
}

static int
certify(struct work *w)
{
	uint8_t space[8192];
	struct span der;

	/* lint is in it */
	return template_build(w->template, &w->row, space, sizeof(space), &der);
}

static const struct {
	const char *name;
	int (*once)(struct work *);
} kinds[] = { { "verify", verify }, { "sign", sign }, { "certify", certify } };

/* How often within so many seconds. */
static double
often(struct work *w, int (*once)(struct work *), double seconds)
{
	double end = now() + seconds, n = 0;
	int i, bad = 0;

	while (now() < end)
		for (i = 0; i < 64; i++, n++)
			bad |= once(w);
	if (bad != 0)
		abort();
	return n;
}

/* By that many processes at the same time: a second, all together. */
static double
rate(struct work *w, int (*once)(struct work *), int processes, double seconds)
{
	double *done = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	double all = 0, began = now();
	int i, status = 0;

	for (i = 0; i < processes; i++)
		if (fork() == 0) {
			done[i] = often(w, once, seconds);
			_exit(0);
		}
	while (wait(&status) > 0)
		if (status != 0)
			abort();
	began = now() - began;
	for (i = 0; i < processes; i++)
		all += done[i];
	(void)munmap(done, 4096);
	return all / began;
}

static void
prepare(struct work *w)
{
	static struct pki pki;

	pki_start(&pki);
	w->key = key_generate(KEY_P256);
	w->spec = pki_spec(&pki, PROFILE_TRE, &pki.tre);
	w->template = template_new(&w->spec);
	pki_must(w->key != NULL && w->template != NULL && sign(w) == 0);
	serial_make(pki.serials, pki.tre.id, 7, w->serial);
	w->row.index = 7;
	w->row.serial = span_of(w->serial, SERIAL_SIZE);
	w->row.key = KEY_P256;
	w->row.point = key_point(w->key);
	w->row.device_id = span_str("DEVICE-000001");
	pki_must(certify(w) == 0);
}

int
main(int argc, char **argv)
{
	double seconds = argc > 1 ? atof(argv[1]) : 6;
	double sum[N(kinds)][2] = { { 0 } };
	int cores = (int)sysconf(_SC_NPROCESSORS_ONLN);
	size_t kind, many, round;
	static struct work w;

	prepare(&w);
	for (round = 0; round < ROUNDS; round++)
		for (kind = 0; kind < N(kinds); kind++)
			for (many = 0; many < 2; many++)
				sum[kind][many] +=
				    rate(&w, kinds[kind].once, many ? cores : 1,
					seconds / ROUNDS / 2 / N(kinds));
	for (kind = 0; kind < N(kinds); kind++)
		for (many = 0; many < 2; many++)
			printf("%s %d %.0f\n", kinds[kind].name,
			    many ? cores : 1, sum[kind][many] / ROUNDS);
	return 0;
}
