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

enum load { LOAD_FAILED = -1, LOAD_KNOWN, LOAD_NEW, LOAD_WAITS };

static enum load
load_file(struct db *db, const char *folder, const char *name)
{
	struct buf text = BUF_EMPTY;
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows = NULL;
	char *path = xasprintf("%s/%s", folder, name);
	enum load rc = LOAD_FAILED;
	const char *said;

	if (io_read_file(path, FILE_MOST, &text) == -1)
		goto out;
	db_arg_text(&args, buf_str(&text));
	if ((rows = db_query_one(db, "ruleset_load_do", &args)) == NULL)
		goto out;
	said = row_text(rows, 0, 0);
	rc = strcmp(said, "loaded") == 0 ? LOAD_NEW
	    : strcmp(said, "waits") == 0 ? LOAD_WAITS
					 : LOAD_KNOWN;
out:
	rows_free(rows);
	buf_free(&text);
	free(path);
	return rc;
}

/*
 * All of them; those that extend what is not there yet wait for another round.
 * How many were new, or -1.
 */
static int
load_all(struct db *db, const char *folder, struct dirent **names, int n)
{
	int i, loaded = 0, before = -1, waiting = -1;
	enum load rc;

	while (waiting != 0) {
		if (loaded == before)
			return err_set_code(ERR_INPUT, "RULESET_BASE_ABSENT",
			    "a rule set in %s extends one that isn't there",
			    folder);
		before = loaded;
		waiting = 0;
		for (i = 0; i < n; i++) {
			rc = load_file(db, folder, names[i]->d_name);
			if (rc == LOAD_FAILED)
				return -1;
			loaded += rc == LOAD_NEW;
			waiting += rc == LOAD_WAITS;
		}
	}
	return loaded;
}

int
db_ruleset_load(struct db *db, const char *folder)
{
	struct dirent **names = NULL;
	int i, n, rc, loaded = -1;

	/* versionsort: version 10 comes after version 9 */
	if ((n = scandir(folder, &names, is_ruleset, versionsort)) == -1)
		return err_set(ERR_ABSENT, "there is no folder %s", folder);
	if ((rc = db_begin(db)) == -1)
		goto out;
	loaded = load_all(db, folder, names, n);
	if (loaded == -1)
		db_rollback(db);
	else
		rc = db_commit(db);
out:
	for (i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return rc == -1 ? -1 : loaded;
}
