/*
 * What a number of the kit says, out of the database.
 */

#include <stdlib.h>
#include <string.h>

#include "authority/kit_draft.h"
#include "base/err.h"
#include "db/decision.h"

#define CHUNK	     (1 << 20) /* indexes whose states are asked for at once */
#define CHANGES_MOST 100000    /* more make a delta longer than a snapshot */

/* ---- accreditations and measures */

#define GROW(array, n)                                                         \
	((array) = xrealloc((array), ((n) + 1) * sizeof(*(array))),            \
	    memset(&(array)[n], 0, sizeof(*(array))), &(array)[(n)++])

static enum kit_scope
scope_of(const char *kind)
{
	static const char *const names[KIT_SCOPES] = { "organisation", "site",
		"hardware_platform", "model", "issuer" };
	int i = 0;

	while (i < KIT_SCOPES && strcmp(names[i], kind) != 0)
		i++;
	return (enum kit_scope)i;
}

/* "FROM TO FROM TO ..." */
static void
read_windows(const char *text, struct kit_windows *w)
{
	long long from, to;
	int n;

	while (sscanf(text, "%lld %lld%n", &from, &to, &n) == 2) {
		kit_window_add(w, from, to);
		text += n;
	}
}

static int
collect_models(struct kit_draft *d)
{
	struct db_rows *r = db_query(d->a->db, "kit_models", NULL);
	struct kit *k = &d->kit;
	struct kit_model *m;
	int i;

	for (i = 0; r != NULL && i < rows_count(r); i++) {
		m = GROW(k->models, k->nmodels);
		ROW_COPY(m->handle, r, i, 0);
		ROW_COPY(m->organisation, r, i, 1);
		ROW_COPY(m->platform, r, i, 2);
		db_coc_read(row_text(r, i, 3), &m->coc);
		read_windows(row_text(r, i, 4), &m->accredited);
	}
	rows_free(r);
	return r == NULL ? -1 : 0;
}

static int
collect_sites(struct kit_draft *d)
{
	struct db_rows *r = db_query(d->a->db, "kit_sites", NULL);
	struct kit *k = &d->kit;
	struct kit_site *s;
	int i;

	for (i = 0; r != NULL && i < rows_count(r); i++) {
		s = GROW(k->sites, k->nsites);
		ROW_COPY(s->coc, r, i, 0);
		read_windows(row_text(r, i, 1), &s->accredited);
	}
	rows_free(r);
	return r == NULL ? -1 : 0;
}

static int
collect_measures(struct kit_draft *d)
{
	struct db_rows *r = db_query(d->a->db, "kit_measures", NULL);
	struct kit_measure one = { .kind = KIT_SCOPES };
	struct kit *k = &d->kit;
	int i;

	for (i = 0; r != NULL && i < rows_count(r); i++) {
		one.kind = scope_of(row_text(r, i, 0));
		ROW_COPY(one.scope, r, i, 1);
		/* what it takes away may show elsewhere */
		if (one.kind < KIT_SCOPES &&
		    db_measure_read(row_text(r, i, 2), &one.fact) == 0)
			*GROW(k->measures, k->nmeasures) = one;
	}
	rows_free(r);
	return r == NULL ? -1 : 0;
}

static int
collect_cohorts(struct kit_draft *d)
{
	struct db_rows *r = db_query(d->a->db, "kit_cohorts", NULL);
	struct kit *k = &d->kit;
	struct kit_cohort *c;
	int i;

	for (i = 0; r != NULL && i < rows_count(r); i++) {
		if (scope_of(row_text(r, i, 0)) == KIT_SCOPES)
			continue;
		c = GROW(k->cohorts, k->ncohorts);
		c->kind = scope_of(row_text(r, i, 0));
		ROW_COPY(c->scope, r, i, 1);
		c->standing = STANDING_REVOKED;
	}
	rows_free(r);
	return r == NULL ? -1 : 0;
}

/* ---- records of single certificates */

static void
put_record(struct buf *out, const uint8_t key[16], enum kit_class class)
{
	buf_put(out, key, 16);
	buf_putc(out, (char)class);
}

/* Those of our own CAs have their indexes in their serial numbers. */
static void
list_own(struct kit_draft *d, const struct draft_issuer *is, struct kit_walk *w,
    const struct kit_run *run, struct buf *out)
{
	uint8_t serial[SERIAL_SIZE];
	uint64_t i;

	for (i = run->first; i < run->first + run->count; i++) {
		serial_make(d->a->serials, is->id, i, serial);
		put_record(out, serial + 1, kit_walk_class(w, i));
	}
}

