/*
 * What a number of the kit says of certificates: all that are not good, or all
 * that have changed.
 */

#include <stdlib.h>
#include <string.h>

#include "authority/kit_draft.h"

#define CHUNK	     (1 << 20) /* indexes whose states are asked for at once */
#define CHANGES_MOST 100000    /* more make a delta longer than a snapshot */

/* ---- records of single certificates */

static void
put_record(struct buf *out, const uint8_t key[16], enum kit_class class)
{
	buf_put(out, key, 16);
	buf_putc(out, (char)class);
}

/* Of our own CAs: a serial number is the encrypted index. */
static void
put_own(struct kit_draft *d, const struct draft_issuer *is, uint64_t index,
    enum kit_class class, struct buf *out)
{
	uint8_t serial[SERIAL_SIZE];

	serial_make(d->a->serials, is->id, index, serial);
	put_record(out, serial + 1, class);
}

/* Of a supplier's own; outside of its arc nobody is told good of it anyhow. */
static void
put_delegated(struct span serial, enum kit_class class, struct buf *out)
{
	if (serial.n == SERIAL_SIZE)
		put_record(out, serial.p + 1, class);
}

static int
by_key(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

/* Ascending, each once: all records of a key say the same. */
static void
sort_records(struct buf *records)
{
	size_t n = records->n / KIT_RECORD, i, kept = 0;
	uint8_t *p = records->p;

	if (n == 0)
		return;
	qsort(p, n, KIT_RECORD, by_key);
	for (i = 1; i < n; i++)
		if (memcmp(p + kept * KIT_RECORD, p + i * KIT_RECORD, 16) != 0)
			memmove(p + ++kept * KIT_RECORD, p + i * KIT_RECORD,
			    KIT_RECORD);
	records->n = (kept + 1) * KIT_RECORD;
}

/* ---- states, for a snapshot */

/* Runs that are not good; late: those that it must list singly, too. */
static int
add_states(struct kit_draft *d, struct draft_issuer *is, uint64_t first,
    struct kit_members *late)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int i;

	db_arg_int(&args, is->id);
	db_arg_int(&args, (int64_t)first);
	db_arg_int(&args, (int64_t)(first + CHUNK - 1));
	db_arg_time(&args, d->kit.covered);
	if ((r = db_query(d->a->db, "kit_states", &args)) == NULL)
		return -1;
	for (i = 0; i < rows_count(r); i++) {
		kit_members_add(&is->members, (int)row_int(r, i, 2),
		    (uint64_t)row_int(r, i, 0), (uint64_t)row_int(r, i, 1));
		if (row_bool(r, i, 3))
			kit_members_add(late, (int)row_int(r, i, 2),
			    (uint64_t)row_int(r, i, 0),
			    (uint64_t)row_int(r, i, 1));
	}
	rows_free(r);
	return 0;
}

static int
list_delegated(
    struct kit_draft *d, struct draft_issuer *is, const struct kit_run *run)
{
	struct kit_walk w = { .members = &is->members };
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int i;

	db_arg_int(&args, is->id);
	db_arg_int(&args, (int64_t)run->first);
	db_arg_int(&args, (int64_t)(run->first + run->count - 1));
	if ((r = db_query(d->a->db, "kit_serials", &args)) == NULL)
		return -1;
	for (i = 0; i < rows_count(r); i++)
		put_delegated(row_bytes(r, i, 1),
		    kit_walk_class(&w, (uint64_t)row_int(r, i, 0)),
		    &is->listed);
	rows_free(r);
	return 0;
}

static int
list_run(struct kit_draft *d, bool delegated, struct draft_issuer *is,
    const struct kit_run *run)
{
	struct kit_walk w = { .members = &is->members };
	uint64_t i;

	if (delegated)
		return list_delegated(d, is, run);
	for (i = run->first; i < run->first + run->count; i++)
		put_own(d, is, i, kit_walk_class(&w, i), &is->listed);
	return 0;
}

/* What a snapshot lists: the late ones, and all of a supplier's own CA. */
static int
list_singles(struct kit_draft *d, bool delegated, struct draft_issuer *is,
    const struct kit_members *late)
{
	const struct kit_members *from = delegated ? &is->members : late;
	size_t i;
	int c;

	for (c = KIT_GOOD + 1; c < KIT_CLASSES; c++)
		for (i = 0; i < from->runs[c].n; i++)
			if (list_run(d, delegated, is, &from->runs[c].all[i]) ==
			    -1)
				return -1;
	sort_records(&is->listed);
	return 0;
}

int
kit_collect_states(struct kit_draft *d, bool delegated, struct draft_issuer *is)
{
	struct kit_members late = { .n = 0 };
	uint64_t first;
	int rc = 0;

	for (first = 0; rc == 0 && first < is->members.n; first += CHUNK)
		rc = add_states(d, is, first, &late);
	kit_members_sort(&is->members);
	if (rc == 0)
		rc = list_singles(d, delegated, is, &late);
	kit_members_clear(&late);
	return rc;
}

/* ---- changes, for a delta */

static int
issuer_at(const struct kit_draft *d, int64_t id)
{
	size_t i;

	for (i = 0; i < d->kit.nissuers; i++)
		if (d->issuers[i].id == id)
			return (int)i;
	return -1;
}

static void
add_change(struct kit_draft *d, struct db_rows *r, int row)
{
	uint64_t i = (uint64_t)row_int(r, row, 1);
	uint64_t end = i + (uint64_t)row_int(r, row, 2);
	enum kit_class class = (enum kit_class)row_int(r, row, 3);
	int at = issuer_at(d, row_int(r, row, 0));

	if (at == -1)
		return;
	if (d->kit.issuers[at].delegated)
		put_delegated(
		    row_bytes(r, row, 4), class, &d->issuers[at].changed);
	else
		for (; i < end; i++)
			put_own(d, &d->issuers[at], i, class,
			    &d->issuers[at].changed);
}

/* What is void is one row, however many indexes that are. */
static bool
are_too_many(struct db_rows *r)
{
	uint64_t n = 0;
	int i;

	for (i = 0; i < rows_count(r) && n <= CHANGES_MOST; i++)
		n += (uint64_t)row_int(r, i, 2);
	return n > CHANGES_MOST;
}

int
kit_collect_changes(struct kit_draft *d)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	size_t k;
	int i;

	db_arg_int(&args, d->since_event);
	db_arg_int(&args, CHANGES_MOST);
	if ((r = db_query(d->a->db, "kit_changes", &args)) == NULL)
		return -1;
	if (are_too_many(r))
		d->kit.kind = KIT_ANEW;
	for (i = 0; d->kit.kind == KIT_DELTA && i < rows_count(r); i++)
		add_change(d, r, i);
	rows_free(r);
	for (k = 0; k < d->kit.nissuers; k++)
		sort_records(&d->issuers[k].changed);
	return 0;
}
