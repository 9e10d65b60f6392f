/*
 * Robustness rule sets, from the folder into the database.
 */

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/io.h"
#include "db/ruleset.h"

#define FILE_MOST (1024 * 1024)

static int
is_ruleset(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return e->d_name[0] != '.' && n > 5 &&
	    strcmp(e->d_name + n - 5, ".json") == 0;
}

/* 1 when it was new. */
static int
load_file(struct db *db, const char *folder, const char *name)
{
	struct buf text = BUF_EMPTY;
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows = NULL;
	char *path = xasprintf("%s/%s", folder, name);
	int rc = -1;

	if (io_read_file(path, FILE_MOST, &text) == -1)
		goto out;
	db_arg_text(&args, buf_str(&text));
	if ((rows = db_query_one(db, "ruleset_load_do", &args)) != NULL)
		rc = strcmp(row_text(rows, 0, 0), "loaded") == 0;
out:
	rows_free(rows);
	buf_free(&text);
	free(path);
	return rc;
}

int
db_ruleset_load(struct db *db, const char *folder)
{
	struct dirent **names = NULL;
	int i, n, rc, loaded = 0;

	/* versionsort: version 10 comes after version 9 */
	if ((n = scandir(folder, &names, is_ruleset, versionsort)) == -1)
		return err_set(ERR_ABSENT, "there is no folder %s", folder);
	if ((rc = db_begin(db)) == -1)
		goto out;
	for (i = 0; i < n && rc != -1; i++) {
		if ((rc = load_file(db, folder, names[i]->d_name)) == 1)
			loaded++;
	}
	if (rc == -1)
		db_rollback(db);
	else
		rc = db_commit(db);
out:
	for (i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return rc == -1 ? -1 : loaded;
}
