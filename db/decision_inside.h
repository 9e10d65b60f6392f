#ifndef DB_DECISION_INSIDE_H
#define DB_DECISION_INSIDE_H

#include "db/decision.h"

/*
 * What decision.c, decision_fact.c and decision_together.c share: rows, words
 * and JSON of the record's.
 */

/* Of each row of facts. */
enum column {
	SIDE,
	DER,
	ISSUED,
	LAST_EVENT,
	CERT_STATE,
	ISSUER_STATE,
	DEVICE_STATE,
	DEVICE,
	TAC,
	MODEL,
	HARDWARE,
	SITE,
	MEASURES,
	BOUND_TO,
	BOUND_STATE,
	BOUND_STANDING,
	BOUND_MEASURES,
	CRL_NUMBER,
	PLATFORM_ONLY,
	DEFAULT_MODE,
	FRESH,
	POLICY,
	CUSTODY,
	EVIDENCE,
	REFERENCED,
	PLACE /* of many: which of those asked about, from 1 */
};

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

/* A row's, whatever it is about. */
void db_decision_read(
    struct db_rows *, int row, struct facts *, struct decision_record *);

enum challenge_fact db_challenge_find(const char *text);

#endif
