#ifndef DB_LOT_H
#define DB_LOT_H

#include <stdbool.h>
#include <stdint.h>

#include "db/conn.h"

/*
 * A lot as the authority sees it: what was ordered, for whom, and under which
 * certificate of conformity.
 */
struct lot {
	int64_t id;
	char lot_kind[16]; /* csr, key, certificate: what its rows bring */
	char number[24];
	char state[16];
	int64_t organisation_id;
	char organisation[41];
	char organisation_name[257]; /* 64 characters */
	char country[3];
	int64_t model_id;
	char model[41];
	char kind[16]; /* tre, terminal */
	char version[129];
	char least_firmware[129];
	char *tacs; /* of a terminal model, comma-separated; db_lot_free() */
	char site[41];
	int64_t coc_id;
	char coc[24];
	int level;
	char ruleset[64]; /* name-version */
	int count, checked, issued, refused;
	char *header_jws; /* likewise */
	uint8_t rows_sha256[32];
	char reference[257];
	bool open; /* rows come one at a time, until then */
	int64_t until;
	bool renewal; /* known devices may renew under it */
	char ca[24];  /* of a report: the delegated CA that it is of */
	int64_t ca_issuer;
	int64_t coc_valid_from;
	int64_t created;
};

int db_lot_get(struct db *, int64_t id, struct lot *);
void db_lot_free(struct lot *);

/*
 * Submission: begin, then COPY (statement lot_row_copy), then commit.
 * existing: the same manifest was sent before; it takes no rows.
 */
struct lot_begin {
	const char *model, *site, *kind, *reference, *header_jws;
	const char *ca; /* NULL, or whose certificates the rows are */
	int count;
	struct span rows_sha256;
};
struct lot_begun {
	int64_t id;
	char number[24];
	bool existing;
};
int db_lot_begin(struct db *, const struct lot_begin *, struct lot_begun *);

/* An open lot, which takes rows later (db/enrol.h).  secrets: array literal. */
struct lot_open {
	const char *model, *site, *reference, *header_jws;
	int count;
	int64_t until;
	bool renewal;
	const char *secrets;
};
int db_lot_open(struct db *, const struct lot_open *, struct lot_begun *);

/* Whose turn it is: see lot_waiting; all are array literals, "{1,2}". */
struct db_rows *db_lot_waiting(
    struct db *, const char *skip, const char *last, const char *remembered);

/* Rows behind `after`: see lot_rows and lot_issue_rows in db/sql/lot_work.sql.
 * tres: the lot is of TrEs and not open, which is asked for in fewer words. */
struct db_rows *db_lot_rows(struct db *, int64_t lot, int after, int most);
struct db_rows *db_lot_issue_rows(
    struct db *, int64_t lot, bool tres, int after, int most);

/* Has the register any of these ids, as a TrE's, or any of these keys? */
int db_lot_tres_known(
    struct db *, struct db_array *ids, struct db_array *keys, bool *known);
/* What it says of rows, in their order; arrays of equal length. */
struct db_rows *db_lot_check_rows(struct db *, int64_t lot, bool tres,
    struct db_array *rows, struct db_array *keys);

/* json: [{"row", "reason", "detail"}, ...] */
int db_lot_rows_refuse(struct db *, int64_t lot, const char *json);
int db_lot_clones_found(struct db *, int64_t lot, const char *json);
int db_lot_set_checked(struct db *, int64_t lot, int checked, int malformed);
/* ERR_CONFLICT when the lot isn't in state `from`. */
int db_lot_set_state(struct db *, int64_t lot, const char *from, const char *to,
    const char *reason);
/* Rows that are not issued yet are refused, LOT_STOPPED. */
int db_lot_stop(struct db *, int64_t lot, const char *why);

/* One sentence a reason why n certificates cannot be issued now. */
struct db_rows *db_lot_obstacles(struct db *, int64_t lot, int n);

/* The rows have become certificates; ERR_CONFLICT unless all n were waiting.
 * Of an open lot each row by itself; of others runs of them: the row and the
 * index that each begins with, and how long it is.  Literals of equal length.
 */
int db_lot_rows_issued(struct db *, int64_t lot, const char *rows,
    int64_t issuer, const char *indexes, int n);
int db_lot_runs_issued(struct db *, int64_t lot, const char *rows,
    const char *counts, int64_t issuer, const char *indexes, int n);
/* The same for one row of a device that renews. */
int db_lot_row_renewed(
    struct db *, int64_t lot, int row, int64_t issuer, int64_t index);

#endif
