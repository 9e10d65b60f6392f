#ifndef API_CLI_DECIDE_BATCH_INSIDE_H
#define API_CLI_DECIDE_BATCH_INSIDE_H

#include <stdio.h>

#include "api/cli/decide_answer.h"
#include "api/cli/decide_table.h"
#include "api/cli/question.h"
#include "key/hash.h"

#define DECIDE_PATH_MAX 256

/* What decide_batch.c and decide_body.c share: a table on its way. */
struct decide_batch {
	struct cli *cli;
	const struct question *asked;
	struct decide_table table;
	struct decide_row *rows; /* of one batch */
	size_t nrows, nasked;
	/* by index: which row, and SHA-256 of what was asked about it */
	size_t *asked_rows;
	uint8_t (*asked_sha256)[HASH_SIZE];
	uint8_t body_sha256[HASH_SIZE];
	char id[37];
	int64_t signed_at; /* when its first device did */
	bool lapsed;	   /* before: has been signed again */
	char body[DECIDE_PATH_MAX], answer[DECIDE_PATH_MAX]; /* files */
	FILE *out, *keep;
	struct decide_answer proof; /* of the answer that is being read */
	struct cli_progress *bar;
	size_t done, permitted, refused, untold, unasked;
};

/*
 * Write ->body: a line for all, and one for each row that can be asked about;
 * of the others ->rows[].why says why not.
 */
int decide_body_write(struct decide_batch *, const char *challenge);

#endif
