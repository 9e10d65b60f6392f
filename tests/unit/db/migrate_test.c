/*
 * The migrator: each file once, whole or not at all, never changed.
 */

#include "cluster.h"

#include <sys/stat.h>

#include "base/err.h"
#include "base/io.h"
#include "db/migrate.h"

static char folder[64];
static struct db *db;

static void
write_migration(const char *name, const char *sql)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(io_write_file(path, 0600, span_str(sql)), 0);
}

/* A transition table, which the migrator fills, and whatever comes after. */
static int
begin(void **state)
{
	(void)state;
	db = cluster_open("tester");
	(void)snprintf(folder, sizeof(folder), "%s/sql", cluster_folder);
	(void)mkdir(folder, 0700);
	write_migration("010_first.sql",
	    "CREATE TABLE transition (entity text, from_state text,"
	    " to_state text);");
	return 0;
}

static int
end(void **state)
{
	(void)state;
	(void)db_script(db,
	    "RESET ROLE; DROP SCHEMA assay CASCADE;"
	    "CREATE SCHEMA assay AUTHORIZATION assay_owner");
	db_close(db);
	(void)cluster_run("rm -rf $d/sql");
	return 0;
}

static void
applies_each_file_once(void **state)
{
	(void)state;
	write_migration("020_second.sql", "CREATE TABLE second (n int);");
	write_migration("note.txt", "not a migration");
	assert_int_equal(db_migrate(db, folder), 2);
	assert_int_equal(db_migrate(db, folder), 0);
	write_migration("030_third.sql", "CREATE TABLE third (n int);");
	assert_int_equal(db_migrate(db, folder), 1);
	assert_int_equal(db_script(db, "SELECT FROM second, third"), 0);
}

static void
refuses_a_file_that_changed(void **state)
{
	(void)state;
	assert_int_equal(db_migrate(db, folder), 1);
	write_migration("010_first.sql", "SELECT 1;");
	assert_int_equal(db_migrate(db, folder), -1);
	assert_int_equal(err_kind(), ERR_CONFLICT);
	assert_non_null(strstr(err_text(), "010_first.sql changed"));
}

static void
applies_nothing_before_all_was_looked_at(void **state)
{
	(void)state;
	assert_int_equal(db_migrate(db, folder), 1);
	write_migration("005_earlier.sql", "CREATE TABLE earlier (n int);");
	write_migration("010_first.sql", "SELECT 1;");
	assert_int_equal(db_migrate(db, folder), -1);
	assert_int_equal(db_script(db, "SELECT FROM earlier"), -1);
}

static void
refuses_a_database_of_a_later_version(void **state)
{
	(void)state;
	write_migration("020_later.sql", "CREATE TABLE later (n int);");
	assert_int_equal(db_migrate(db, folder), 2);
	(void)cluster_run("rm $d/sql/020_later.sql");
	write_migration("015_ours.sql", "CREATE TABLE ours (n int);");
	assert_int_equal(db_migrate(db, folder), -1);
	assert_int_equal(err_kind(), ERR_CONFLICT);
	assert_non_null(strstr(err_text(), "this database has 020_later.sql"));
	assert_int_equal(db_script(db, "SELECT FROM ours"), -1);
}

static void
leaves_nothing_of_a_file_that_fails(void **state)
{
	(void)state;
	write_migration(
	    "020_bad.sql", "CREATE TABLE half (n int); SELECT 1 / 0;");
	assert_int_equal(db_migrate(db, folder), -1);
	assert_non_null(strstr(err_text(), "020_bad.sql: division by zero"));
	assert_int_equal(db_script(db, "SELECT FROM half"), -1);
	assert_int_equal(db_script(db, "SELECT FROM transition"), 0);
}

static void
loads_the_legal_transitions(void **state)
{
	(void)state;
	assert_int_equal(db_migrate(db, folder), 1);
	assert_int_equal(
	    db_script(db,
		"DO $$ BEGIN IF NOT EXISTS (SELECT FROM transition WHERE "
		"entity = 'coc' AND from_state = 'proposed' AND to_state = "
		"'certified') THEN RAISE 'missing'; END IF; END $$"),
	    0);
}

static void
refuses_a_folder_without_migrations(void **state)
{
	(void)state;
	assert_int_equal(db_migrate(db, "/nonexistent"), -1);
	assert_int_equal(err_kind(), ERR_ABSENT);
	assert_int_equal(db_migrate(db, "tests/unit/db"), -1);
	assert_int_equal(err_kind(), ERR_ABSENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    applies_each_file_once, begin, end),
		cmocka_unit_test_setup_teardown(
		    applies_nothing_before_all_was_looked_at, begin, end),
		cmocka_unit_test_setup_teardown(
		    refuses_a_database_of_a_later_version, begin, end),
		cmocka_unit_test_setup_teardown(
		    refuses_a_file_that_changed, begin, end),
		cmocka_unit_test_setup_teardown(
		    leaves_nothing_of_a_file_that_fails, begin, end),
		cmocka_unit_test_setup_teardown(
		    loads_the_legal_transitions, begin, end),
		cmocka_unit_test_setup_teardown(
		    refuses_a_folder_without_migrations, begin, end),
	};

	return cmocka_run_group_tests(tests, cluster_begin, cluster_end);
}
