#ifndef API_CLI_DECIDE_ANSWER_H
#define API_CLI_DECIDE_ANSWER_H

#include "api/cli/cli.h"
#include "key/hash.h"
#include "registry/receipt.h"

/*
 * The answer to a batch, proven before it counts: its one receipt by the chain
 * and the CRLs of its signer, and each item by its path to the receipt's root.
 */

struct decide_answer_asked {
	const char *operator, * purpose, *batch;
	struct span body_sha256; /* of all that was sent */
	size_t n;
	uint8_t (*items_sha256)[HASH_SIZE]; /* of each line */
};

struct decide_answer {
	struct cli *cli;
	struct decide_answer_asked asked;
	json_t *receipt; /* as it came; */
	bool proven;	 /* and it holds */
	struct receipt_bundle bundle;
};

/* What is said of one; borrowed from its line. */
struct decide_answer_item {
	size_t index;
	const json_t *decision;
	const char *verdict, *id;
};

/*
 * The line about the whole; asked must outlive it.  decide_answer_close() in
 * either case.
 */
int decide_answer_open(struct cli *, const json_t *line,
    const struct decide_answer_asked *, struct decide_answer *);
void decide_answer_close(struct decide_answer *);

/*
 * The line about one device.  -1: it is none of that answer; or the receipt,
 * which is judged with the first of them, does not hold under the roots of
 * --root or VAR, or is not the answer to what was asked, now.
 */
int decide_answer_item(
    struct decide_answer *, const json_t *line, struct decide_answer_item *);

#endif
