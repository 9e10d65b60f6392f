/*
 * A batch into the register.
 */

#include "authority/batch.h"
#include "authority/rebinding.h"
#include "authority/run.h"
#include "db/certificate.h"
#include "db/device.h"

#define COPY_ROWS  2048
#define SOON	   64 /* rows between two looks at what others do */
#define P256_POINT 65

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
copy_devices(struct authority *a, const struct lot *l, struct batch *b)
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
		if (i % SOON == 0 && batch_sign_soon(a, b) == -1)
			return -1;
		if (known(b, i) != 0)
			continue;
		d.id = b->ids[i];
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
copy_certificate(struct authority *a, const struct lot *l,
    const struct batch *b, int i, struct certificate *c)
{
	const struct made *m = &b->made[i];

	c->index = b->range.first + i;
	c->not_before = m->not_before;
	c->serial = span_of(m->serial, SERIAL_SIZE);
	put_octets(m, c);
	c->der_sha256 = span_of(m->sha256, HASH_SIZE);
	c->spki_sha256 = c->point.n == P256_POINT
	    ? span_of(NULL, 0) /* the register computes it */
	    : span_of(b->rows[m->row].csr.spki_sha256, HASH_SIZE);
	c->device_id = b->ids[i];
	c->coc_id = c->template_id == 0 ? l->coc_id : 0;
	return db_certificate_copy(a->db, c);
}

/*
 * Each as soon as it is signed.  So many at a time: at the end of each COPY
 * PostgreSQL puts together what it has got, while the rest is being signed.
 */
static int
copy_certificates(struct authority *a, const struct lot *l, struct batch *b)
{
	struct certificate c = { .issuer = b->range.issuer,
		.profile = l->kind,
		.lot_id = b->from_lot,
		.issued = b->stored };
	int i, rc;

	for (i = 0, rc = 0; i < b->good && rc == 0; i++) {
		if (b->making != NULL && pool_until(a->pool, (size_t)i) == -1)
			return batch_make_end(a, b);
		if (i % COPY_ROWS == 0)
			rc = db_copy_begin(a->db, "certificate_copy");
		if (rc == 0)
			rc = copy_certificate(a, l, b, i, &c);
		if (rc == 0 && (i + 1 == b->good || (i + 1) % COPY_ROWS == 0))
			rc = db_copy_end(a->db);
	}
	return rc;
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
	return copy_devices(a, l, b);
}

int
batch_store_certificates(
    struct authority *a, const struct lot *l, struct batch *b)
{
	if (copy_certificates(a, l, b) == -1)
		return -1;
	return batch_make_end(a, b);
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
