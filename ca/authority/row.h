#ifndef AUTHORITY_ROW_H
#define AUTHORITY_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "issue/profile.h"
#include "x509/csr.h"

/*
 * One row of a lot under examination.  What row_verify() does is where nearly
 * all the time goes; it needs the row alone, no database and no other row, so
 * it is spread over threads.
 */
struct row {
	int row;
	const char *id; /* borrowed, as are tre and tac */
	const char *tre;
	const char *tac;
	struct span octets; /* the request; borrowed, too */
	struct buf line; /* as it was signed, with its newline; rows_done() */
	struct csr csr;	 /* borrows from octets */
	const char *reason; /* NULL: nothing against it (so far) */
	char detail[200];
	const char *clone; /* "key" or "id", which is somewhere else, too */
	bool
	    misissued; /* refused, and its delegated CA must not have made it */
};

/* Kind of device a row is judged as. */
enum row_kind { ROW_TRE, ROW_TERMINAL };

/* RFC 2986 or RFC 4211 request: form, key, and with `verify` the proof of
 * possession. */
void row_verify(struct row *, struct span csr, bool verify);

/* May a device have a key of that algorithm? */
void row_judge_key(struct row *, const struct profile *);
/* A bare key that the supplier answers for: form, kind, on its curve. */
void row_take_key(struct row *, struct span spki);

/* A certificate of a delegated CA: its key; the rest is report.c's. */
void row_take_certificate(struct row *, struct span der);

/* Free what n rows own, and the rows. */
void rows_done(struct row *, int n);

/*
 * Do the members fit the kind, and the TAC the model?  tacs: the model's,
 * comma-separated.
 */
void row_judge_form(struct row *, enum row_kind, const char *tacs);

/* The TAC that goes into the certificate: the row's, or the model's only one.
 * NULL when the model has several and the row says none. */
const char *row_tac(const char *tac, const char *tacs, char out[9]);

/* Refuse it, unless it is refused already. */
void row_refuse(struct row *, const char *reason, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
