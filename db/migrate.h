#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

#include "db/conn.h"

/*
 * Bring the database to this program's schema: every file NNN_name.sql of the
 * folder, in order, each in a transaction of its own and recorded with its
 * SHA-256.  A file that changed after it was applied is refused (ERR_CONFLICT:
 * write a new one instead), and a database that has one that is not there: a
 * later version was at work on it.  Then nothing is applied.  Then the legal
 * transitions of policy/states.txt.
 *
 * The connection's role must be allowed SET ROLE assay_owner; the schema assay
 * must exist and belong to that role.
 *
 * Returns how many files were applied, or -1.
 */
int db_migrate(struct db *, const char *folder);

#endif
