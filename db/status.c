/*
 * The status log and the publications, as the follower reads them.
 */

#include <string.h>

#include "base/err.h"
#include "db/conn.h"
#include "db/status.h"

int
db_status_head(struct db *db, struct status_head *head)
{
	struct db_rows *rows;
	struct span hash;

	if ((rows = db_query_one(db, "status_head_get", NULL)) == NULL)
		return -1;
	head->last = (uint64_t)row_int(rows, 0, 0);
	head->publication = row_int(rows, 0, 1);
	memset(head->hash, 0, sizeof(head->hash));
	hash = row_bytes(rows, 0, 2);
	if (hash.n == sizeof(head->hash))
		memcpy(head->hash, hash.p, hash.n);
	ROW_COPY(head->identity, rows, 0, 3);
	head->replica = row_bool(rows, 0, 4);
	head->stands = row_bool(rows, 0, 5);
	head->lost = row_bool(rows, 0, 6);
	rows_free(rows);
	return 0;
}

int
db_status_has(struct db *db, uint64_t event, const uint8_t hash[32])
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;
	int n;

	db_arg_int(&args, (int64_t)event);
	db_arg_bytes(&args, span_of(hash, 32));
	if ((rows = db_query(db, "status_event_has", &args)) == NULL)
		return -1;
	n = rows_count(rows);
	rows_free(rows);
	return n;
}

/* The words that the schema knows, in the order of the enum. */
static const char *const kinds[] = { "issued", "void", "revoked", "held",
	"released", "cohort_held", "cohort_released", "cohort_revoked",
	"restored" };
static const char *const cohorts[] = { "lot", "model", "site", "organisation",
	"hardware_platform", "issuer" };

static int
find_word(const char *const *words, int n, const char *word)
{
	int i;

	for (i = 0; i < n; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return err_set(ERR_INTERNAL,
	    "the status log says \"%s\", which this program does not know",
	    word);
}

static int
read_event(const struct db_rows *rows, int row, struct status_event *e)
{
	int i, kind, cohort = 0;

	if ((kind = find_word(kinds, (int)(sizeof(kinds) / sizeof(kinds[0])),
		 row_text(rows, row, 1))) == -1)
		return -1;
	if (!row_null(rows, row, 13) &&
	    (cohort = find_word(
		 cohorts, COHORT_KINDS, row_text(rows, row, 13))) == -1)
		return -1;
	memset(e, 0, sizeof(*e));
	e->id = (uint64_t)row_int(rows, row, 0);
	e->kind = (enum event_kind)kind;
	e->at = row_int(rows, row, 2);
	e->issuer = (uint32_t)row_int(rows, row, 3);
	e->first = (uint64_t)row_int(rows, row, 4);
	e->count = (uint64_t)row_int(rows, row, 5);
	e->reason = (int)row_int(rows, row, 6);
	e->invalidity = row_int(rows, row, 7);
	for (i = 0; i < COHORT_OF_RANGE; i++)
		e->cohort[i] = (uint64_t)row_int(rows, row, 8 + i);
	e->cohort_kind = (enum cohort_kind)cohort;
	e->cohort_id = (uint64_t)row_int(rows, row, 14);
	e->measure = (uint64_t)row_int(rows, row, 15);
	return 0;
}

int
db_status_each(struct db *db, uint64_t after, int most,
    int (*visit)(const struct status_event *, void *), void *ctx)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct status_event e;
	struct db_rows *rows;
	int i, n = -1;

	db_arg_int(&args, (int64_t)after);
	db_arg_int(&args, most);
	if ((rows = db_query(db, "status_event_each", &args)) == NULL)
		return -1;
	for (i = 0; i < rows_count(rows); i++)
		if (read_event(rows, i, &e) == -1 || visit(&e, ctx) == -1)
			goto out;
	n = i;
out:
	rows_free(rows);
	return n;
}

int
db_publication_each(struct db *db, int64_t after,
    int (*visit)(int64_t, const char *, void *), void *ctx)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;
	int i, rc = -1;

	db_arg_int(&args, after);
	if ((rows = db_query(db, "publication_each", &args)) == NULL)
		return -1;
	for (i = 0; i < rows_count(rows); i++)
		if (visit(row_int(rows, i, 0), row_text(rows, i, 1), ctx) == -1)
			goto out;
	rc = 0;
out:
	rows_free(rows);
	return rc;
}

int
db_publication_get(struct db *db, int64_t id, struct buf *out, int64_t *created)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;

	db_arg_int(&args, id);
	if ((rows = db_query_one(db, "publication_get", &args)) == NULL)
		return -1;
	row_put_bytes(rows, 0, 0, out);
	*created = row_time(rows, 0, 1);
	rows_free(rows);
	return 0;
}
