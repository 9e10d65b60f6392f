/*
 * The migrator alone, for tests of the schema: migrate CONNINFO FOLDER
 */

#include <stdio.h>

#include "base/err.h"
#include "db/migrate.h"

int
main(int argc, char **argv)
{
	struct db *db;
	int n;

	if (argc != 3)
		return 2;
	db = db_open(argv[1]);
	if ((n = db_migrate(db, argv[2])) == -1)
		fprintf(stderr, "migrate: %s\n", err_text());
	db_close(db);
	return n == -1 ? 1 : 0;
}
