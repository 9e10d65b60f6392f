/*
 * The schema, file by file, once each.
 */

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/io.h"
#include "db/migrate.h"
#include "policy/state.h"

#define FILE_MOST (1024 * 1024)

static const char prepare_script[] =
    "SET ROLE assay_owner; SET search_path = assay;"
    "CREATE TABLE IF NOT EXISTS migration (name text PRIMARY KEY,"
    " sha256 bytea NOT NULL, applied timestamptz NOT NULL DEFAULT now());"
    "GRANT SELECT ON migration TO assay_api, assay_authority, assay_follower;";

/* "010_base.sql" */
static int
is_migration(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return strspn(e->d_name, "0123456789") == 3 && e->d_name[3] == '_' &&
	    n > 8 && strcmp(e->d_name + n - 4, ".sql") == 0;
}

/* 1: was applied, unchanged; 0: not yet; -1: changed since, or an error. */
static int
was_applied(struct db *db, const char *name, struct span sql)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;
	int rc;

	db_arg_text(&args, name);
	db_arg_bytes(&args, sql);
	if ((rows = db_query(db, "migration_same", &args)) == NULL)
		return -1;
	if (rows_count(rows) == 0)
		rc = 0;
	else if (row_bool(rows, 0, 0))
		rc = 1;
	else
		rc = err_set(ERR_CONFLICT,
		    "%s changed after it was applied to this database: it was "
		    "made by another version of these programs "
		    "(deploy/README.md, "
		    "Another version)",
		    name);
	rows_free(rows);
	return rc;
}

static int
apply(struct db *db, const char *name, struct buf *sql)
{
	struct db_args args = DB_ARGS_EMPTY;
	char *why;

	if (db_begin(db) == -1)
		return -1;
	db_arg_text(&args, name);
	db_arg_bytes(&args, buf_span(sql));
	if (db_script(db, buf_str(sql)) == -1 ||
	    db_exec(db, "migration_applied", &args) == -1) {
		why = xstrdup(err_text());
		db_rollback(db);
		(void)err_set(ERR_INTERNAL, "%s: %s", name, why);
		free(why);
		return -1;
	}
	return db_commit(db);
}

/* 1 when it was applied now. */
static int
migrate_file(struct db *db, const char *folder, const char *name)
{
	struct buf sql = BUF_EMPTY;
	char *path = xasprintf("%s/%s", folder, name);
	int rc = -1;

	if (io_read_file(path, FILE_MOST, &sql) == -1)
		goto out;
	if ((rc = was_applied(db, name, buf_span(&sql))) == 0)
		rc = apply(db, name, &sql) == -1 ? -1 : 1;
	else if (rc == 1)
		rc = 0;
out:
	buf_free(&sql);
	free(path);
	return rc;
}

/*
 * Before anything is applied: what was applied is as it is here, and nothing
 * was that is not here.  Programs of before on a schema of later would do what
 * that has given up.
 */
static int
check_applied(struct db *db, const char *folder, struct dirent **names, int n)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf all = BUF_EMPTY, sql = BUF_EMPTY;
	struct db_rows *rows = NULL;
	int i, rc = 0;

	for (i = 0; i < n && rc != -1; i++) {
		char *path = xasprintf("%s/%s", folder, names[i]->d_name);

		buf_printf(&all, "%s%s", i > 0 ? "/" : "", names[i]->d_name);
		buf_clear(&sql);
		if ((rc = io_read_file(path, FILE_MOST, &sql)) == 0)
			rc = was_applied(db, names[i]->d_name, buf_span(&sql));
		free(path);
	}
	if (rc != -1) {
		rc = -1;
		db_arg_text(&args, buf_str(&all));
		if ((rows = db_query(db, "migration_unknown", &args)) != NULL)
			rc = rows_count(rows) == 0
			    ? 0
			    : err_set(ERR_CONFLICT,
				  "this database has %s, which these programs "
				  "do not know: a later version of them was "
				  "at work on it",
				  row_text(rows, 0, 0));
	}
	rows_free(rows);
	buf_free(&all);
	buf_free(&sql);
	return rc;
}

static int
load_transitions(struct db *db)
{
	const struct transition *t;
	size_t i;

	if (db_begin(db) == -1)
		return -1;
	if (db_exec(db, "transition_forget_do", NULL) == -1)
		goto fail;
	for (i = 0; (t = policy_transition_each(i)) != NULL; i++) {
		struct db_args args = DB_ARGS_EMPTY;

		db_arg_text(&args, t->entity);
		db_arg_text(&args, t->from);
		db_arg_text(&args, t->to);
		if (db_exec(db, "transition_add", &args) == -1)
			goto fail;
	}
	return db_commit(db);
fail:
	db_rollback(db);
	return -1;
}

int
db_migrate(struct db *db, const char *folder)
{
	struct dirent **names = NULL;
	int i, n, rc, applied = 0;

	if ((n = scandir(folder, &names, is_migration, alphasort)) == -1)
		return err_set(ERR_ABSENT, "there is no folder %s", folder);
	rc = n == 0 ? err_set(ERR_ABSENT, "no migrations in %s", folder)
		    : db_script(db, prepare_script);
	if (rc != -1)
		rc = check_applied(db, folder, names, n);
	for (i = 0; i < n && rc != -1; i++) {
		if ((rc = migrate_file(db, folder, names[i]->d_name)) == 1)
			applied++;
	}
	if (rc != -1)
		rc = load_transitions(db);
	for (i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return rc == -1 ? -1 : applied;
}
