/*
 * An open lot's right to be issued: proven, and remembered.
 */

#include "authority/accreditation.h"
#include "authority/desk_inside.h"
#include "authority/proof.h"
#include "base/err.h"

static int
until(struct authority *a, struct desk *d)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;

	db_arg_int(&args, d->lot.id);
	if ((r = db_query_one(a->db, "enrol_until", &args)) == NULL)
		return -1;
	d->until = row_time(r, 0, 0);
	rows_free(r);
	return 0;
}

/* The footing first: whatever moves it afterwards is seen when it is stored. */
static int
footing(struct authority *a, int64_t *n, int64_t *now)
{
	struct db_rows *r = db_query_one(a->db, "enrol_footing", NULL);

	if (r == NULL)
		return -1;
	*n = row_int(r, 0, 0);
	*now = row_time(r, 0, 1);
	rows_free(r);
	return 0;
}

static int
judge_right(struct authority *a, struct desk *d)
{
	struct db_rows *r = db_lot_obstacles(a->db, d->lot.id, 0);
	int n;

	if (r == NULL)
		return -1;
	n = rows_count(r);
	rows_free(r);
	return n == 0 ? accreditation_verify(a, &d->lot)
		      : err_set_code(ERR_DENIED, "LOT_STOPPED",
			    "the lot may not be issued");
}

int
desk_prove(struct authority *a, struct desk *d)
{
	int64_t lot = d->lot.id, n, issuer;

	db_lot_free(&d->lot);
	open_lot_free(d->header);
	d->header = NULL;
	if (footing(a, &n, &d->proven) == -1 ||
	    db_lot_get(a->db, lot, &d->lot) == -1 || judge_right(a, d) == -1 ||
	    until(a, d) == -1 || db_issuer_of_lot(a->db, lot, &issuer) == -1)
		return -1;
	if (issuer == 0)
		return err_set(ERR_CONFLICT, "its CA is yet to be made");
	if (d->block.issuer != issuer)
		desk_block_void(a, d);
	if ((d->by = issuer_get(a, issuer)) == NULL ||
	    (d->header = proof_header(&d->lot)) == NULL)
		return -1;
	d->footing = n;
	return 0;
}
