#ifndef DB_TRE_KIND_H
#define DB_TRE_KIND_H

#include "db/conn.h"

/*
 * Load the document (policy/tre-kinds.json), in a transaction of its own.
 * Kinds that are there already are left alone; one that was changed in the
 * document is refused.  Their rule sets come first (db_ruleset_load).  How
 * many were new, or -1.
 */
int db_tre_kind_load(struct db *, const char *path);

#endif
