#ifndef API_CLI_DECIDE_TABLE_H
#define API_CLI_DECIDE_TABLE_H

#include <jansson.h>
#include <stdio.h>

#include "api/cli/csv.h"

/*
 * The tables of assay decide --batch: devices in, verdicts out, with the same
 * separator.
 */

enum column { TRE, TERMINAL, IMEI, TAC, FIRMWARE, CONSENT, COLUMNS };

struct decide_row {
	char *cells[COLUMNS]; /* NULL: unsaid */
	char *why;	      /* it cannot be asked; NULL: it can */
	bool answered;
};

struct decide_table {
	struct buf text;
	struct csv in;
	int column[COLUMNS]; /* where it is, -1: nowhere */
	size_t lines;	     /* about as many rows */
	FILE *out;
};

/* Read the table's first row, write the result's.  Close in either case. */
int decide_table_open(struct decide_table *, const char *path, FILE *out);
void decide_table_close(struct decide_table *);

/* The next rows, most at most; how many, or -1 with ERR_INPUT. */
int decide_table_read(struct decide_table *, struct decide_row *, size_t most);
void decide_row_free(struct decide_row *);

/* One row of the result; decision is NULL for what was not asked. */
int decide_table_put(struct decide_table *, const struct decide_row *,
    const char *verdict, const json_t *decision, const char *id,
    const char *batch);

#endif
