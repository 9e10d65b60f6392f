/*
 * A connection: what goes in comes out, what fails is told apart, and what is
 * lost is found again.
 */

#include "cluster.h"

#include "base/err.h"
#include "db/migrate.h"

static struct db *db, *other;

static int
begin_all(void **state)
{
	if (cluster_begin(state) == -1)
		return -1;
	other = cluster_open("tester");
	if (db_migrate(other, "db/schema") == -1) {
		fprintf(stderr, "%s\n", err_text());
		return -1;
	}
	return db_script(other,
	    "INSERT INTO organisation (handle, name, country, kind, state)"
	    " VALUES ('body', 'Body', 'DE', 'body', 'active');"
	    "INSERT INTO principal (handle, organisation_id, role)"
	    " SELECT 'officer-1', id, 'officer' FROM organisation;"
	    "INSERT INTO organisation (handle, name, country, kind)"
	    " VALUES ('looker', 'Looker', 'NL', 'auditor'); RESET ROLE");
}

static int
end_all(void **state)
{
	db_close(other);
	return cluster_end(state);
}

static int
begin(void **state)
{
	(void)state;
	db = cluster_open("assay_api");
	return 0;
}

static int
end(void **state)
{
	(void)state;
	db_close(db);
	return 0;
}

/* Every connection but the one that says so ends. */
static void
cut(void)
{
	assert_int_equal(
	    db_script(other,
		"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
		"WHERE pid <> pg_backend_pid() AND usename = 'assay_api'"),
	    0);
}

static void
new_organisation(struct db_args *args, const char *handle, const char *makes)
{
	*args = DB_ARGS_EMPTY;
	db_arg_text(args, handle);
	db_arg_text(args, handle);
	db_arg_text(args, "DE");
	db_arg_text(args, "operator");
	db_arg_text(args, makes);
	db_arg_bool(args, true);
}

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

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

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
		TEST(a_cut_transaction_has_failed),
		TEST(a_transaction_is_whole_or_nothing),
		TEST(a_database_that_is_away_is_busy),
		TEST(two_halves_are_one_transaction),
		TEST(a_first_half_can_be_undone),
		TEST(hears_of_what_it_waits_for),
	};

	return cmocka_run_group_tests(tests, begin_all, end_all);
}
