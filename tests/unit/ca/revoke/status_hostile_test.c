/*
 * The status index in the hands of a follower that is somebody else's by now:
 * readers go on, say nothing is good that was not, and are right again once the
 * files are.
 */

#include <sys/mman.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/io.h"

#include "status_world.h"

#define INDEXES	  20000u
#define REVOKED	  19000u /* far behind the first pages */
#define BY_COHORT 30u

static const char *const files[] = { "head", "3.state", "3.leaves", "3.times",
	"3.ranges", "cohorts.1" };
#define FILES (sizeof(files) / sizeof(*files))

/* One that is revoked, one whose lot is. */
static void
make_an_index(void)
{
	struct status *s = a_serving_writer();
	struct status_event e;

	last = 0;
	issue(s, 0, BY_COHORT);
	e = an_event(EVENT_ISSUED, BY_COHORT, 1);
	e.cohort[COHORT_LOT] = 77;
	assert_int_equal(status_apply(s, &e), 0);
	issue(s, BY_COHORT + 1, INDEXES - BY_COHORT - 1);
	do_one(s, EVENT_REVOKED, REVOKED, 1);
	on_cohort(s, EVENT_COHORT_HELD, COHORT_LOT, 77, 1);
	status_set_checked(s, 1700000000);
	status_free(s);
}

static struct buf kept[FILES];

static void
keep(void)
{
	size_t i;

	for (i = 0; i < FILES; i++) {
		buf_clear(&kept[i]);
		assert_int_equal(
		    io_read_file(in_folder(files[i]), 16u << 20, &kept[i]), 0);
	}
}

static void
forget(void)
{
	size_t i;

	for (i = 0; i < FILES; i++)
		buf_free(&kept[i]);
}

/* Into the same file, as whoever has it mapped sees it. */
static void
put_back(size_t i)
{
	int fd = open(in_folder(files[i]), O_RDWR | O_CREAT, 0600);

	assert_int_not_equal(fd, -1);
	assert_int_equal(
	    pwrite(fd, kept[i].p, kept[i].n, 0), (ssize_t)kept[i].n);
	(void)close(fd);
}

/* Each may only not know, and neither is good. */
static void
expect_no_lie(struct status *r)
{
	uint64_t cohort[COHORT_OF_RANGE];
	struct status_answer a;

	if (status_get(r, 3, REVOKED, &a) == 0)
		assert_true(a.state != STATUS_GOOD);
	if (status_get(r, 3, BY_COHORT, &a) == 0)
		assert_true(a.state != STATUS_GOOD);
	(void)status_get(r, 3, 0, &a);
	(void)status_get(r, 4, 0, &a);
	(void)status_cohorts(r, 3, REVOKED, cohort);
	(void)status_last_event(r);
	(void)status_checked(r);
	(void)status_placed(r);
	(void)status_leapt(r);
	(void)status_issuer_after(r, 0);
}

static void
expect_right(struct status *r)
{
	assert_int_equal(state_of(r, REVOKED), STATUS_REVOKED);
	assert_int_equal(state_of(r, BY_COHORT), STATUS_HOLD);
	assert_int_equal(state_of(r, 0), STATUS_GOOD);
}

static void
survives_files_that_are_cut_short_while_they_are_mapped(void **state)
{
	static const off_t lengths[] = { 0, 1, 4096, 8192 };
	struct status *r;
	size_t i, j;

	(void)state;
	make_an_index();
	keep();
	r = status_open_reader(folder);
	assert_non_null(r);
	for (i = 0; i < FILES; i++)
		for (j = 0; j < 4; j++) {
			expect_right(r);
			assert_int_equal(
			    truncate(in_folder(files[i]), lengths[j]), 0);
			expect_no_lie(r);
			expect_no_lie(r);
			put_back(i);
			expect_right(r);
		}
	status_free(r);
	forget();
}

/* Cut, filled and grown by another process meanwhile. */
static void
cut(size_t i, off_t length)
{
	int fd = open(in_folder(files[i]), O_RDWR);

	if (fd == -1 || ftruncate(fd, length) == -1)
		_exit(1);
	(void)close(fd);
}

