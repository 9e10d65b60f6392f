/*
 * A connection: what goes in comes out, what fails is told apart, and what is
 * lost is found again.
 */

#include "connection.h"

static void
octets_survive_both_ways(void **state)
{
	static const uint8_t body[] = { 0, 1, '\'', '\\', 0xff, 0 };
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;
	int64_t id;

	(void)state;
	assert_int_equal(db_begin_as(db, 1), 0);
	db_arg_text(&args, "/v1/x");
	db_arg_bytes(&args, span_of(body, sizeof(body)));
	db_arg_text(&args, "jws-of-this-test");
	rows = db_query_one(db, "statement_add", &args);
	assert_non_null(rows);
	id = row_int(rows, 0, 0);
	rows_free(rows);
	args = DB_ARGS_EMPTY;
	db_arg_int(&args, id);
	rows = db_query_one(db, "signed_act", &args);
	assert_non_null(rows);
	assert_string_equal(row_text(rows, 0, 0), "/v1/x");
	assert_true(
	    span_equal(row_bytes(rows, 0, 1), span_of(body, sizeof(body))));
	assert_false(row_null(rows, 0, 2));
	assert_true(row_time(rows, 0, 3) > 1700000000);
	rows_free(rows);
	db_rollback(db);
}

static void
binary_rows_read_as_others_do(void **state)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows, *same;
	struct buf text = BUF_EMPTY;
	int64_t id;

	(void)state;
	assert_int_equal(db_begin_as(db, 1), 0);
	db_arg_text(&args, "/v1/x");
	db_arg_bytes(&args, span_str("octets \\x00"));
	db_arg_text(&args, "jws-of-this-test-too");
	rows = db_query_binary(db, "statement_add", &args);
	assert_non_null(rows);
	id = row_int(rows, 0, 0);
	assert_true(id > 0);
	rows_free(rows);
	args = DB_ARGS_EMPTY;
	db_arg_int(&args, id);
	rows = db_query_binary(db, "signed_act", &args);
	same = db_query(db, "signed_act", &args);
	assert_true(rows != NULL && same != NULL);
	assert_int_equal(rows_count(rows), 1);
	assert_string_equal(row_text(rows, 0, 0), row_text(same, 0, 0));
	assert_true(
	    span_equal(row_bytes(rows, 0, 1), span_str("octets \\x00")));
	row_put_bytes(rows, 0, 1, &text);
	assert_true(span_equal(row_bytes(same, 0, 1), buf_span(&text)));
	assert_int_equal(row_time(rows, 0, 3), row_time(same, 0, 3));
	buf_free(&text);
	rows_free(rows);
	rows_free(same);
	db_rollback(db);
}

static void
null_text_is_null(void **state)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf out = BUF_EMPTY;

	(void)state;
	db_arg_text(&args, NULL);
	db_arg_null(&args);
	db_arg_null(&args);
	db_arg_null(&args);
	assert_int_equal(db_call_json(db, "proposal_list", &args, &out), 0);
	assert_string_equal(
	    buf_str(&out), "{\"next\": null, \"proposals\": []}");
	buf_free(&out);
}

static void
tells_what_our_functions_refuse(void **state)
{
	struct db_args args;
	struct buf out = BUF_EMPTY;

	(void)state;
	new_organisation(&args, "op", "[]");
	assert_int_equal(
	    db_call_json(db, "organisation_new_do", &args, &out), -1);
	assert_int_equal(err_kind(), ERR_DENIED);
	assert_string_equal(err_code(), "NO_ACTOR");
	assert_int_equal(db_begin_as(db, 4711), -1);
	assert_string_equal(err_code(), "PRINCIPAL_NOT_ACTIVE");
	assert_false(db_in_transaction(db));
	buf_free(&out);
}

static void
tells_what_constraints_refuse(void **state)
{
	struct db_args args;
	struct buf out = BUF_EMPTY;

	(void)state;
	assert_int_equal(db_begin_as(db, 1), 0);
	new_organisation(&args, "looker", "[]");
	assert_int_equal(
	    db_call_json(db, "organisation_new_do", &args, &out), -1);
	assert_int_equal(err_kind(), ERR_CONFLICT);
	assert_string_equal(err_code(), "ALREADY_EXISTS");
	assert_string_equal(
	    err_text(), "handle: another organisation has the same already");
	db_rollback(db);
	assert_int_equal(db_begin_as(db, 1), 0);
	new_organisation(&args, "No Handle", "[]");
	assert_int_equal(
	    db_call_json(db, "organisation_new_do", &args, &out), -1);
	assert_int_equal(err_kind(), ERR_INPUT);
	db_rollback(db);
	assert_int_equal(db_begin_as(db, 1), 0);
	new_organisation(&args, "op", "no JSON");
	assert_int_equal(
	    db_call_json(db, "organisation_new_do", &args, &out), -1);
	assert_int_equal(err_kind(), ERR_INPUT);
	db_rollback(db);
	buf_free(&out);
}

