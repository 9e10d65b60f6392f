/*
 * The status log and the publications, as the follower reads them.
 */

#include <string.h>

#include "base/err.h"
#include "db/conn.h"
#include "db/status.h"

#define TOGETHER 32

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
	head->heard = row_int(rows, 0, 7);
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
find_word(const char *const *words, int n, struct span word)
{
	int i;

	for (i = 0; i < n; i++)
		if (span_equal(span_str(words[i]), word))
			return i;
	return err_set(ERR_INTERNAL,
	    "the status log says \"%.*s\", which this program does not know",
	    (int)word.n, (const char *)word.p);
}

static int
read_number(struct db *db, uint64_t *n)
{
	int64_t v;

	if (db_read_int(db, &v) == -1)
		return -1;
	*n = (uint64_t)v;
	return 0;
}

static int
read_range(struct db *db, struct status_event *e)
{
	int64_t issuer, reason;
	int i;

	if (db_read_int(db, &issuer) == -1 ||
	    read_number(db, &e->first) == -1 ||
	    read_number(db, &e->count) == -1 ||
	    db_read_int(db, &reason) == -1 ||
	    db_read_time(db, &e->invalidity) == -1)
		return -1;
	e->issuer = issuer >= 0 && issuer <= UINT32_MAX ? (uint32_t)issuer : 0;
	e->reason = (int)reason;
	if (issuer != 0 && e->count == 0)
		e->count = 1; /* what most have comes as NULL */
	for (i = 0; i < COHORT_OF_RANGE; i++)
		if (read_number(db, &e->cohort[i]) == -1)
			return -1;
	return 0;
}

static int
read_cohort(struct db *db, struct status_event *e)
{
	struct span word;
	int kind;

	if (db_read_text(db, &word) == -1)
		return -1;
	if (word.n != 0) {
		if ((kind = find_word(cohorts, COHORT_KINDS, word)) == -1)
			return -1;
		e->cohort_kind = (enum cohort_kind)kind;
	}
	if (read_number(db, &e->cohort_id) == -1)
		return -1;
	return read_number(db, &e->measure);
}

static int
read_event(struct db *db, struct status_event *e)
{
	struct span word;
	int kind;

	memset(e, 0, sizeof(*e));
	if (read_number(db, &e->id) == -1 || db_read_text(db, &word) == -1 ||
	    (kind = find_word(
		 kinds, (int)(sizeof(kinds) / sizeof(kinds[0])), word)) == -1 ||
	    db_read_time(db, &e->at) == -1)
		return -1;
	e->kind = (enum event_kind)kind;
	return read_range(db, e) == -1 ? -1 : read_cohort(db, e);
}

/* So many at a time, or what is left, even before one that makes no sense. */
static int
read_events(struct db *db, struct status_event *e, int *n)
{
	int more;

	for (*n = 0; *n < TOGETHER; ++*n) {
		if ((more = db_read_row(db, 16)) != 1)
			return more;
		if (read_event(db, &e[*n]) == -1)
			return -1;
	}
	return 1;
}

int
db_status_each(struct db *db, uint64_t after,
    int (*visit)(const struct status_event *, int, void *), void *ctx)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct status_event e[TOGETHER];
	int all = 0, n, more;

	db_arg_int(&args, (int64_t)after);
	if (db_exec(db, "status_event_after", &args) == -1 ||
	    db_read_begin(db, "status_event_copy") == -1)
		return -1;
	do {
		more = read_events(db, e, &n);
		if (n > 0 && visit(e, n, ctx) == -1)
			more = -1;
		all += n;
	} while (more == 1);
	if (more == 0)
		return all;
	db_read_end(db);
	return -1;
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
db_publication_get(struct db *db, int64_t id, struct buf *out, int64_t *created,
    int64_t *parts)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;

	db_arg_int(&args, id);
	if ((rows = db_query_binary(db, "publication_get", &args)) == NULL)
		return -1;
	if (rows_count(rows) != 1) {
		rows_free(rows);
		return err_set(ERR_ABSENT, "publication %lld was taken away",
		    (long long)id);
	}
	row_put_bytes(rows, 0, 0, out);
	*created = row_time(rows, 0, 1);
	*parts = row_int(rows, 0, 2);
	rows_free(rows);
	return 0;
}

int64_t
db_publication_part_each(
    struct db *db, int64_t id, int (*visit)(struct span, void *), void *ctx)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct span part;
	int64_t n;
	int more;

	db_arg_int(&args, id);
	if (db_exec(db, "publication_part_of", &args) == -1 ||
	    db_read_begin(db, "publication_part_copy") == -1)
		return -1;
	for (n = 0; (more = db_read_row(db, 1)) == 1; n++)
		if (db_read_text(db, &part) == -1 || visit(part, ctx) == -1)
			break;
	if (more == 0)
		return n;
	db_read_end(db);
	return -1;
}
