#ifndef API_BATCH_ROWS_H
#define API_BATCH_ROWS_H

#include "api/batch_kept.h"

/*
 * Decisions of a batch on their way into the record, in the order of its items.
 */
struct batch_rows;

/* event: what all of them rest on; signer: who signs for all. */
struct batch_rows *batch_rows_new(
    const struct batch *, int64_t event, int64_t signer);
void batch_rows_free(struct batch_rows *);

void batch_rows_put(struct batch_rows *, const struct batch_kept_item *,
    struct span leaf, struct span looked_at);
/* Those that were put since: 0, or -1.  It may fail by what is done next on the
 * connection (db_exec_later). */
int batch_rows_record(struct batch_rows *);

#endif