static void
no_row_is_absent(void **state)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf out = BUF_EMPTY;

	(void)state;
	db_arg_text(&args, "nobody");
	assert_int_equal(db_call_json(db, "principal_get", &args, &out), -1);
	assert_int_equal(err_kind(), ERR_ABSENT);
	assert_null(db_query_one(db, "principal_get", &args));
	assert_string_equal(err_code(), "NOT_FOUND");
	buf_free(&out);
}

static void
an_unknown_statement_is_our_fault(void **state)
{
	(void)state;
	assert_null(db_query(db, "no_such_statement", NULL));
	assert_int_equal(err_kind(), ERR_INTERNAL);
}

static void
a_right_that_is_missing_is_denied(void **state)
{
	(void)state;
	assert_int_equal(db_exec(db, "transition_forget_do", NULL), -1);
	assert_int_equal(err_kind(), ERR_DENIED);
}

static void
reads_again_after_the_connection_was_cut(void **state)
{
	struct buf out = BUF_EMPTY;

	(void)state;
	assert_int_equal(db_call_json(db, "health", NULL, &out), 0);
	cut();
	assert_int_equal(db_call_json(db, "health", NULL, &out), 0);
	cut();
	assert_int_equal(db_begin_as(db, 1), 0);
	db_rollback(db);
	buf_free(&out);
}

static void
does_not_do_a_thing_twice(void **state)
{
	struct db_args args;
	struct buf out = BUF_EMPTY;

	(void)state;
	assert_int_equal(db_call_json(db, "health", NULL, &out), 0);
	cut();
	new_organisation(&args, "op", "[]");
	assert_int_equal(
	    db_call_json(db, "organisation_new_do", &args, &out), -1);
	assert_int_equal(err_kind(), ERR_BUSY);
	assert_int_equal(db_call_json(db, "health", NULL, &out), 0);
	buf_free(&out);
}

static void
a_database_that_is_away_is_busy(void **state)
{
	struct db *away = db_open("host=/nonexistent dbname=none");

	(void)state;
	assert_null(db_query(away, "health", NULL));
	assert_int_equal(err_kind(), ERR_BUSY);
	assert_string_equal(err_code(), "DATABASE_AWAY");
	assert_int_equal(db_begin(away), -1);
	assert_int_equal(db_wait(away, -1, 10), -1);
	db_close(away);
	db_close(NULL);
}

static void
hears_of_what_it_waits_for(void **state)
{
	(void)state;
	assert_int_equal(db_listen(db, "authority"), 0);
	assert_int_equal(db_wait(db, -1, 10), 0);
	assert_int_equal(db_script(other, "NOTIFY authority"), 0);
	assert_int_equal(db_wait(db, -1, 5000), 1);
	assert_int_equal(db_wait(db, -1, 10), 0);
	cut();
	/* first the server's farewell may be read, then the end */
	if (db_wait(db, -1, 1000) == 0)
		assert_int_equal(db_wait(db, -1, 1000), -1);
	/* the next call connects and listens again */
	assert_int_equal(db_wait(db, -1, 10), 0);
	assert_int_equal(db_script(other, "NOTIFY authority"), 0);
	assert_int_equal(db_wait(db, -1, 5000), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(octets_survive_both_ways),
		TEST(binary_rows_read_as_others_do),
		TEST(null_text_is_null),
		TEST(tells_what_our_functions_refuse),
		TEST(tells_what_constraints_refuse),
		TEST(no_row_is_absent),
		TEST(an_unknown_statement_is_our_fault),
		TEST(a_right_that_is_missing_is_denied),
		TEST(reads_again_after_the_connection_was_cut),
		TEST(does_not_do_a_thing_twice),
		TEST(a_database_that_is_away_is_busy),
		TEST(hears_of_what_it_waits_for),
	};

	return cmocka_run_group_tests(tests, begin_all, end_all);
}
