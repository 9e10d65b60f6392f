#ifndef AUTHORITY_LOT_H
#define AUTHORITY_LOT_H

#include "authority/authority.h"
#include "authority/repeats.h"
#include "db/lot.h"
#include "issue/manifest.h"
#include "key/hash.h"

/*
 * Working off a lot, a step at a time, so that none keeps the others waiting:
 *
 *	received	rows checked LOT_CHUNK at a time; at their end the
 *			signed hash is proven			-> validated
 *	validated	accreditation proven			-> approved
 *	approved						-> issuing
 *	issuing		LOT_CHUNK certificates at a time	-> issued
 *
 * An open one, whose rows come one at a time:
 *
 *	received	header and accreditation proven		-> open
 *	open		rows as they come, until its end	-> issued
 *
 * A lot that may not be issued is rejected, with its reason.  One whose right
 * ends half-way is issued as far as it came; the other rows are refused.  An
 * open one goes on when what stands against it has passed.
 */
#define LOT_CHUNK 8192

/* What is remembered of a lot between steps.  It can be lost at any time. */
struct lot_work {
	int64_t id;
	bool last;	   /* it was its organisation's last turn */
	int done;	   /* rows behind us in this state */
	struct hash *hash; /* of the rows as they came */
	int64_t retry;	   /* clock_ms() before which it is left alone */
	int failures;
	bool careful; /* something of it was registered meanwhile */
};

/*
 * One step of one lot of each organisation that has some; of its lots, each
 * has its turn.  So nobody waits for another's ten million devices longer than
 * a step, nor for their own.  *busy: there is more.
 */
int lot_run(struct authority *, bool *busy);

/* Forget what is remembered: the connection was lost. */
void lot_forget_all(struct authority *);

/* The steps (lot_check.c, lot_issue.c).  0, or -1 and nothing has happened. */
int lot_check(struct authority *, struct lot_work *, const struct lot *);
int lot_issue(struct authority *, struct lot_work *, const struct lot *);
/* Accreditation proven: approved, or open; else rejected, with all reasons. */
int lot_approve(struct authority *, const struct lot *);
/* Of an open one (lot_open.c): is it as signed; and the rows that wait. */
int lot_open(struct authority *, const struct lot *);
int lot_enrol(struct authority *, const struct lot *);

/*
 * Ask the register about rows without fault (each row->csr parsed) and refuse
 * those it speaks against.
 */
int lot_ask_register(
    struct authority *, const struct lot *, struct row *rows, int n);
/* Store the refusals among rows. */
int lot_store_refusals(
    struct authority *, const struct lot *, const struct row *rows, int n);

enum row_kind lot_row_kind(const struct lot *);
/* TrEs, of which the register knows nothing that counts but that they are new:
 * neither is one in another, nor does one renew. */
bool lot_of_new_tres(const struct lot *);
/* What its devices' certificates are like. */
const struct profile *lot_profile(const struct authority *, const struct lot *);
/* Does it report what a delegated CA has issued (report.h)? */
bool lot_is_report(const struct lot *);
/* What the row brings, its request or its key, in any thread. */
void lot_row_verify(const struct lot *, struct row *, bool verify);

#endif
