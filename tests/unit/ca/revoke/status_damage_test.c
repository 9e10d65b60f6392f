/*
 * The status index: what becomes of it when its writer dies or its files are
 * torn.
 */

#include "status_world.h"

static void
goes_on_where_it_ended(void **state)
{
	struct status *s = a_serving_writer();

	(void)state;
	issue(s, 0, 10);
	do_one(s, EVENT_REVOKED, 3, 1);
	on_cohort(s, EVENT_COHORT_HELD, COHORT_LOT, 11, 1);
	status_free(s);
	s = a_writer();
	assert_int_equal(status_last_event(s), 3);
	assert_int_equal(state_of(s, 3), STATUS_REVOKED);
	assert_int_equal(state_of(s, 4), STATUS_HOLD);
	issue(s, 10, 10);
	on_cohort(s, EVENT_COHORT_RELEASED, COHORT_LOT, 11, 1);
	assert_int_equal(state_of(s, 15), STATUS_GOOD);
	status_free(s);
}

/* Spoil a file as a crash might; the next writer has to start over. */
static void
spoil(const char *name, off_t at, const void *p, size_t n)
{
	int fd = open(in_folder(name), O_RDWR);

	assert_int_not_equal(fd, -1);
	assert_int_equal(pwrite(fd, p, n, at), n);
	(void)close(fd);
}

static void
make_one_and_close(void)
{
	struct status *s = a_serving_writer();

	last = 0;
	issue(s, 0, 10);
	do_one(s, EVENT_REVOKED, 3, 1);
	status_free(s);
}

static void
expect_rebuilt(void)
{
	struct status *s = a_writer();
	struct status_answer a;

	assert_int_equal(status_last_event(s), 0);
	assert_int_equal(status_get(s, 3, 3, &a), -1);
	assert_int_equal(err_kind(), ERR_BUSY);
	last = 0;
	issue(s, 0, 10);
	do_one(s, EVENT_REVOKED, 3, 1);
	status_set_checked(s, 1700000000);
	assert_int_equal(state_of(s, 3), STATUS_REVOKED);
	status_free(s);
}

static void
starts_over_after_a_torn_write(void **state)
{
	static const uint64_t odd = 7, wrong = 0x5555;
	static const uint32_t no = 0;
	char path[128];

	(void)state;
	make_one_and_close();
	spoil("head", offsetof(struct head, seq), &odd, sizeof(odd));
	expect_rebuilt();
	spoil("head", offsetof(struct head, last_event), &wrong, sizeof(wrong));
	expect_rebuilt();
	spoil(
	    "head", HEAD_ROWS + 3 * sizeof(struct row), &wrong, sizeof(wrong));
	expect_rebuilt();
	spoil("head", 0, "X", 1);
	expect_rebuilt();
	(void)snprintf(path, sizeof(path), "%s/3.state", folder);
	assert_int_equal(truncate(path, 5), 0);
	expect_rebuilt();
	(void)snprintf(path, sizeof(path), "%s/3.times", folder);
	assert_int_equal(unlink(path), 0);
	expect_rebuilt();
	/* another start of the machine, and not closed in good order */
	spoil("head", offsetof(struct head, clean), &no, sizeof(no));
	spoil("head", offsetof(struct head, boot), "another", 7);
	expect_rebuilt();
}

static void
remembers_over_a_rebuilding_how_far_it_was(void **state)
{
	static const uint64_t odd = 7;
	struct status *s;

	(void)state;
	make_one_and_close();
	spoil("head", offsetof(struct head, seq), &odd, sizeof(odd));
	s = a_writer();
	assert_int_equal(status_last_event(s), 0);
	assert_int_equal(status_told(s), 2);
	last = 0;
	issue(s, 0, 10);
	assert_int_equal(status_told(s), 2);
	assert_int_equal(status_rebuild(s), 0);
	assert_int_equal(status_told(s), 2);
	status_free(s);
}

static void
a_flipped_bit_is_damage_and_no_other_state(void **state)
{
	struct status *s;
	struct status_answer a;
	uint8_t octets[] = { OCTET_NEVER, OCTET_GOOD, OCTET_HOLD, OCTET_VOID,
		OCTET(4), OCTET(5), OCTET(11) };
	uint8_t flipped;
	size_t i;
	int bit;

	(void)state;
	make_one_and_close();
	s = status_open_reader(folder);
	assert_non_null(s);
	for (i = 0; i < sizeof(octets); i++)
		for (bit = 0; bit < 8; bit++) {
			flipped = (uint8_t)(octets[i] ^ 1 << bit);
			spoil("3.state", 5, &flipped, 1);
			assert_int_equal(status_get(s, 3, 5, &a), -1);
			assert_int_equal(err_kind(), ERR_INTERNAL);
		}
	status_free(s);
}

