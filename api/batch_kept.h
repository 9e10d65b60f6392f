#ifndef API_BATCH_KEPT_H
#define API_BATCH_KEPT_H

#include <stdbool.h>

#include "api/batch_judge.h"
#include "api/decision_follow.h"

/*
 * What came of a batch's items, in a file until all are known; then recorded.
 */

struct batch_kept_item {
	char id[UUID_TEXT];
	uint8_t request_sha256[HASH_SIZE];
	uint8_t tre_sha256[HASH_SIZE], platform_sha256[HASH_SIZE];
	bool tre, platform; /* shown at all */
	enum decision_mode mode;
	struct verdict verdict;
	struct decision_follows follows;
};

struct batch_kept;
struct instance;

/* NULL: ERR_INTERNAL. */
struct batch_kept *batch_kept_open(const struct instance *);
void batch_kept_free(struct batch_kept *);
struct batch_kept_texts {
	struct span leaf, looked_at;
	struct span consent; /* the JWS that item->follows uses up, or empty */
};
int batch_kept_put(struct batch_kept *, const struct batch_kept_item *,
    const struct batch_kept_texts *);

struct batch_rows;
struct batch_record {
	struct batch *batch;
	struct batch_kept *kept;
	struct batch_rows *rows; /* NULL: all of them are recorded */
	const bool *twice;	 /* an item */
	/* what all items have in common */
	const struct facts *facts;
	const struct decision_record *record;
	int64_t signer;
};
/*
 * Record all that was kept, of the batch and in its order: refused as
 * DUPLICATE_IN_BATCH where twice says so; what follows from it; then the tree
 * and the receipt.
 */
int batch_record(const struct batch_record *);

#endif