static void
spoil_for_ever(void)
{
	unsigned n;

	for (n = 1; getppid() != 1; n = n * 1103515245u + 12345u) {
		cut((n >> 16 & 7) % FILES, (n >> 8) % 70000);
		put_back((n >> 16 & 7) % FILES);
		cut((n >> 20 & 7) % FILES, 200000);
	}
	_exit(0);
}

static void
says_nothing_wrong_while_they_are_cut_and_put_back(void **state)
{
	int64_t until;
	struct status *r;
	size_t i;
	pid_t child;

	(void)state;
	make_an_index();
	keep();
	r = status_open_reader(folder);
	assert_non_null(r);
	assert_int_not_equal(child = fork(), -1);
	if (child == 0)
		spoil_for_ever();
	for (until = clock_ms() + 1500; clock_ms() < until;)
		expect_no_lie(r);
	(void)kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	for (i = 0; i < FILES; i++)
		put_back(i);
	expect_right(r);
	status_free(r);
	forget();
}

static void
lay_pipe(const char *path)
{
	assert_int_equal(mkfifo(path, 0600), 0);
}

static void
lay_folder(const char *path)
{
	assert_int_equal(mkdir(path, 0700), 0);
}

static void
lay_link(const char *path)
{
	assert_int_equal(symlink("/dev/zero", path), 0);
}

static void
lay_loop(const char *path)
{
	assert_int_equal(symlink(path, path), 0);
}

static void
lay_nothing(const char *path)
{
	(void)path;
}

static void
waits_for_nothing_that_is_no_file(void **state)
{
	static void (*const laid[])(const char *) = { lay_pipe, lay_folder,
		lay_link, lay_loop, lay_nothing };
	struct status *r;
	size_t i, j;

	(void)state;
	make_an_index();
	keep();
	for (i = 0; i < FILES; i++)
		for (j = 0; j < sizeof(laid) / sizeof(*laid); j++) {
			assert_int_equal(unlink(in_folder(files[i])), 0);
			laid[j](in_folder(files[i]));
			r = status_open_reader(folder);
			if (r != NULL)
				expect_no_lie(r);
			(void)remove(in_folder(files[i]));
			put_back(i);
			if (r != NULL)
				expect_right(r);
			if (r != NULL)
				status_free(r);
		}
	forget();
}

