/*
 * The files of the status index as a broken disk may give them: read in any
 * state without a step outside of them, and never "good" for an index that is
 * in no issued range.
 *
 * An input is an octet of flags, then head, row, state, leaves, times, ranges
 * and cohorts, each behind two octets of length.  Sums that random octets never
 * have are put right where the flags say so.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "revoke/status_file.h"
#include "tests/fuzz/fuzz.h"

#define ISSUER 3u

enum part { HEAD, ROW, STATE, LEAVES, TIMES, RANGES, COHORTS, PARTS };

struct input {
	uint8_t flags;
	struct span part[PARTS];
};

static char folder[64];

static void
take_apart(const uint8_t *p, size_t n, struct input *in)
{
	size_t i, size;

	memset(in, 0, sizeof(*in));
	for (i = 0; i < PARTS; i++)
		in->part[i] = span_of("", 0);
	if (n > 0) {
		in->flags = *p++;
		n--;
	}
	for (i = 0; i < PARTS && n >= 2; i++) {
		size = (size_t)p[0] | (size_t)p[1] << 8;
		p += 2;
		n -= 2;
		size = size < n ? size : n;
		in->part[i] = span_of(p, size);
		p += size;
		n -= size;
	}
}

/* Over what is there: the reader has it mapped. */
static void
put_file(const char *name, const void *p, size_t n, off_t at)
{
	char path[128];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_RDWR);
	must(fd != -1 && pwrite(fd, p, n, at) == (ssize_t)n);
	(void)close(fd);
}

static void
make_file(const char *name, off_t size)
{
	char path[128];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_RDWR | O_CREAT, 0600);
	must(fd != -1 && ftruncate(fd, size) == 0);
	(void)close(fd);
}

static struct status *
a_reader(void)
{
	struct head h = { .magic = HEAD_MAGIC };
	const char *tmp = getenv("TMPDIR");
	struct status *s;

	log_open("fuzz", LOG_ALARM);
	(void)snprintf(folder, sizeof(folder), "%s/fuzz.XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	must(mkdtemp(folder) != NULL);
	make_file("head", HEAD_SIZE);
	make_file("3.state", 4096);
	make_file("3.leaves", 4096);
	make_file("3.times", 4096);
	make_file("3.ranges", 4096);
	make_file("cohorts.1", 4096);
	put_file("head", &h, sizeof(h), 0);
	must((s = status_open_reader(folder)) != NULL);
	return s;
}

static void
put_head(const struct input *in)
{
	struct head h;
	struct row row;

	memset(&h, 0, sizeof(h));
	memset(&row, 0, sizeof(row));
	memcpy(&h, in->part[HEAD].p,
	    in->part[HEAD].n < sizeof(h) ? in->part[HEAD].n : sizeof(h));
	memcpy(&row, in->part[ROW].p,
	    in->part[ROW].n < sizeof(row) ? in->part[ROW].n : sizeof(row));
	/* else a reader would wait */
	h.seq &= ~UINT64_C(1);
	h.phase = HEAD_SERVING;
	if (in->flags & 1) {
		memcpy(h.magic, HEAD_MAGIC, 8);
		row.sum = row_sum(&row);
		h.row_sum = row.sum;
		h.sum = head_sum(&h);
	}
	put_file("head", &h, sizeof(h), 0);
	put_file("head", &row, sizeof(row), HEAD_ROWS + ISSUER * sizeof(row));
}

static void
put_octets(const struct input *in)
{
	static uint8_t state[4096], leaves[4096];
	struct shelf sh = { .state = { .p = state, .n = sizeof(state) },
		.leaves = { .p = leaves, .n = sizeof(leaves) } };
	struct leaf *leaf = (struct leaf *)(void *)leaves;
	size_t i;

	memset(state, 0, sizeof(state));
	memset(leaves, 0, sizeof(leaves));
	memcpy(leaves, in->part[LEAVES].p, in->part[LEAVES].n % sizeof(leaves));
	if (in->flags & 2)
		memset(leaf->octets, 0, sizeof(leaf->octets));
	for (i = 0; i < in->part[STATE].n && i < sizeof(state); i++)
		if (in->flags & 2)
			octet_put(&sh, i, in->part[STATE].p[i]);
		else
			state[i] = in->part[STATE].p[i];
	put_file("3.state", state, sizeof(state), 0);
	put_file("3.leaves", leaves, sizeof(leaves), 0);
}

static void
put_records(const struct input *in)
{
	struct range r[4096 / sizeof(struct range)];
	struct cohort c[4096 / sizeof(struct cohort)];
	uint8_t times[4096];
	size_t i;

	memset(r, 0, sizeof(r));
	memset(c, 0, sizeof(c));
	memcpy(r, in->part[RANGES].p, in->part[RANGES].n % sizeof(r));
	memcpy(c, in->part[COHORTS].p, in->part[COHORTS].n % sizeof(c));
	for (i = 0; in->flags & 4 && i < sizeof(r) / sizeof(r[0]); i++)
		r[i].sum = range_sum(&r[i]);
	for (i = 0; in->flags & 4 && i < sizeof(c) / sizeof(c[0]); i++)
		c[i].sum = cohort_sum(&c[i]);
	memset(times, 0, sizeof(times));
	memcpy(times, in->part[TIMES].p, in->part[TIMES].n % sizeof(times));
	put_file("3.ranges", r, sizeof(r), 0);
	put_file("cohorts.1", c, sizeof(c), 0);
	put_file("3.times", times, sizeof(times), 0);
}

static void
ask(struct status *s)
{
	static const uint64_t often[] = { 600, 4095, 4096, 1 << 20,
		STATUS_INDEX_MAX, UINT64_MAX };
	uint64_t cohort[COHORT_OF_RANGE], i, index;
	struct status_answer a;

	for (i = 0; i < 32; i++) {
		index = i < 26 ? i : often[i - 26];
		if (status_get(s, ISSUER, index, &a) == 0 &&
		    a.state != STATUS_NEVER)
			must(index < 4096);
		(void)status_cohorts(s, ISSUER, index, cohort);
	}
	(void)status_check(s, 1 << 20);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct status *s;
	struct input in;

	if (s == NULL)
		s = a_reader();
	take_apart(p, n, &in);
	put_head(&in);
	put_octets(&in);
	put_records(&in);
	s->seen = 0; /* each by itself */
	ask(s);
	return 0;
}
