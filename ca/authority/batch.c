/*
 * A batch of certificates: loaded, built, stored.
 */

#include <stdlib.h>
#include <string.h>

#include "authority/batch.h"
#include "authority/kept.h"
#include "authority/rebinding.h"
#include "authority/run.h"
#include "base/err.h"
#include "db/certificate.h"
#include "db/device.h"
#include "issue/template.h"

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

/*
 * A terminal's certificate names the hardware platform of its TrE, so a lot
 * may need some few templates.
 */
#define PLATFORMS_MAX 32
/* SEQUENCE and a length of two octets: what is cut is as long as that. */
#define HEADER_SIZE 4
struct templates {
	struct template_spec spec[PLATFORMS_MAX];
	struct template *made[PLATFORMS_MAX];
	size_t n;
};

/* Certificates being made: all that the threads share, which none changes. */
struct building {
	struct templates t;
	const struct batch *b;
	struct template_row *rows; /* one a certificate */
	char (*tac)[9];
};

static int template_for(struct templates *, const struct template_spec *,
    struct span platform, size_t *);
static int prepare(struct authority *, const struct lot *, struct issuer *,
    struct batch *, struct building *);
static int lint_one(void *, size_t);
static int sign_one(void *, size_t);
static void building_free(struct building *);

int
batch_load(struct authority *a, const struct lot *l, int after, int most,
    struct batch *b)
{
	int i;

	memset(b, 0, sizeof(*b));
	b->from_lot = l->id;
	b->from_site = l->site;
	b->r = db_lot_issue_rows(a->db, l->id, lot_of_new_tres(l), after, most);
	if (b->r == NULL)
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

struct reading {
	const struct lot *lot;
	const struct profile *profile;
	struct batch *b;
};

/* In any thread. */
static int
read_key(void *ctx, size_t i)
{
	struct reading *c = ctx;
	struct batch *b = c->b;

	row_put_bytes(b->r, (int)i, CSR, &b->rows[i].octets);
	lot_row_verify(c->lot, &b->rows[i], false);
	if (!lot_is_report(c->lot))
		row_judge_key(&b->rows[i], c->profile);
	return 0;
}

int
batch_read_keys(struct authority *a, const struct lot *l, struct batch *b)
{
	struct reading c = { l, lot_profile(a, l), b };

	return pool_each(a->pool, (size_t)b->n, read_key, &c);
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

/* The template for that platform, made when it is first needed. */
static int
template_for(struct templates *t, const struct template_spec *spec,
    struct span platform, size_t *which)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (span_equal(
			t->spec[i].terminal.hardware_platform, platform)) {
			*which = i;
			return 0;
		}
	if (t->n == PLATFORMS_MAX)
		return err_set(ERR_INTERNAL,
		    "more than %d hardware platforms in one lot",
		    PLATFORMS_MAX);
	t->spec[i] = *spec;
	t->spec[i].terminal.hardware_platform = platform;
	if ((t->made[i] = template_new(&t->spec[i])) == NULL)
		return -1;
	t->n++;
	*which = i;
	return 0;
}

int
batch_build(struct authority *a, const struct lot *l, struct issuer *by,
    struct batch *b)
{
	size_t n = (size_t)b->good;
	struct building *c = xcalloc(1, sizeof(*c));

