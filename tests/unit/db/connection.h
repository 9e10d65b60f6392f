#ifndef UNIT_DB_CONNECTION_H
#define UNIT_DB_CONNECTION_H

/*
 * A connection of the api to a register with an officer in it, anew for each
 * test; and another, which can cut it.
 */

#include "cluster.h"

#include "base/err.h"
#include "db/migrate.h"

static struct db *db, *other;

static inline int
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

static inline int
end_all(void **state)
{
	db_close(other);
	return cluster_end(state);
}

static inline int
begin(void **state)
{
	(void)state;
	db = cluster_open("assay_api");
	return 0;
}

static inline int
end(void **state)
{
	(void)state;
	db_close(db);
	return 0;
}

/* Every connection but the one that says so ends. */
static inline void
cut(void)
{
	assert_int_equal(
	    db_script(other,
		"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
		"WHERE pid <> pg_backend_pid() AND usename = 'assay_api'"),
	    0);
}

static inline void
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

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

#endif
