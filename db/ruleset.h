#ifndef DB_RULESET_H
#define DB_RULESET_H

#include "db/conn.h"

/*
 * Load every robustness rule set NAME-VERSION.json of the folder
 * (policy/rulesets), older versions first, and what a set extends before it.
 * What is loaded already is left alone; a file that changed since is refused
 * (ERR_CONFLICT, RULESET_CHANGED).  Nothing is loaded unless all is.
 *
 * For the migrator, after db_migrate(), as assay_owner.  Returns how many
 * were new, or -1.
 */
int db_ruleset_load(struct db *, const char *folder);

#endif
