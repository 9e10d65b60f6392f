#ifndef DB_RESTORE_H
#define DB_RESTORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "db/conn.h"

/* What witnesses say of the database, and hear (db/schema/380_restore.sql). */

struct witness {
	const char *name;
	uint64_t event;
	struct span hash;
	const char *marks; /* JSON */
	uint64_t feed;
	struct span feed_sha256;
	uint64_t kit;
	struct span kit_sha256;
	int64_t notices;
};

/* Its answer: stands, waits, lost, resolved. */
int db_witness_say(struct db *, const struct witness *, char answer[16]);

/* Claims, a JSON array, of a witness that has reported a loss. */
int db_restore_claim(struct db *, const char *witness, const char *claims);

/* Which restore waits to be resolved; "": none. */
int db_restore_lost(struct db *, char number[24]);

#endif
