#ifndef API_CLI_CSV_H
#define API_CLI_CSV_H

#include "base/buf.h"

/*
 * Tables as spreadsheets write and open them: RFC 4180, UTF-8, with a comma or,
 * where that is the decimal point, a semicolon between cells.
 */

#define CSV_CELLS_MOST 32

struct csv {
	struct span rest; /* of the text, which must outlive it */
	char separator;
	size_t row; /* read last, from 1 */
	struct buf text;
	const char *cells[CSV_CELLS_MOST];
	size_t n;
};

/* Skips a byte order mark; the first row says what separates. */
void csv_open(struct csv *, struct span text);
/*
 * The next row that is not empty: 1 with cells of NUL-ended texts, 0 at the
 * end, -1 with ERR_INPUT.
 */
int csv_read(struct csv *);
void csv_free(struct csv *);

/*
 * Append a cell, in quotes where it needs them.  What a spreadsheet would run
 * as a formula gets an apostrophe before it, also where one that parts cells
 * otherwise would find it inside.
 */
void csv_put(struct buf *, const char *text, char before);
/* What begins a file, so that it is taken for UTF-8; what ends a row. */
#define CSV_MARK "\xef\xbb\xbf"
#define CSV_END	 "\r\n"

#endif
