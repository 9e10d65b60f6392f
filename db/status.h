#ifndef DB_STATUS_H
#define DB_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct db;

/*
 * The status log (db/schema/070_status.sql): every change of a certificate's
 * status is one appended event, and every channel that speaks about status is
 * a view of the events up to the one it has applied last.
 */

enum event_kind {
	EVENT_ISSUED, /* a range of certificates now exists, all good */
	EVENT_VOID,   /* a range reserved but never issued: never good */
	EVENT_REVOKED,
	EVENT_HELD,
	EVENT_RELEASED,
	EVENT_COHORT_HELD,
	EVENT_COHORT_RELEASED,
	EVENT_COHORT_REVOKED, /* for good */
	EVENT_RESTORED, /* what came between it and the one before is lost */
};

/* What certificates have in common; a measure takes hold of it as a whole. */
enum cohort_kind {
	COHORT_LOT,
	COHORT_MODEL,
	COHORT_SITE,
	COHORT_ORGANISATION,
	COHORT_HARDWARE_PLATFORM,
	COHORT_OF_RANGE, /* those above an issued range belongs to; */
	COHORT_ISSUER = COHORT_OF_RANGE, /* to this one by its issuer */
	COHORT_KINDS
};

struct status_event {
	uint64_t id;
	enum event_kind kind;
	int64_t at; /* since when it counts, seconds since 1970 */
	/* of a range or a certificate */
	uint32_t issuer;
	uint64_t first;
	uint64_t count;
	int reason;	    /* CRLReason, RFC 5280 section 5.3.1 */
	int64_t invalidity; /* section 5.3.2; 0: none */
	uint64_t cohort[COHORT_OF_RANGE]; /* of an issued range; 0: none */
	/* of a cohort event */
	enum cohort_kind cohort_kind;
	uint64_t cohort_id;
	uint64_t measure;
};

/* How far the log and the publications go. */
struct status_head {
	uint64_t last;
	int64_t publication;
	uint8_t hash[32]; /* of the last event; zeroes when there is none */
	char
	    identity[96]; /* which database it is (db/schema/380_restore.sql) */
	bool replica, stands, lost;
	int64_t heard; /* a replica of its primary; 0: never */
};

int db_status_head(struct db *, struct status_head *);
/* 1 if the log has that event with that hash, 0 if not, -1. */
int db_status_has(struct db *, uint64_t event, const uint8_t hash[32]);
/*
 * Up to a million events after one, oldest first; stops when visit returns -1.
 * How many there were, or -1.
 */
int db_status_each(struct db *, uint64_t after,
    int (*visit)(const struct status_event *, int n, void *), void *);

/* The newest publication of each path among those after an id. */
int db_publication_each(struct db *, int64_t after,
    int (*visit)(int64_t id, const char *path, void *), void *);
/*
 * Its octets, and the second in which they were made.  parts: so many parts
 * follow of a large one.
 */
int db_publication_get(
    struct db *, int64_t id, struct buf *, int64_t *created, int64_t *parts);
/* Those parts, one at a time; there may be fewer if it was taken away
 * meanwhile.  How many there were, or -1; stops when visit returns -1. */
int64_t db_publication_part_each(
    struct db *, int64_t id, int (*visit)(struct span, void *), void *);

#endif
