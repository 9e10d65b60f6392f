/*
 * What a number of the kit says, out of the database.
 */

#include <stdlib.h>
#include <string.h>

#include "authority/kit_draft.h"
#include "base/err.h"
#include "db/decision.h"

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
	if (d->kit.kind == KIT_DELTA && kit_collect_changes(d) == -1)
		return -1;
	d->full = d->full || d->kit.kind == KIT_ANEW;
	for (i = 0; d->full && i < d->kit.nissuers; i++)
		if (kit_collect_states(
			d, d->kit.issuers[i].delegated, &d->issuers[i]) == -1)
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
