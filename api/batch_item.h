#ifndef API_BATCH_ITEM_H
#define API_BATCH_ITEM_H

#include "api/batch_judge.h"
#include "api/question.h"
#include "key/uuid.h"

/*
 * One item of a batch on its way from a line to a verdict.  Each step is for
 * any thread and asks no database; whoever calls asks the record between the
 * first two.
 */
struct batch_item {
	const struct batch *batch;
	int index; /* in it */
	struct buf line;
	struct question q;
	struct span tre, platform; /* hashes of the leaves; empty: not shown */
	char id[UUID_TEXT];
	char detail[512]; /* why it cannot be read; "": it can */
	bool judged;
	struct buf leaf, looked_at; /* what is recorded of it */
};

/* Another line in its place; its buffers are used again. */
void batch_item_begin(
    struct batch_item *, const struct batch *, int index, struct span line);
/* What it asks about, or why it cannot be read. */
void batch_item_read(struct batch_item *);
/* Its signatures; and judged, where the record need not be asked about what was
 * measured (attest_judge()). */
void batch_item_verify(struct batch_item *);
/* Its verdict, and what is said of it. */
void batch_item_judge(struct batch_item *);
void batch_item_free(struct batch_item *);

#endif
