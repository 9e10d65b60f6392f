#ifndef DB_ISSUER_H
#define DB_ISSUER_H

#include <stdbool.h>
#include <stdint.h>

#include "db/conn.h"

/*
 * Certification authorities, and the ranges of certificate indexes that the
 * authority reserves of them.
 */

#define ISSUER_ROOT   1
#define ISSUER_ACCESS 2

struct issuer_row {
	int64_t id;
	char role[16];		 /* root, access, tre, terminal */
	int64_t organisation_id; /* 0: the body's own */
	char organisation[41];
	char organisation_name[257];
	char country[3];
	struct buf cert; /* DER */
	struct buf spki;
	uint8_t key_id[20];
	int64_t next_index;
	bool offline;	 /* its key is on no machine, or destroyed */
	int64_t root_id; /* above it; 0: it is a root */
	char algorithm[16];
	int64_t not_before, not_after;
	bool delegated; /* a supplier's own: its key is not here */
};

int db_issuer_get(struct db *, int64_t id, struct issuer_row *);
void db_issuer_free(struct issuer_row *);
/* The active one of that role; ERR_ABSENT. */
int db_issuer_find(
    struct db *, const char *role, int64_t organisation_id, int64_t *id);
/* The one that a lot is issued by: whose began it; *id 0: none yet. */
int db_issuer_of_lot(struct db *, int64_t lot, int64_t *id);
/* Of a new one of that role: 2 of the first access CA. */
int db_issuer_next_id(struct db *, const char *role, int64_t *id);
/* All but the organisation's name and country are used. */
int db_issuer_insert(
    struct db *, const struct issuer_row *, struct span subject);

/* A run of indexes: reserved, then issued or void. */
struct range {
	int64_t id;
	int64_t issuer;
	int64_t first;
	int64_t count;
};

/*
 * lot 0: none.  ERR_ABSENT when the issuer isn't active, and neither ends this
 * lot nor, with to_the_end, does what a CA does as long as it lives.
 */
int db_range_reserve(struct db *, int64_t issuer, int64_t count, int64_t lot,
    bool to_the_end, struct range *);
/*
 * The range's certificates are in the register: say so in the status log.
 * ERR_CONFLICT when the range is void by now.
 */
int db_range_issued(struct db *, const struct range *, int64_t lot);
int db_range_void(struct db *, const struct range *);
/* The next range that is reserved still: 1, 0 when there is none, -1. */
int db_range_reserved(struct db *, struct range *);

/* A file for the follower to place; path begins with "public/". */
int db_publication_insert(struct db *, const char *path, struct span);

#endif
