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
	bool has_twice; /* something is in it twice, as was found before */
};

/*
 * Judge all of it and record the answer, in the transaction that is open, which
 * sees one snapshot.  Each item is read, asked about and judged as a single
 * question is, some hundred at a time; what came of them is recorded meanwhile.
 * 0, or -1: nothing of it may be committed.
 *
 * Only the last item tells what is in the batch twice, and what is recorded is
 * never changed: then has_twice is set, with BATCH_AGAIN, and all of it is to
 * be judged again, in another transaction.  Where has_twice is set nothing is
 * recorded before all of it has been judged.
 */
#define BATCH_AGAIN 1
int batch_judge(struct batch *);

#endif
