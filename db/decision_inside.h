#ifndef DB_DECISION_INSIDE_H
#define DB_DECISION_INSIDE_H

#include "db/decision.h"

/* What decision.c and decision_fact.c share: words and JSON of the record's. */

struct word {
	const char *text;
	int value;
};

/* The word's value, or 0: by convention what permits nothing. */
int db_word_find(const struct word *, const char *text);

/* false: more than fit, or one that we cannot read. */
bool db_measures_read(const char *json, struct facts *);
/* Does any of them forbid by itself? */
bool db_measures_forbid(const char *json);
void db_custody_read(const char *json, struct custody_facts *);

#endif