static void
another_state_than_was_written_is_damage(void **state)
{
	static const uint8_t good = OCTET_GOOD, never = OCTET_NEVER;
	struct status *s;
	struct status_answer a;

	(void)state;
	make_one_and_close();
	s = status_open_reader(folder);
	assert_non_null(s);
	spoil("3.state", 3, &good, 1);
	assert_int_equal(status_get(s, 3, 3, &a), -1);
	assert_int_equal(err_kind(), ERR_INTERNAL);
	assert_int_equal(status_get(s, 3, 5, &a), -1); /* its neighbours, too */
	spoil("3.state", 3, &never, 1);
	assert_int_equal(status_get(s, 3, 3, &a), -1);
	status_free(s);
}

/* Each is good as long as nobody asks about what is gone. */
static void
expect_found(const char *name, off_t at, const void *p, size_t n)
{
	struct status *s;
	int looks = 0;

	make_one_and_close();
	s = a_serving_writer();
	last = 2;
	issue(s, 10, 10000);
	on_cohort(s, EVENT_COHORT_HELD, COHORT_MODEL, 900, 1);
	while (++looks < 20)
		assert_int_equal(status_check(s, LEAF), 0);
	spoil(name, at, p, n);
	for (looks = 0; status_check(s, LEAF) == 0; looks++)
		assert_true(looks < 20);
	assert_int_equal(err_kind(), ERR_INTERNAL);
	assert_int_equal(status_rebuild(s), 0);
	while (--looks > 0)
		assert_int_equal(status_check(s, LEAF), 0);
	status_free(s);
	assert_int_equal(unlink(in_folder("told")), 0);
}

static void
its_writer_finds_what_has_changed(void **state)
{
	static const uint8_t zeroes[4096];
	static const uint32_t when = 1700009999;

	(void)state;
	expect_found("3.state", 4096, zeroes, 4096);
	expect_found("3.state", 9000, "\xd2", 1);
	expect_found("3.leaves", 0, zeroes, 4);
	expect_found("3.times", CHUNK_UNIT + 8, &when, sizeof(when));
	expect_found("3.times", CHUNK_UNIT, zeroes, 64);
	expect_found("3.ranges", 0, zeroes, sizeof(struct range));
	expect_found("3.ranges", 24, "\x01", 1);
	expect_found("cohorts.1", 0, zeroes, 4096);
	expect_found("head", HEAD_ROWS + 3 * sizeof(struct row), zeroes, 64);
	expect_found("head", offsetof(struct head, last_event), zeroes, 8);
}

static void
a_writer_killed_in_the_middle_of_an_event_is_found_out(void **state)
{
	struct status *s = a_serving_writer();
	struct status_event e = an_event(EVENT_ISSUED, 0, 30000000);
	int status;
	pid_t child;

	(void)state;
	status_free(s);
	s = status_open_reader(folder);
	assert_non_null(s);
	assert_int_not_equal(child = fork(), -1);
	if (child == 0) {
		s = status_open_writer(folder);
		_exit(s == NULL || status_apply(s, &e) == -1);
	}
	while ((atomic_load(&s->head->seq) & 1) == 0)
		assert_int_equal(waitpid(child, &status, WNOHANG), 0);
	(void)kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_true((atomic_load(&s->head->seq) & 1) == 1);
	status_free(s);
	s = a_writer();
	assert_int_equal(status_last_event(s), 0);
	assert_int_equal(status_apply(s, &e), 0);
	status_set_checked(s, 1700000000);
	assert_int_equal(state_of(s, 29999999), STATUS_GOOD);
	assert_int_equal(state_of(s, 30000000), STATUS_NEVER);
	status_free(s);
}

static void
readers_move_on_to_a_rebuilt_index(void **state)
{
	static const uint64_t odd = 7;
	struct status *r;
	struct status_answer a;

	(void)state;
	make_one_and_close();
	r = status_open_reader(folder);
	assert_int_equal(state_of(r, 3), STATUS_REVOKED);
	spoil("head", offsetof(struct head, seq), &odd, sizeof(odd));
	assert_int_equal(status_get(r, 3, 3, &a), -1);
	assert_int_equal(err_kind(), ERR_BUSY);
	expect_rebuilt();
	assert_int_equal(state_of(r, 3), STATUS_REVOKED);
	assert_int_equal(state_of(r, 4), STATUS_GOOD);
	status_free(r);
}

