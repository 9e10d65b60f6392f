#ifndef KIT_MEMBERS_H
#define KIT_MEMBERS_H

#include "kit/kit.h"

/*
 * The certificates of one CA by their dense indexes, with their classes, and
 * what a snapshot says of them: its layers.
 */

struct kit_run {
	uint64_t first, count;
};

struct kit_runs {
	struct kit_run *all;
	size_t n;
};

struct kit_members {
	uint64_t n; /* indexes from 0 to n - 1 */
	/* those of each class but KIT_GOOD; of several the least one counts */
	struct kit_runs runs[KIT_CLASSES];
	/* keys of count certificates from an index on */
	void (*keys)(
	    void *ctx, uint64_t first, unsigned count, struct kit_key *);
	void *ctx;
};

/* In any order; a class that there is not is ignored. */
void kit_members_add(
    struct kit_members *, int class, uint64_t first, uint64_t count);
/* Once all are there, before anything below is asked. */
void kit_members_sort(struct kit_members *);
/* The runs, and n = 0; keys stays. */
void kit_members_clear(struct kit_members *);

/* A walk along the indexes; each may be asked for once, in ascending order. */
struct kit_walk {
	const struct kit_members *members;
	size_t at[KIT_CLASSES];
};

enum kit_class kit_walk_class(struct kit_walk *, uint64_t index);

/*
 * Build the layers: KIT_LAYERS of them at most, each to be freed.  Takes
 * about 50 octets of memory for each certificate that is not good or that a
 * filter lets pass, nothing for the rest, and a second or so of one core for
 * ten million.  How many, or -1.
 */
int kit_layers_build(
    const struct kit_members *, uint64_t seed, struct buf layers[KIT_LAYERS]);

#endif
