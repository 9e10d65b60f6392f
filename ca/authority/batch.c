/*
 * A batch of certificates: its rows, and what they say.
 */

#include <stdlib.h>
#include <string.h>

#include "authority/ahead.h"
#include "authority/batch.h"

/* Columns of the statement lot_issue_rows. */
enum {
	ROW,
	ID,
	CSR,
	TAC,
	TRE,
	TRE_KEY,
	TRE_ISSUER,
	TRE_SERIAL,
	PLATFORM,
	DEVICE,	  /* 0: a new one */
	FROM_LOT, /* of a device that renews, else 0 */
	FROM_SITE
};

static int
load(const struct lot *l, struct db_rows *r, struct batch *b)
{
	int i;

	memset(b, 0, sizeof(*b));
	b->from_lot = l->id;
	b->from_site = l->site;
	if ((b->r = r) == NULL)
		return -1;
	b->n = rows_count(b->r);
	if (b->n == 1 && batch_renews(b, 0)) {
		b->renewal = true;
		b->from_lot = row_int(b->r, 0, FROM_LOT);
		b->from_site = row_text(b->r, 0, FROM_SITE);
	}
	b->rows = xcalloc((size_t)b->n + 1, sizeof(b->rows[0]));
	for (i = 0; i < b->n; i++) {
		b->rows[i].row = (int)row_int(b->r, i, ROW);
		b->rows[i].id = row_text(b->r, i, ID);
		b->rows[i].tac = row_text(b->r, i, TAC);
		b->rows[i].tre = ""; /* by its number in the register */
	}
	return 0;
}

int
batch_load(struct authority *a, const struct lot *l, int after, int most,
    struct batch *b)
{
	return load(l,
	    db_lot_issue_rows(a->db, l->id, lot_of_new_tres(l), after, most),
	    b);
}

int
batch_load_next(
    struct authority *a, const struct lot *l, int after, struct batch *b)
{
	return load(l, ahead_rows(a, l, AHEAD_ISSUE, after), b);
}

void
batch_free(struct batch *b)
{
	int i;

	free(b->ids);
	rows_done(b->rows, b->n);
	rows_free(b->r);
	for (i = 0; b->made != NULL && i < b->good; i++) {
		buf_free(&b->made[i].linted);
		buf_free(&b->made[i].der);
	}
	free(b->made);
}

bool
batch_renews(const struct batch *b, int i)
{
	return row_int(b->r, i, FROM_LOT) != 0;
}

/* In any thread. */
static int
read_key(void *ctx, size_t i)
{
	struct batch *b = ctx;
	struct row *row = &b->rows[i];

	row->octets = row_bytes(b->r, (int)i, CSR);
	lot_row_verify(b->lot, row, false);
	if (!lot_is_report(b->lot))
		row_judge_key(row, b->profile);
	return 0;
}

void
batch_read_begin(struct authority *a, const struct lot *l, struct batch *b)
{
	b->lot = l;
	b->profile = lot_profile(a, l);
	pool_begin(a->pool, (size_t)b->n, read_key, b);
}

int
batch_read_end(struct authority *a)
{
	return pool_join(a->pool);
}

struct template_spec
batch_spec(struct authority *a, const struct lot *l, struct issuer *by,
    const char *site, int64_t now)
{
	bool tre = lot_row_kind(l) == ROW_TRE;
	struct template_spec spec = {
		.profile = lot_profile(a, l),
		.issuer = &by->cert,
		.issuer_key = by->key,
		.issuer_id = (uint32_t)by->row.id,
		.public_url = a->in.public_url,
		.crl_shard = issuer_crl_shard(a, by),
		.country = l->country,
		.organisation = l->organisation_name,
		.common_name = l->model,
		.model_id = (uint64_t)l->model_id,
	};

	profile_dates(spec.profile, now, &spec.not_before, &spec.not_after);
	if (tre)
		spec.tre = (struct tre_info){
			.model = span_str(l->model),
			.hardware_version = span_str(l->version),
			.least_firmware = span_str(l->least_firmware),
			.coc_number = span_str(l->coc),
			.rule_set = span_str(l->ruleset),
			.site = span_str(site),
			.level = (unsigned)l->level,
		};
	else
		spec.terminal = (struct terminal_info){
			.model = span_str(l->model),
			.coc_number = span_str(l->coc),
			.site = span_str(site),
			.level = (unsigned)l->level,
		};
	return spec;
}

void
batch_row_terms(const struct lot *l, const struct batch *b, int i,
    struct template_row *row, char tac[9])
{
	const struct row *r = &b->rows[i];

	row->key = r->csr.kind;
	row->point = r->csr.point;
	row->device_id = span_str(r->id);
	if (lot_row_kind(l) != ROW_TERMINAL)
		return;
	row->tac = span_str(row_tac(r->tac, l->tacs, tac));
	row->binding.key_sha256 = row_bytes(b->r, i, TRE_KEY);
	row->binding.issuer_key_id = row_bytes(b->r, i, TRE_ISSUER);
	row->binding.serial = row_bytes(b->r, i, TRE_SERIAL);
}

struct span
batch_platform(const struct batch *b, int i)
{
	return span_str(b->r == NULL ? "" : row_text(b->r, i, PLATFORM));
}

int64_t
batch_device(const struct batch *b, int i)
{
	return row_int(b->r, i, DEVICE);
}

int64_t
batch_tre(const struct batch *b, int i)
{
	return row_int(b->r, i, TRE);
}
