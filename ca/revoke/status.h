#ifndef REVOKE_STATUS_H
#define REVOKE_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db/status.h"

/*
 * The status index: one octet a certificate in a mapped file for each issuer,
 * found by the index that its serial number hides (issue/serial.h).  Written
 * by one process (assay-follower), read by any number without a lock and
 * without a system call.
 *
 * Beside the octets: ranges of indexes with the cohorts they belong to, the
 * times of certificates that are not good, and the cohorts on hold or revoked.
 * An answer joins them: what a certificate's own octet says, certificateHold
 * while a measure holds a cohort of it, and revoked for good once one has
 * revoked it.
 *
 * A reader gets an answer as of one event, never between two.  A writer that
 * died half-way, a file that a power cut may have left torn, or one whose sums
 * do not fit is found when it is opened for writing and rebuilt from the log's
 * beginning; until then readers get ERR_BUSY, never a guess.  So they do where
 * a file was cut short while they read, and where the index knows less than it
 * did.
 */

enum status_state {
	STATUS_NEVER, /* no certificate has this index */
	STATUS_GOOD,
	STATUS_HOLD,
	STATUS_REVOKED,
	STATUS_VOID, /* reserved once, never to be issued */
};

struct status_answer {
	enum status_state state;
	int reason;	/* CRLReason when held or revoked; else 0 */
	int64_t when;	/* of the hold or revocation; else 0 */
	bool by_cohort; /* a measure on a cohort, not on this one alone */
	uint64_t event; /* the measure's, then */
};

struct status;

/* Issuers beyond this id are refused. */
#define STATUS_ISSUER_MAX 65535u
/* What a serial number holds. */
#define STATUS_INDEX_MAX ((uint64_t)1 << 48)

/*
 * NULL with ERR_BUSY while no index is there yet.  A reader follows the index
 * through growth and rebuilding by itself.
 */
struct status *status_open_reader(const char *folder);
/*
 * Makes the index if there is none or if it cannot be trusted (then it starts
 * from event 0 again).  ERR_CONFLICT when another process writes it.
 */
struct status *status_open_writer(const char *folder);
/* Give up what is there and begin at event 0 again (writer). */
int status_rebuild(struct status *);
/* A writer's orderly end also makes all of it durable. */
void status_free(struct status *);

/*
 * ERR_BUSY: the index is being built, or an event took too long to apply.
 * ERR_INTERNAL: it is damaged.  An issuer that the index does not know has
 * nothing but STATUS_NEVER.
 */
int status_get(
    struct status *, uint32_t issuer, uint64_t index, struct status_answer *);

/* The last event applied; 0 when none is. */
uint64_t status_last_event(struct status *);
/*
 * The greatest event that the world was ever told of from this folder, over
 * rebuildings (writer): a log that ends before it has lost something.
 */
uint64_t status_told(struct status *);
/* As the database has it: lot, model, ... */
const char *status_cohort_name(enum cohort_kind);
/* Of a certificate's range, which cohorts; false when it is in none. */
bool status_cohorts(struct status *, uint32_t issuer, uint64_t index,
    uint64_t cohort[COHORT_OF_RANGE]);

/* The least issuer greater than this one that has certificates; 0: none. */
uint32_t status_issuer_after(struct status *, uint32_t issuer);

/*
 * Apply the next event.  One that was applied already changes nothing.
 * ERR_CONFLICT when an event is missing before it, ERR_INPUT when it makes no
 * sense; the index is as it was then.
 */
int status_apply(struct status *, const struct status_event *);

/*
 * These will be applied next: what they touch is fetched from memory at the
 * same time, instead of one after the other.  Changes nothing.
 */
void status_expect(const struct status *, const struct status_event *, int n);

/*
 * Look through some of it, so many octets at the most, whether it is what was
 * written; the next call goes on behind them and at the end begins again
 * (writer).  ERR_INTERNAL: something has changed it, or the disk has; it is to
 * be rebuilt.
 */
int status_check(struct status *, size_t octets);

/*
 * The writer has seen, at this time, that no event newer than the last one
 * applied exists.  Readers may vouch for the index as of then and no later: it
 * is OCSP's thisUpdate at the most.  0: never yet.
 */
void status_set_checked(struct status *, int64_t when);
int64_t status_checked(struct status *);
/*
 * The machine's clock has leapt by so many seconds, which nobody has looked at
 * yet: what is told goes on by the time as it was (writer).  0: it has not.
 */
void status_set_leapt(struct status *, int64_t seconds);
int64_t status_leapt(struct status *);

/*
 * The world is not to be told that anything is good, since the database has
 * lost what it had been told (writer): who is asked says nothing.  Ends when
 * the index is vouched for again.
 */
void status_withhold(struct status *);

/* Indexes of that issuer below it may have been told of. */
uint64_t status_size(struct status *, uint32_t issuer);

/* What is revoked or on hold: a certificate by itself, or a cohort. */
struct status_known {
	uint32_t issuer;
	uint64_t index;
	bool is_cohort;
	enum cohort_kind cohort_kind;
	uint64_t cohort_id;
	struct status_answer answer;
};
/* All that there is of that (writer). */
int status_each_known(
    struct status *, int (*visit)(const struct status_known *, void *), void *);

/* Counts files placed beside the index, so that readers load them again. */
void status_set_placed(struct status *);
uint64_t status_placed(struct status *);

#endif
