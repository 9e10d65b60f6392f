#ifndef API_BATCH_JUDGE_H
#define API_BATCH_JUDGE_H

#include "api/decision_request.h"
#include "api/request.h"
#include "key/hash.h"

/*
 * A batch that came in whole and was written down (db/schema/340_batch.sql).
 */
struct batch {
	struct request *req;
	struct decision_head head;
	uint8_t body_sha256[HASH_SIZE];
	int64_t id, received;
};

/*
 * Judge all of it and record the answer, in the transaction that is open, which
 * sees one snapshot.  Each item is read, asked about and judged as a single
 * question is, some hundred at a time; what came of them waits in a file, since
 * only the last one tells what is in the batch twice.  0, or -1: nothing of it
 * may be committed.
 */
int batch_judge(struct batch *);

#endif