static void *
map(const char *name, size_t *n)
{
	int fd = open(in_folder(name), O_RDWR);
	struct stat st;
	void *p;

	assert_int_equal(fstat(fd, &st), 0);
	*n = (size_t)st.st_size;
	p = mmap(NULL, *n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(p != MAP_FAILED);
	(void)close(fd);
	return p;
}

/* Wrong, with sums that fit: what is bounded by them is bounded by nothing. */
static void
a_chain_without_an_end_is_damage(void **state)
{
	size_t nleaves, ntimes;
	struct status_answer a;
	struct leaf *leaf;
	struct chunk *c;
	int64_t begun;
	struct status *r;
	void *times;

	(void)state;
	make_an_index();
	leaf = (struct leaf *)map("3.leaves", &nleaves) + REVOKED / LEAF;
	times = map("3.times", &ntimes);
	c = (struct chunk *)((uint8_t *)times + leaf->chain * CHUNK_UNIT);
	c->next = leaf->chain;
	leaf->count = UINT32_MAX;
	r = status_open_reader(folder);
	begun = clock_ms();
	assert_int_equal(status_get(r, 3, REVOKED, &a), -1);
	assert_int_equal(err_kind(), ERR_INTERNAL);
	assert_true(clock_ms() - begun < 100);
	status_free(r);
	(void)munmap(leaf - REVOKED / LEAF, nleaves);
	(void)munmap(times, ntimes);
}

static void
a_table_of_cohorts_without_an_end_is_damage(void **state)
{
	size_t n, slots = (size_t)1 << 30;
	struct status_answer a;
	uint8_t *head;
	struct status *r;

	(void)state;
	make_an_index();
	head = map("head", &n);
	((struct head *)head)->cohort_slots = slots;
	((struct head *)head)->sum = head_sum((struct head *)head);
	assert_int_equal(truncate(in_folder("cohorts.1"),
			     (off_t)(slots * sizeof(struct cohort))),
	    0);
	r = status_open_reader(folder);
	assert_int_equal(status_get(r, 3, BY_COHORT, &a), -1);
	assert_int_equal(err_kind(), ERR_INTERNAL);
	status_free(r);
	(void)munmap(head, n);
}

/* A time or a reason that cannot be; of sums that do not fit. */
static void
a_cohort_that_makes_no_sense_is_not_believed(void **state)
{
	struct cohort *c, was;
	struct status_answer a;
	struct status *r;
	size_t n, i;
	int turn;

	(void)state;
	make_an_index();
	c = map("cohorts.1", &n);
	for (i = 0; c[i].id == 0; i++)
		;
	was = c[i];
	r = status_open_reader(folder);
	for (turn = 0; turn < 4; turn++) {
		c[i] = was;
		if (turn == 0)
			c[i].since = INT64_MIN;
		else if (turn == 1)
			c[i].since = INT64_MAX;
		else if (turn == 2) {
			c[i].on = COHORT_REVOKED;
			c[i].reason = 300;
		}
		c[i].sum = cohort_sum(&c[i]) + (turn == 3);
		assert_int_equal(status_get(r, 3, BY_COHORT, &a), -1);
		assert_int_equal(err_kind(), ERR_INTERNAL);
	}
	c[i] = was;
	assert_int_equal(state_of(r, BY_COHORT), STATUS_HOLD);
	status_free(r);
	(void)munmap(c, n);
}

/* Yesterday's, which knows less than was told already. */
static void
an_earlier_one_is_not_believed(void **state)
{
	struct status *r, *w;
	struct status_answer a;
	size_t i;

	(void)state;
	make_an_index();
	keep();
	w = a_serving_writer();
	do_one(w, EVENT_REVOKED, 5, 1);
	r = status_open_reader(folder);
	assert_int_equal(state_of(r, 5), STATUS_REVOKED);
	for (i = 0; i < FILES; i++) {
		assert_int_equal(unlink(in_folder(files[i])), 0);
		put_back(i);
	}
	(void)usleep(600 * 1000);
	assert_int_equal(status_get(r, 3, 5, &a), -1);
	assert_int_equal(err_kind(), ERR_BUSY);
	/* its writer sees it, too, and makes it anew */
	assert_int_equal(status_check(w, LEAF), -1);
	assert_int_equal(status_rebuild(w), 0);
	last = 0;
	issue(w, 0, 10);
	status_set_checked(w, 1700000000);
	(void)usleep(600 * 1000);
	assert_int_equal(status_get(r, 3, 5, &a), -1);
	for (i = 0; i < 5; i++)
		do_one(w, EVENT_REVOKED, 5, 1);
	assert_int_equal(state_of(r, 5), STATUS_REVOKED);
	status_free(r);
	status_free(w);
	forget();
}

/* Any of its files; and shortened in its place. */
static void
its_writer_finds_one_that_was_replaced(void **state)
{
	struct status *w;
	size_t i;
	int cut, looks;

	(void)state;
	for (i = 0; i < FILES; i++)
		for (cut = 0; cut < 2; cut++) {
			make_an_index();
			keep();
			w = a_serving_writer();
			for (looks = 0; looks < 20; looks++)
				assert_int_equal(status_check(w, LEAF), 0);
			if (cut)
				assert_int_equal(
				    truncate(in_folder(files[i]), 0), 0);
			else {
				assert_int_equal(
				    unlink(in_folder(files[i])), 0);
				put_back(i);
			}
			for (looks = 0; status_check(w, LEAF) == 0; looks++)
				assert_true(looks < 20);
			assert_int_equal(status_rebuild(w), 0);
			status_free(w);
			assert_int_equal(unlink(in_folder("told")), 0);
		}
	forget();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(survives_files_that_are_cut_short_while_they_are_mapped),
		TEST(says_nothing_wrong_while_they_are_cut_and_put_back),
		TEST(waits_for_nothing_that_is_no_file),
		TEST(a_chain_without_an_end_is_damage),
		TEST(a_table_of_cohorts_without_an_end_is_damage),
		TEST(a_cohort_that_makes_no_sense_is_not_believed),
		TEST(an_earlier_one_is_not_believed),
		TEST(its_writer_finds_one_that_was_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