/* Lost or damaged, it could not be told that it was given up. */
static void
readers_let_go_of_a_head_that_is_gone(void **state)
{
	struct status *r;
	struct status_answer a;
	char path[128];

	(void)state;
	make_one_and_close();
	r = status_open_reader(folder);
	assert_int_equal(state_of(r, 4), STATUS_GOOD);
	(void)snprintf(path, sizeof(path), "%s/head", folder);
	assert_int_equal(unlink(path), 0);
	(void)usleep(600 * 1000);
	assert_int_equal(status_get(r, 3, 4, &a), -1);
	assert_int_equal(err_kind(), ERR_BUSY);
	expect_rebuilt();
	assert_int_equal(state_of(r, 3), STATUS_REVOKED);
	assert_int_equal(state_of(r, 4), STATUS_GOOD);
	status_free(r);
}

/*
 * A child issues and revokes for ever: event 2n-1 issues index n-1, event 2n
 * revokes it.  Killed anywhere, what it left is either consistent as of its
 * last event or starts over.
 */
static void
write_for_ever(void)
{
	struct status *w = status_open_writer(folder);

	if (w == NULL)
		_exit(1);
	status_set_checked(w, 1700000000);
	for (last = status_last_event(w);;) {
		struct status_event e =
		    an_event((last & 1) == 0 ? EVENT_ISSUED : EVENT_REVOKED,
			last / 2, 1);

		e.reason = 5;
		if (e.kind == EVENT_ISSUED)
			e.cohort[COHORT_LOT] = e.first / 3 + 1;
		if (status_apply(w, &e) == -1)
			_exit(1);
	}
}

static void
expect_consistent(struct status *s)
{
	uint64_t seen = status_last_event(s), index;
	struct status_answer a;

	for (index = 0; index < seen / 2; index += seen / 400 + 1) {
		assert_int_equal(status_get(s, 3, index, &a), 0);
		assert_int_equal(a.state, STATUS_REVOKED);
		assert_int_equal(a.when, AT(2 * index + 2));
	}
	assert_int_equal(state_of(s, (seen + 1) / 2), STATUS_NEVER);
}

static void
survives_the_death_of_its_writer_at_any_moment(void **state)
{
	struct status *s;
	int round, status;
	pid_t child;

	(void)state;
	for (round = 0; round < 25; round++) {
		assert_int_not_equal(child = fork(), -1);
		if (child == 0)
			write_for_ever();
		(void)usleep(3000 + (useconds_t)round * 700);
		(void)kill(child, SIGKILL);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
		s = a_writer();
		status_set_checked(s, 1700000000);
		expect_consistent(s);
		status_free(s);
	}
}

static void
readers_never_see_half_an_event(void **state)
{
	struct status_answer a;
	struct status *w = a_serving_writer(), *r;
	uint64_t seen, index;
	int i, status, answers = 0;
	pid_t child;

	(void)state;
	status_free(w);
	assert_int_not_equal(child = fork(), -1);
	if (child == 0)
		write_for_ever();
	r = status_open_reader(folder);
	assert_non_null(r);
	for (i = 0; i < 20000; i++) {
		seen = status_last_event(r);
		index = seen / 2;
		if (status_get(r, 3, index, &a) == -1) {
			assert_int_equal(err_kind(), ERR_BUSY);
			continue;
		}
		answers++;
		if (a.state == STATUS_REVOKED)
			assert_int_equal(a.when, AT(2 * index + 2));
		else
			assert_int_equal(a.when, 0);
	}
	(void)kill(child, SIGKILL);
	(void)waitpid(child, &status, 0);
	assert_true(WIFSIGNALED(status));
	assert_true(answers > 10000);
	status_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(goes_on_where_it_ended),
		TEST(starts_over_after_a_torn_write),
		TEST(remembers_over_a_rebuilding_how_far_it_was),
		TEST(a_flipped_bit_is_damage_and_no_other_state),
		TEST(another_state_than_was_written_is_damage),
		TEST(its_writer_finds_what_has_changed),
		TEST(a_writer_killed_in_the_middle_of_an_event_is_found_out),
		TEST(readers_move_on_to_a_rebuilt_index),
		TEST(readers_let_go_of_a_head_that_is_gone),
		TEST(survives_the_death_of_its_writer_at_any_moment),
		TEST(readers_never_see_half_an_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