static int
list_delegated(struct kit_draft *d, const struct draft_issuer *is,
    struct kit_walk *w, const struct kit_run *run, struct buf *out)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	struct span serial;
	int i;

	db_arg_int(&args, is->id);
	db_arg_int(&args, (int64_t)run->first);
	db_arg_int(&args, (int64_t)(run->first + run->count - 1));
	if ((r = db_query(d->a->db, "kit_serials", &args)) == NULL)
		return -1;
	for (i = 0; i < rows_count(r); i++) {
		serial = row_bytes(r, i, 1);
		/* outside of its arc: nobody is told good of it anyhow */
		if (serial.n == SERIAL_SIZE)
			put_record(out, serial.p + 1,
			    kit_walk_class(w, (uint64_t)row_int(r, i, 0)));
	}
	rows_free(r);
	return 0;
}

/* Each of the run's certificates with its class; members as they are. */
static int
list_run(struct kit_draft *d, const struct kit_issuer *kept,
    const struct draft_issuer *is, const struct kit_members *members,
    const struct kit_run *run, struct buf *out)
{
	struct kit_walk w = { .members = members };

	if (kept->delegated)
		return list_delegated(d, is, &w, run, out);
	list_own(d, is, &w, run, out);
	return 0;
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

/* ---- states */

/*
 * Runs of one CA that are not good, from an index to another; those that a
 * snapshot must list singly, too.
 */
static int
add_states(struct kit_draft *d, const struct draft_issuer *is, uint64_t first,
    uint64_t last, struct kit_members *m, struct kit_members *late)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int i;

	db_arg_int(&args, is->id);
	db_arg_int(&args, (int64_t)first);
	db_arg_int(&args, (int64_t)last);
	db_arg_time(&args, d->kit.covered);
	if ((r = db_query(d->a->db, "kit_states", &args)) == NULL)
		return -1;
	for (i = 0; i < rows_count(r); i++) {
		kit_members_add(m, (int)row_int(r, i, 2),
		    (uint64_t)row_int(r, i, 0), (uint64_t)row_int(r, i, 1));
		if (late != NULL && row_bool(r, i, 3))
			kit_members_add(late, (int)row_int(r, i, 2),
			    (uint64_t)row_int(r, i, 0),
			    (uint64_t)row_int(r, i, 1));
	}
	rows_free(r);
	return 0;
}

/* What a snapshot lists: the late ones, and all of a supplier's own CA. */
static int
list_singles(struct kit_draft *d, const struct kit_issuer *kept,
    struct draft_issuer *is, const struct kit_members *late)
{
	const struct kit_members *from = kept->delegated ? &is->members : late;
	size_t i;
	int c;

	for (c = KIT_GOOD + 1; c < KIT_CLASSES; c++)
		for (i = 0; i < from->runs[c].n; i++)
			if (list_run(d, kept, is, &is->members,
				&from->runs[c].all[i], &is->listed) == -1)
				return -1;
	sort_records(&is->listed);
	return 0;
}

static int
collect_states(
    struct kit_draft *d, const struct kit_issuer *kept, struct draft_issuer *is)
{
	struct kit_members late = { .n = 0 };
	uint64_t first;
	int rc = 0;

	for (first = 0; rc == 0 && first < is->members.n; first += CHUNK)
		rc = add_states(
		    d, is, first, first + CHUNK - 1, &is->members, &late);
	kit_members_sort(&is->members);
	if (rc == 0)
		rc = list_singles(d, kept, is, &late);
	kit_members_clear(&late);
	return rc;
}

/* ---- changes */

static int
issuer_at(const struct kit_draft *d, int64_t id)
{
	size_t i;

	for (i = 0; i < d->kit.nissuers; i++)
		if (d->issuers[i].id == id)
			return (int)i;
	return -1;
}

static int
add_change(struct kit_draft *d, int i, const struct kit_run *run)
{
	struct draft_issuer *is = &d->issuers[i];
	struct kit_members now = { .n = 0 };
	int rc = add_states(
	    d, is, run->first, run->first + run->count - 1, &now, NULL);

	kit_members_sort(&now);
	if (rc == 0)
		rc = list_run(
		    d, &d->kit.issuers[i], is, &now, run, &is->changed);
	kit_members_clear(&now);
	return rc;
}

