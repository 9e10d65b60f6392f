/*
 * Transactions: whole or nothing, also in two halves, and whoever waits for
 * what.
 */

#include "connection.h"

static void
a_cut_transaction_has_failed(void **state)
{
	struct buf out = BUF_EMPTY;

	(void)state;
	assert_int_equal(db_begin_as(db, 1), 0);
	cut();
	assert_int_equal(db_call_json(db, "health", NULL, &out), -1);
	assert_int_equal(err_kind(), ERR_BUSY);
	assert_int_equal(db_call_json(db, "health", NULL, &out), -1);
	assert_int_equal(err_kind(), ERR_BUSY);
	db_rollback(db);
	assert_int_equal(db_call_json(db, "health", NULL, &out), 0);
	buf_free(&out);
}

static void
a_transaction_is_whole_or_nothing(void **state)
{
	struct db_args args;
	struct buf out = BUF_EMPTY;

	(void)state;
	assert_int_equal(db_begin_as(db, 1), 0);
	assert_int_equal(db_begin(db), -1);
	new_organisation(&args, "op-1", "[]");
	assert_int_equal(
	    db_call_json(db, "organisation_new_do", &args, &out), 0);
	assert_int_equal(
	    db_call_json(db, "organisation_new_do", &args, &out), -1);
	assert_int_equal(db_commit(db), -1);
	assert_int_equal(db_commit(db), -1);
	assert_int_equal(db_begin_as(db, 1), 0);
	assert_int_equal(
	    db_call_json(db, "organisation_new_do", &args, &out), 0);
	assert_int_equal(db_commit(db), 0);
	buf_free(&out);
}

/* actor_begin() lasts until its transaction ends, so the second half needs it.
 */
static int
early_and_late(const char *handle)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int rc = -1;

	db_arg_int(&args, 1);
	if (db_early(db, "actor_begin", &args, "organisation_new_do") == -1)
		return -1;
	if ((r = db_early_rows(db)) != NULL) {
		assert_int_equal(rows_count(r), 1);
		new_organisation(&args, handle, "[]");
		rc = db_late(db, "organisation_new_do", &args);
	}
	rows_free(r);
	return rc;
}

static void
two_halves_are_one_transaction(void **state)
{
	struct buf out = BUF_EMPTY;

	(void)state;
	assert_int_equal(early_and_late("halves"), 0);
	assert_int_equal(early_and_late("halves"), -1);
	assert_int_equal(err_kind(), ERR_CONFLICT);
	assert_string_equal(err_code(), "ALREADY_EXISTS");
	/* the same connection goes on, outside any transaction */
	assert_false(db_lost(db));
	assert_int_equal(early_and_late("halves-2"), 0);
	assert_int_equal(db_call_json(db, "health", NULL, &out), 0);
	buf_free(&out);
}

static void
a_first_half_can_be_undone(void **state)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf out = BUF_EMPTY;

	(void)state;
	db_early_undo(db);
	/* whose own half has failed: nobody is principal 0 */
	db_arg_int(&args, 0);
	assert_int_equal(
	    db_early(db, "actor_begin", &args, "organisation_new_do"), 0);
	assert_null(db_early_rows(db));
	(void)err_set(ERR_INPUT, "kept");
	db_early_undo(db);
	assert_string_equal(err_text(), "kept");
	assert_false(db_lost(db));
	/* one that nobody waited for */
	args = DB_ARGS_EMPTY;
	db_arg_int(&args, 1);
	assert_int_equal(
	    db_early(db, "actor_begin", &args, "organisation_new_do"), 0);
	db_early_undo(db);
	new_organisation(&args, "undone", "[]");
	assert_int_equal(
	    db_call_json(db, "organisation_new_do", &args, &out), -1);
	assert_false(db_lost(db));
	/* one whose connection was cut meanwhile */
	args = DB_ARGS_EMPTY;
	db_arg_int(&args, 1);
	assert_int_equal(
	    db_early(db, "actor_begin", &args, "organisation_new_do"), 0);
	cut();
	new_organisation(&args, "cut", "[]");
	assert_int_equal(db_late(db, "organisation_new_do", &args), -1);
	assert_int_equal(err_kind(), ERR_BUSY);
	db_early_undo(db);
	assert_int_equal(early_and_late("halves-3"), 0);
	buf_free(&out);
}

static int
add_later(const char *handle)
{
	struct db_args args = DB_ARGS_EMPTY;

	new_organisation(&args, handle, "[]");
	return db_exec_later(db, "organisation_new_do", &args);
}

static void
what_is_not_waited_for_is_done_before_the_next(void **state)
{
	struct buf out = BUF_EMPTY;

	(void)state;
	assert_int_equal(add_later("later-0"), -1);
	assert_int_equal(db_begin_as(db, 1), 0);
	assert_int_equal(add_later("later-1"), 0);
	assert_int_equal(add_later("later-2"), 0);
	assert_int_equal(db_call_json(db, "health", NULL, &out), 0);
	assert_int_equal(add_later("later-3"), 0);
	assert_int_equal(db_commit(db), 0);
	assert_int_equal(db_begin_as(db, 1), 0);
	assert_int_equal(add_later("later-3"), 0);
	assert_int_equal(db_commit(db), -1);
	assert_string_equal(err_code(), "ALREADY_EXISTS");
	assert_false(db_in_transaction(db));
	assert_int_equal(db_begin_as(db, 1), 0);
	assert_int_equal(add_later("later-1"), 0);
	assert_int_equal(add_later("later-4"), -1);
	assert_string_equal(err_code(), "ALREADY_EXISTS");
	db_rollback(db);
	assert_int_equal(db_begin_as(db, 1), 0);
	assert_int_equal(add_later("later-4"), 0);
	db_rollback(db);
	assert_int_equal(db_begin_as(db, 1), 0);
	assert_int_equal(add_later("later-4"), 0);
	cut();
	assert_int_equal(db_commit(db), -1);
	assert_int_equal(err_kind(), ERR_BUSY);
	assert_int_equal(db_call_json(db, "health", NULL, &out), 0);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_cut_transaction_has_failed),
		TEST(a_transaction_is_whole_or_nothing),
		TEST(two_halves_are_one_transaction),
		TEST(a_first_half_can_be_undone),
		TEST(what_is_not_waited_for_is_done_before_the_next),
	};

	return cmocka_run_group_tests(tests, begin_all, end_all);
}
