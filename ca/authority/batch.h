#ifndef AUTHORITY_BATCH_H
#define AUTHORITY_BATCH_H

#include "authority/issuer.h"
#include "authority/lot.h"
#include "issue/template_cut.h"

/* Certificates of one lot that are made and stored together. */
struct batch {
	struct db_rows *r; /* statement lot_issue_rows; NULL: a desk's TrEs */
	int n;		   /* rows */
	int good;	   /* of them without a reason against */
	struct row *rows;
	const struct lot *lot; /* this and the next: batch_read_begin() */
	const struct profile *profile;
	bool all_may;	    /* of all rows nothing stands in the way */
	struct range range; /* as long as good */
	int64_t stored;	    /* when, in microseconds */
	int64_t now;	    /* 0: to be asked for */
	/* The lot and the site that the devices came from: of one that renews
	 * its own first ones, and then it is alone in the batch. */
	int64_t from_lot;
	const char *from_site;
	bool renewal;
	bool careful;		 /* lot_work's */
	struct made *made;	 /* one a good row */
	int64_t *ids;		 /* likewise: its device in the register */
	struct building *making; /* until batch_make_end() */
	bool signing;
};

/* What was made of a row. */
struct made {
	int row; /* which of batch.rows */
	size_t template;
	struct buf linted; /* what is to be signed */
	struct template_cut cut;
	int64_t template_id; /* 0: kept as it is */
	struct buf der;
	size_t signature; /* where in der it begins, with its header */
	int64_t not_before;
	uint8_t serial[SERIAL_SIZE];
	uint8_t sha256[HASH_SIZE];
};

/* The next rows behind `after`, so many at most; n is 0 when none are left. */
int batch_load(struct authority *, const struct lot *, int after, int most,
    struct batch *);
/* The same, LOT_CHUNK at most, that may have been asked for before (ahead.h).
 */
int batch_load_next(
    struct authority *, const struct lot *, int after, struct batch *);
/* Does row i of it renew? */
bool batch_renews(const struct batch *, int i);
void batch_free(struct batch *);
/* Other threads take each row's key; its request's signature was verified
 * before. */
void batch_read_begin(struct authority *, const struct lot *, struct batch *);
int batch_read_end(struct authority *);

/* Judge it once more, issue what is good, refuse the rest; a lot that may not
 * be issued any more is stopped (lot_issue.c). */
int lot_issue_batch(struct authority *, const struct lot *, struct batch *);

/* What all certificates of the lot by that CA share; dates: of now. */
struct template_spec batch_spec(struct authority *, const struct lot *,
    struct issuer *by, const char *site, int64_t now);
/* What row i's has of its own, but for index and serial number. */
void batch_row_terms(const struct lot *, const struct batch *, int i,
    struct template_row *, char tac[9]);
/* Its device in the register, if it is there already, and the TrE in it; 0. */
int64_t batch_device(const struct batch *, int i);
int64_t batch_tre(const struct batch *, int i);
/* The hardware platform of the TrE in it. */
struct span batch_platform(const struct batch *, int i);

/*
 * A certificate for each good row.  Other threads begin to build and to lint
 * them; when all are without fault, they begin to sign.  No database but for
 * the time.
 */
int batch_lint_begin(
    struct authority *, const struct lot *, struct issuer *, struct batch *);
int batch_sign_begin(struct authority *, struct batch *);
/* The same, if lint has ended; for who has something else to do. */
int batch_sign_soon(struct authority *, struct batch *);
/* Both. */
int batch_build(
    struct authority *, const struct lot *, struct issuer *, struct batch *);
/* Help, until all that was begun has ended. */
int batch_make_end(struct authority *, struct batch *);

/*
 * In the caller's transaction: the devices, while certificates are being
 * linted; what they share, without which they are stored as they are (if the
 * transaction fails: kept_forget()); each certificate as soon as it is signed;
 * the lot's rows and the quota; bindings, and what ends with devices that have
 * been here before.
 */
int batch_store_devices(struct authority *, const struct lot *, struct batch *);
int batch_keep(struct authority *, struct batch *);
int batch_store_certificates(
    struct authority *, const struct lot *, struct batch *);
int batch_store_rows(struct authority *, const struct lot *, struct batch *);
int batch_store_ends(struct authority *, const struct lot *, struct batch *);

#endif