static bool
too_many(const struct db_rows *r)
{
	int64_t n = 0;
	int i;

	for (i = 0; i < rows_count(r) && n <= CHANGES_MOST; i++)
		n += row_int(r, i, 2);
	return n > CHANGES_MOST;
}

static int
collect_changes(struct kit_draft *d)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct kit_run run;
	struct db_rows *r;
	int i, at, rc = 0;
	size_t k;

	db_arg_int(&args, d->since_event);
	if ((r = db_query(d->a->db, "kit_changes", &args)) == NULL)
		return -1;
	if (too_many(r))
		d->kit.kind = KIT_ANEW;
	for (i = 0; rc == 0 && d->kit.kind == KIT_DELTA && i < rows_count(r);
	     i++) {
		run.first = (uint64_t)row_int(r, i, 1);
		run.count = (uint64_t)row_int(r, i, 2);
		if ((at = issuer_at(d, row_int(r, i, 0))) != -1)
			rc = add_change(d, at, &run);
	}
	rows_free(r);
	for (k = 0; k < d->kit.nissuers; k++)
		sort_records(&d->issuers[k].changed);
	return rc;
}

/* ---- all of it */

static enum standing
standing_of(const char *text)
{
	if (strcmp(text, "active") == 0 || strcmp(text, "retired") == 0)
		return STANDING_GOOD;
	return strcmp(text, "on_hold") == 0 ? STANDING_ON_HOLD
					    : STANDING_REVOKED;
}

static int
copy(uint8_t *to, size_t n, struct span from)
{
	if (from.n != n)
		return err_set(ERR_INTERNAL, "a hash of %zu octets", from.n);
	memcpy(to, from.p, n);
	return 0;
}

static int
collect_issuers(struct kit_draft *d)
{
	struct db_rows *r = db_query(d->a->db, "kit_issuers", NULL);
	struct draft_issuer *is;
	struct kit_issuer *kept;
	int i, rc = r == NULL ? -1 : 0;

	if (r == NULL)
		return -1;
	d->kit.nissuers = (size_t)rows_count(r);
	d->kit.issuers = xcalloc(d->kit.nissuers + 1, sizeof(*kept));
	d->issuers = xcalloc(d->kit.nissuers + 1, sizeof(*is));
	for (i = 0; rc == 0 && i < rows_count(r); i++) {
		is = &d->issuers[i];
		kept = &d->kit.issuers[i];
		is->id = (uint32_t)row_int(r, i, 0);
		if (copy(is->key_id, 20, row_bytes(r, i, 1)) == -1 ||
		    copy(is->sha256, 32, row_bytes(r, i, 2)) == -1)
			rc = -1;
		kept->key_id = span_of(is->key_id, 20);
		kept->sha256 = span_of(is->sha256, 32);
		kept->standing = standing_of(row_text(r, i, 3));
		kept->delegated = row_bool(r, i, 4);
		is->members.n = (uint64_t)row_int(r, i, 5);
	}
	rows_free(r);
	return rc;
}

int
kit_collect(struct kit_draft *d)
{
	size_t i;

	if (collect_issuers(d) == -1 || collect_models(d) == -1 ||
	    collect_sites(d) == -1 || collect_measures(d) == -1 ||
	    collect_cohorts(d) == -1)
		return -1;
	d->kit.kind = d->same_lots ? KIT_DELTA : KIT_ANEW;
	if (d->kit.kind == KIT_DELTA && collect_changes(d) == -1)
		return -1;
	d->full = d->full || d->kit.kind == KIT_ANEW;
	for (i = 0; d->full && i < d->kit.nissuers; i++)
		if (collect_states(d, &d->kit.issuers[i], &d->issuers[i]) == -1)
			return -1;
	return 0;
}

void
kit_draft_free(struct kit_draft *d)
{
	struct draft_issuer *is;
	size_t i, j;

	if (d == NULL)
		return;
	for (i = 0; d->issuers != NULL && i < d->kit.nissuers; i++) {
		is = &d->issuers[i];
		kit_members_clear(&is->members);
		buf_free(&is->changed);
		buf_free(&is->listed);
		for (j = 0; j < KIT_LAYERS; j++)
			buf_free(&is->layers[j]);
	}
	free(d->issuers);
	kit_free(&d->kit);
	free(d->lots);
	buf_free(&d->certificates[0]);
	buf_free(&d->certificates[1]);
	free(d);
}
