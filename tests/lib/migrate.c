/*
 * The migrator alone, for tests of the schema:
 * migrate CONNINFO FOLDER [RULESETS [TRE-KINDS]]
 */

#include <stdio.h>

#include "base/err.h"
#include "db/migrate.h"
#include "db/ruleset.h"
#include "db/tre_kind.h"

int
main(int argc, char **argv)
{
	struct db *db;
	int n;

	if (argc < 3 || argc > 5)
		return 2;
	db = db_open(argv[1]);
	if ((n = db_migrate(db, argv[2])) == -1)
		fprintf(stderr, "migrate: %s\n", err_text());
	else if (argc > 3 && (n = db_ruleset_load(db, argv[3])) == -1)
		fprintf(stderr, "rule sets: %s\n", err_text());
	else if (argc > 4 && (n = db_tre_kind_load(db, argv[4])) == -1)
		fprintf(stderr, "kinds of TrE: %s\n", err_text());
	db_close(db);
	return n == -1 ? 1 : 0;
}
