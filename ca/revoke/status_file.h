#ifndef REVOKE_STATUS_FILE_H
#define REVOKE_STATUS_FILE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "revoke/status.h"

/*
 * The index on disk, for the files of this module only (native octet order:
 * it is a cache of the log, made on the machine that reads it).
 *
 * head: struct head, then struct row by issuer id.
 *
 * N.state: one octet a certificate of issuer N, sparse.
 *
 * N.leaves: struct leaf, for each 4096 of them.
 *
 * N.times: struct chunk, one behind the other: when those that are not good
 * became so.
 *
 * N.ranges: struct range, sorted by first.
 *
 * cohorts.G: struct cohort, open addressing; G grows with its size.
 *
 * told: the greatest event that was ever applied; outlives a rebuilding.
 */

struct mapped {
	char *path;
	uint8_t *p;
	size_t n;
	bool writable;
	dev_t device; /* which file it is, whatever the path names by now */
	ino_t inode;
};

/*
 * Missing files are made when writable; ERR_ABSENT otherwise.  No descriptor
 * stays open.  Takes the path over.
 */
int mapped_open(struct mapped *, char *path, bool writable);
/*
 * The file and the map have at least n octets afterwards (writer), on blocks
 * of its own, so that a full disk is an error here and no signal later.
 */
int mapped_grow(struct mapped *, size_t n);
int mapped_sync(struct mapped *);
/* Is the mapped file still the one that its path names, and as long? */
bool mapped_is_named(const struct mapped *);
void mapped_close(struct mapped *);

enum head_phase { HEAD_BUILDING, HEAD_SERVING, HEAD_RETIRED, HEAD_WITHHELD };

struct head {
	char magic[8];
	uint64_t last_event;
	uint64_t cohort_slots;
	uint64_t cohort_used;
	uint64_t cohort_file;
	uint64_t cohorts_on; /* held or revoked */
	uint64_t cohort_sum; /* of the cohorts' sums */
	uint64_t row_sum;    /* of the rows' sums */
	uint64_t sum;	     /* over what stands above */
	/* each of these is true by itself */
	_Atomic uint64_t seq; /* odd while an event is being applied */
	_Atomic int64_t checked;
	_Atomic uint64_t placed;
	_Atomic uint32_t phase;
	uint32_t clean; /* everything was made durable, nothing since */
	char boot[40];	/* the machine's start during which it was written */
	_Atomic int64_t
	    leapt; /* seconds that the machine's clock is not believed */
};

/* One an issuer. */
struct row {
	uint64_t size; /* indexes below it may have an octet */
	uint64_t ranges;
	uint64_t range_sum;  /* of the ranges' sums */
	uint64_t times_used; /* octets of N.times */
	uint64_t unused[3];
	uint64_t sum;
};

struct range {
	uint64_t first;
	uint64_t count;
	uint64_t cohort[COHORT_OF_RANGE];
	uint64_t sum; /* over what stands above */
};

/*
 * Sums are kept for so many octets each: what a reader looks through before it
 * believes one of them.
 */
#define BLOCK	    512u
#define LEAF_BLOCKS 8u
#define LEAF	    (BLOCK * LEAF_BLOCKS)

struct leaf {
	uint32_t octets[LEAF_BLOCKS]; /* sums */
	uint32_t times;		      /* sum of the moments */
	uint32_t chain; /* its newest chunk, in units of CHUNK_UNIT; 0: none */
	uint32_t count; /* moments in the chain */
	uint32_t unused;
};

/*
 * Some moments of one leaf, in no order: when[room], then place[room], the
 * index within the leaf.  None is ever taken out; one whose certificate is good
 * again means nothing.
 */
struct chunk {
	uint32_t next;
	uint16_t room;
	uint16_t used;
	uint32_t when[]; /* good until 2106 */
};

#define CHUNK_UNIT 8u

struct cohort {
	uint64_t id; /* 0: a free slot, but for its sum */
	uint64_t measure;
	uint64_t event;
	int64_t since;
	uint32_t kind;
	uint32_t on;	 /* enum cohort_on */
	uint64_t reason; /* of a revoked one */
	uint64_t sum;	 /* over what stands above */
};

/* Some are looked through in whole, where none is free. */
#define COHORT_SLOTS_MAX ((uint64_t)1 << 22)

enum cohort_on { COHORT_FREE, COHORT_HELD, COHORT_REVOKED };

#define HEAD_MAGIC "ASSAYST4"
#define HEAD_ROWS  4096u /* where the rows begin */
#define HEAD_SIZE  (HEAD_ROWS + (STATUS_ISSUER_MAX + 1) * sizeof(struct row))

struct told {
	uint64_t last;
	uint64_t check; /* ~last */
};

