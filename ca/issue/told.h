#ifndef ISSUE_TOLD_H
#define ISSUE_TOLD_H

#include "base/buf.h"
#include "key/hash.h"

/*
 * What the authority tells an api process of a row that it has stored, on that
 * one's bell (base/bell.h): what the register would say, too.
 */
struct told {
	char lot[24];
	int row;
	uint8_t key[HASH_SIZE];	 /* SHA-256 of what was asked for */
	struct span certificate; /* borrowed */
};

void told_put(struct buf *, const struct told *);
/* The next one, which is taken off the span: 1; 0 if no whole one is left; -1
 * if it is none. */
int told_take(struct span *, struct told *);

#endif