	c->b = b;
	b->made = xcalloc(n, sizeof(b->made[0]));
	c->rows = xcalloc(n, sizeof(c->rows[0]));
	c->tac = xcalloc(n, sizeof(c->tac[0]));
	/* Lint looks at all of them before the first is signed. */
	if (prepare(a, l, by, b, c) == -1 ||
	    pool_each(a->pool, n, lint_one, c) == -1) {
		building_free(c);
		return -1;
	}
	b->signing = c;
	pool_begin(a->pool, n, sign_one, c);
	return 0;
}

int
batch_keep(struct authority *a, struct batch *b)
{
	struct made *m;
	int i;

	for (i = 0; b->signing != NULL && i < b->good; i++) {
		m = &b->made[i];
		if (m->cut.cut &&
		    kept_template(a, b->signing->t.made[m->template], &m->cut,
			buf_span(&m->linted), &m->template_id) == -1)
			return -1;
	}
	return 0;
}

int
batch_sign_end(struct authority *a, struct batch *b)
{
	int rc;

	if (b->signing == NULL)
		return 0;
	rc = pool_join(a->pool);
	building_free(b->signing);
	b->signing = NULL;
	return rc;
}

static void
building_free(struct building *c)
{
	while (c->t.n > 0)
		template_free(c->t.made[--c->t.n]);
	free(c->rows);
	free(c->tac);
	free(c);
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

/* All that goes into them but the signatures. */
static int
prepare(struct authority *a, const struct lot *l, struct issuer *by,
    struct batch *b, struct building *c)
{
	struct template_spec spec;
	struct template_row *row;
	struct made *m = b->made;
	int64_t now = b->now;
	int i, n = 0;

	if (now == 0 && authority_now(a, &now) == -1)
		return -1;
	spec = batch_spec(a, l, by, b->from_site, now);
	for (i = 0; i < b->n; i++) {
		if (b->rows[i].reason != NULL)
			continue;
		m = &b->made[n];
		row = &c->rows[n];
		m->row = i;
		row->index = (uint64_t)(b->range.first + n);
		serial_make(
		    a->serials, (uint32_t)by->row.id, row->index, m->serial);
		row->serial = span_of(m->serial, SERIAL_SIZE);
		m->not_before = spec.not_before;
		batch_row_terms(l, b, i, row, c->tac[n]);
		if (template_for(
			&c->t, &spec, batch_platform(b, i), &m->template) == -1)
			return -1;
		n++;
	}
	return 0;
}

/* In any thread: built, and looked at by other code. */
static int
lint_one(void *ctx, size_t i)
{
	struct building *c = ctx;
	struct made *m = &c->b->made[i];
	struct template_linted linted;
	uint8_t space[CERT_MAX];

	if (template_prepare(c->t.made[m->template], &c->rows[i], space,
		sizeof(space), &linted) == -1)
		return -1;
	buf_put_span(&m->linted, linted.content);
	template_cut(
	    c->t.made[m->template], &c->rows[i], linted.content, &m->cut);
	return 0;
}

static int
sign_one(void *ctx, size_t i)
{
	struct building *c = ctx;
	struct made *m = &c->b->made[i];
	struct template_linted linted = { .content = buf_span(&m->linted) };
	uint8_t space[CERT_MAX];
	struct span der;

	if (template_sign(c->t.made[m->template], &linted, space, sizeof(space),
		&der) == -1)
		return -1;
	hash_sha256(der, m->sha256);
	buf_put_span(&m->der, der);
	m->signature = HEADER_SIZE +
	    template_octets(c->t.made[m->template], buf_span(&m->linted));
	return 0;
}

int
batch_store_rows(struct authority *a, const struct lot *l, struct batch *b)
{
	struct buf rows = BUF_EMPTY, indexes = BUF_EMPTY;
	int i, rc;

	if (b->renewal)
		return db_lot_row_renewed(a->db, l->id, b->rows[0].row,
		    b->range.issuer, b->range.first);
	if (!l->open)
		return run_store(a, l, b);
	for (i = 0; i < b->good; i++) {
		buf_printf(&rows, "%c%d", i == 0 ? '{' : ',',
		    b->rows[b->made[i].row].row);
		buf_printf(&indexes, "%c%lld", i == 0 ? '{' : ',',
		    (long long)b->range.first + i);
	}
	buf_putc(&rows, '}');
	buf_putc(&indexes, '}');
	rc = db_lot_rows_issued(a->db, l->id, buf_str(&rows), b->range.issuer,
	    buf_str(&indexes), b->good);
	buf_free(&rows);
	buf_free(&indexes);
	return rc;
}

/* The register's device of a certificate made: 0, or one that is rebound or
 * renews. */
static int64_t
known(const struct batch *b, int i)
{
	return batch_device(b, b->made[i].row);
}

static int
copy_devices(struct authority *a, const struct lot *l, const struct batch *b,
    const int64_t *ids)
{
	struct device d = { .kind = l->kind,
		.model_id = l->model_id,
		.lot_id = l->id,
		.organisation_id = l->organisation_id,
		.created = b->stored };
	char tac[9];
	int i;

	if (db_copy_begin(a->db, "device_copy") == -1)
		return -1;
	for (i = 0; i < b->good; i++) {
		if (known(b, i) != 0)
			continue;
		d.id = ids[i];
		d.device_id = b->rows[b->made[i].row].id;
		d.tac = lot_row_kind(l) == ROW_TRE
		    ? ""
		    : row_tac(b->rows[b->made[i].row].tac, l->tacs, tac);
		if (db_device_copy(a->db, &d) == -1)
			return -1;
	}
	return db_copy_end(a->db);
}

/* All of them, or those that its template has not. */
static void
put_octets(const struct made *m, struct certificate *c)
{
	struct span content = buf_span(&m->linted);

	c->template_id = m->template_id;
	c->der = c->point = c->binding = c->signature = span_of(NULL, 0);
	if (m->template_id == 0) {
		c->der = buf_span(&m->der);
		return;
	}
	c->point = template_own(&m->cut, content, CUT_POINT);
	c->binding = template_own(&m->cut, content, CUT_BINDING);
	c->signature =
	    span_of(m->der.p + m->signature, m->der.n - m->signature);
}

static int
copy_certificates(struct authority *a, const struct lot *l, struct batch *b)
{
	struct certificate c = { .issuer = b->range.issuer,
		.profile = l->kind,
		.lot_id = b->from_lot,
		.coc_id = l->coc_id,
		.issued = b->stored };
	const struct made *m;
	int i;

	if (db_copy_begin(a->db, "certificate_copy") == -1)
		return -1;
	for (i = 0; i < b->good; i++) {
		if (b->signing != NULL && pool_until(a->pool, (size_t)i) == -1)
			return batch_sign_end(a, b);
		m = &b->made[i];
		c.index = b->range.first + i;
		c.not_before = m->not_before;
		c.serial = span_of(m->serial, SERIAL_SIZE);
		put_octets(m, &c);
		c.der_sha256 = span_of(m->sha256, HASH_SIZE);
		c.spki_sha256 =
		    span_of(b->rows[m->row].csr.spki_sha256, HASH_SIZE);
		c.device_id = b->ids[i];
		if (db_certificate_copy(a->db, &c) == -1)
			return -1;
	}
	return db_copy_end(a->db);
}

/* A device that renews stays where it is; its earlier certificate ends. */
static int
renewed(struct authority *a, const struct lot *l, const struct batch *b)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_int(&args, l->id);
	db_arg_int(&args, b->rows[0].row);
	return db_exec(a->db, "enrol_renewed_do", &args) == -1 ? -1 : 0;
}

static int
copy_bindings(struct authority *a, const struct batch *b, const int64_t *ids)
{
	int i;

	if (db_copy_begin(a->db, "binding_copy") == -1)
		return -1;
	for (i = 0; i < b->good; i++)
		if (db_binding_copy(a->db, batch_tre(b, b->made[i].row), ids[i],
			b->stored) == -1)
			return -1;
	return db_copy_end(a->db);
}

/* Fresh ids, and those of devices that have one. */
static int
take_ids(struct authority *a, const struct batch *b, int64_t *ids)
{
	int i;

	if (db_device_ids(a->db, b->good, ids) == -1)
		return -1;
	for (i = 0; i < b->good; i++)
		if (known(b, i) != 0)
			ids[i] = known(b, i);
	return 0;
}

/* What ends with devices that have been here before. */
static int
rebound(struct authority *a, const struct lot *l, const struct batch *b)
{
	struct buf ids = BUF_EMPTY;
	int i, rc;

	buf_putc(&ids, '{');
	for (i = 0; i < b->good; i++)
		if (known(b, i) != 0)
			buf_printf(&ids, "%s%lld", ids.n > 1 ? "," : "",
			    (long long)b->ids[i]);
	buf_putc(&ids, '}');
	rc = rebinding_done(a, l, buf_str(&ids));
	buf_free(&ids);
	return rc;
}

int
batch_store_devices(struct authority *a, const struct lot *l, struct batch *b)
{
	b->ids = xcalloc((size_t)b->good, sizeof(b->ids[0]));
	if (take_ids(a, b, b->ids) == -1 ||
	    db_certificate_now(a->db, &b->stored) == -1)
		return -1;
	return copy_devices(a, l, b, b->ids);
}

int
batch_store_certificates(
    struct authority *a, const struct lot *l, struct batch *b)
{
	if (copy_certificates(a, l, b) == -1)
		return -1;
	return batch_sign_end(a, b);
}

int
batch_store_ends(struct authority *a, const struct lot *l, struct batch *b)
{
	if (b->renewal)
		return renewed(a, l, b);
	if (rebound(a, l, b) == -1)
		return -1;
	return lot_row_kind(l) == ROW_TRE ? 0 : copy_bindings(a, b, b->ids);
}
