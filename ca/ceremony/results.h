#ifndef CEREMONY_RESULTS_H
#define CEREMONY_RESULTS_H

#include "base/buf.h"

/*
 * The folder that a ceremony made, read: root.cer, NAME.cer of each request,
 * root.crl, transcript.json.  Nothing of it is judged here.
 */
#define RESULTS_MAX 1000

struct results_certificate {
	char name[41]; /* "" when it came another way */
	struct buf der;
};

struct results {
	struct buf root; /* empty: none */
	struct results_certificate *certificates;
	size_t n;
	struct buf crl;	       /* empty: none */
	struct buf transcript; /* empty: none */
};

/* ERR_ABSENT: no such folder; ERR_INPUT: a file in it is too long.  Free in
 * either case. */
int results_read(const char *folder, struct results *);
/* One more; der is appended to by the caller. */
struct buf *results_add(struct results *, const char *name);
void results_free(struct results *);

#endif
