#ifndef KIT_EXACT_H
#define KIT_EXACT_H

#include "kit/ribbon.h"

/*
 * Which of the keys of a universe are members, exactly, in little more room
 * than there is information in it.  Of a key outside the universe it says
 * anything: whoever asks must know that it is inside.
 *
 * With n keys of which r are members, p = r/n: a ribbon of k bits lets all
 * members pass and, of the others, one in 2^k; a ribbon of one bit tells these
 * apart.  In bits a key that is p k + p + (1 - p) / 2^k, least about
 * where 2^-k = p / ((1 - p) ln 2); the bound is
 * H(p) = -p log2 p - (1 - p) log2 (1 - p).  For p = 0.01: k = 6, 0.0855 against
 * 0.0808, 1.058 times; ribbons add 1.5 %.  (The way is that of J. Schanck:
 * Clubcards for the WebPKI.)
 *
 *	exact ::= kind (1), and
 *	    0, 1	none is a member; all are
 *	    2		count (4), count keys of 16 octets, ascending
 *	    3		ribbon of one bit
 *	    4		ribbon that filters, ribbon of one bit
 */

struct exact_item {
	struct kit_key key;
	bool member;
};

/*
 * The universe, in the same order each time: up to room items, 0 at its end, -1
 * on failure.  It is gone through twice.
 */
struct exact_source {
	int (*next)(void *ctx, struct exact_item *, int room);
	void (*rewind)(void *ctx);
	void *ctx;
};

/*
 * Append one that is right for every key of the universe.  Takes memory for
 * members and for others that pass the filter (about 1.5 times as many), none
 * for the rest.  seed: any number; another one when KIT_KEYS is refused, which
 * is when two keys are one.
 */
int exact_build(const struct exact_source *, uint64_t seed, struct buf *);

enum exact_kind {
	EXACT_NONE,
	EXACT_ALL,
	EXACT_LIST,
	EXACT_RIBBON,
	EXACT_FILTERED
};

struct exact {
	enum exact_kind kind;
	struct span list; /* keys */
	struct ribbon filter, exact;
};

/*
 * From octets that hold one and nothing else, and that it borrows.
 * KIT_MALFORMED.  Free in either case.
 */
int exact_parse(struct span, struct exact *);
void exact_free(struct exact *);

bool exact_has(const struct exact *, const struct kit_key *);

/* The key in a list of records, each of that many octets and beginning with
 * its key, ascending; NULL when it is not there. */
const uint8_t *exact_find(
    struct span list, size_t record, const struct kit_key *);

#endif
