#ifndef AUTHORITY_DESK_INSIDE_H
#define AUTHORITY_DESK_INSIDE_H

#include "authority/batch.h"
#include "authority/issuer.h"
#include "authority/lot.h"
#include "issue/open_lot.h"

/* What desk.c, desk_right.c and desk_issue.c share; nobody else includes this.
 */

/* Columns of the statement enrol_waiting. */
enum desk_column {
	DESK_LOT,
	DESK_ROW,
	DESK_ID,
	DESK_CSR,
	DESK_TRE,
	DESK_TAC,
	DESK_STATE,
	DESK_PROOF,
	DESK_RENEWS,
	DESK_NOW,
	DESK_FOOTING,
	DESK_BELL
};

/* Indexes reserved ahead: few at first, since those that are left over at the
 * end are void. */
#define BLOCK_FIRST 16
#define BLOCK_MOST  1024

struct desk {
	struct lot lot;
	struct open_lot *header;
	struct issuer *by;
	struct range block; /* reserved, and not used yet */
	int64_t next_block; /* how long the next one will be */

	int64_t footing; /* 0: nothing is proven */
	int64_t proven, until;
	int64_t retry; /* clock_ms() before which it is lot_run()'s */
};

/* What is left of its block is void. */
void desk_block_void(struct authority *, struct desk *);

/* Prove its right to be issued, and remember on what footing (desk_right.c). */
int desk_prove(struct authority *, struct desk *);

/* Issue some of the rows from..from+n: how many of the first ones; or none, -1:
 * then the long way is left (desk_issue.c). */
int desk_issue(
    struct authority *, struct desk *, struct db_rows *, int from, int n);
/* Does anybody among the rows from..from+n wait who has no bell? */
bool desk_calls(struct db_rows *, int from, int n);

/* The rows from..from+b->good are stored: whoever has a bell hears of it
 * (desk_tell.c). */
void desk_tell(struct authority *, const struct lot *, const struct batch *,
    struct db_rows *, int from);

#endif