/* An issuer's files; opened when first asked for. */
struct shelf {
	bool opened;
	struct mapped state;
	struct mapped leaves;
	struct mapped times;
	struct mapped ranges;
};

struct status {
	char *folder;
	bool writer;
	int lock;
	struct mapped head_map;
	struct head *head;
	int64_t looked; /* reader: when the head was last found in its place */
	uint64_t seen;	/* reader: the greatest event that it was told of */
	struct row *rows;
	struct shelf *shelf; /* STATUS_ISSUER_MAX + 1 */
	uint32_t shelves;    /* behind the last that may be open: few are */
	struct mapped cohorts;
	uint64_t cohort_file;
	struct mapped told_map; /* writer */
	struct told *told;
	uint32_t at_issuer; /* status_check(): where it goes on */
	uint64_t at_leaf;
};

/* Unmap and free everything; a writer has to sync before. */
void status_close(struct status *);
void status_close_files(struct status *);
/* Map the head: ERR_BUSY when there is none that makes sense. */
int head_open(struct status *);
/*
 * Call what reads the files: -1, ERR_BUSY (of a writer ERR_INTERNAL), when one
 * was cut short meanwhile.
 */
int status_guard(struct status *, void (*reads)(void *), void *ctx);

int status_busy(void); /* ERR_BUSY: it is being built */

/* What a reading of one moment needs. */
struct view {
	uint64_t seq;
	struct head head;
	struct row row;
};
/* A reader lets go of what is not the index any more. */
int head_follow(struct status *);
/* 1: the writer is at it. */
int view_start(struct status *, uint32_t issuer, struct view *);
/* Nothing was written since. */
bool view_holds(const struct status *, const struct view *);
int look_up(struct status *, const struct view *, uint32_t issuer,
    uint64_t index, struct status_answer *);

/*
 * An octet is a code and its complement, so that no flip of a single bit turns
 * one state into another; 0, which a sparse file is full of, is "never".
 */
#define OCTET(code) ((uint8_t)((code) | (~(code)&0xf) << 4))
#define OCTET_NEVER 0
#define OCTET_GOOD  OCTET(1)
#define OCTET_HOLD  OCTET(2)
#define OCTET_VOID  OCTET(3)
/* 4 and up: revoked, for the reasons that a CRL may name */
int octet_of_reason(int reason, uint8_t *);
/* -1: damaged. */
int octet_read(uint8_t, enum status_state *, int *reason);

uint64_t head_sum(const struct head *);
uint64_t row_sum(const struct row *);
uint64_t range_sum(const struct range *);
uint64_t cohort_sum(const struct cohort *);

/* How many leaves so many indexes need. */
uint64_t leaves_for(uint64_t size);
/* ERR_INTERNAL when the sum of the octets around this one does not fit. */
int octet_check(const struct shelf *, uint64_t index);
/* The octet, and its block's sum (writer). */
void octet_put(struct shelf *, uint64_t index, uint8_t);
/* Those of a range that were OCTET_NEVER. */
void octets_fill(struct shelf *, uint64_t first, uint64_t count, uint8_t);

/* ERR_INTERNAL: there is none, or the chain's sum does not fit. */
int moment_get(const struct shelf *, uint64_t index, uint32_t *when);
/* At the most so many octets of N.times for moments of a range. */
uint64_t moments_need(uint64_t count);
/*
 * Since when; it moves if there was one, unless keep is set (writer, who has
 * made room).
 */
void moment_put(
    struct shelf *, struct row *, uint64_t index, uint32_t when, bool keep);
/* It will be put: what it will be put into is fetched from memory meanwhile. */
void moment_expect(const struct shelf *, uint64_t index);
/* Every sum of a leaf.  -1: one does not fit. */
int leaf_check(const struct shelf *, uint64_t leaf);

char *status_path(const struct status *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Map the issuer's files, as far as the row needs them; row is a copy. */
struct shelf *shelf_open(
    struct status *, uint32_t issuer, const struct row *row);
int cohorts_open(struct status *, const struct head *);
void shelf_close(struct shelf *);

/* NULL: in no range. */
const struct range *range_find(
    const struct range *, uint64_t n, uint64_t index);
/* Which speaks first: keyCompromise, else the earlier. */
bool cohort_before(const struct cohort *a, const struct cohort *b);
/*
 * What the cohorts of its range, and its issuer, say of a certificate, to what
 * is known of it by itself.  -1: one is damaged.
 */
int cohorts_join(const struct status *, const struct head *,
    const struct range *, uint32_t issuer, struct status_answer *);
/* Where the slots of one begin. */
uint64_t cohort_place(enum cohort_kind kind, uint64_t id);
struct cohort *cohort_slot(struct cohort *, uint64_t slots, enum cohort_kind,
    uint64_t id, uint64_t measure);

#endif
