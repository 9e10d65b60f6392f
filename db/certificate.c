/*
 * Certificates into the register, by COPY.
 */

#include "db/certificate.h"

static int
copy_or_null(struct db *db, int64_t n)
{
	return n == 0 ? db_copy_null(db) : db_copy_int8(db, n);
}

static int
template_or_null(struct db *db, int64_t id)
{
	return id == 0 ? db_copy_null(db) : db_copy_int4(db, (int32_t)id);
}

static int
bytes_or_null(struct db *db, struct span s)
{
	return s.n == 0 ? db_copy_null(db) : db_copy_bytes(db, s);
}

int
db_certificate_now(struct db *db, int64_t *now)
{
	struct db_rows *r = db_query_one(db, "certificate_now", NULL);

	if (r == NULL)
		return -1;
	*now = row_int(r, 0, 0);
	rows_free(r);
	return 0;
}

int
db_certificate_copy(struct db *db, const struct certificate *c)
{
	if (db_copy_row(db, 16) == -1 || db_copy_int8(db, c->issuer) == -1 ||
	    db_copy_int8(db, c->index) == -1 ||
	    db_copy_text(db, c->profile) == -1 ||
	    db_copy_bytes(db, c->serial) == -1 ||
	    bytes_or_null(db, c->der) == -1 ||
	    db_copy_bytes(db, c->der_sha256) == -1 ||
	    bytes_or_null(db, c->spki_sha256) == -1 ||
	    copy_or_null(db, c->device_id) == -1 ||
	    copy_or_null(db, c->lot_id) == -1 ||
	    copy_or_null(db, c->coc_id) == -1 ||
	    db_copy_time(db, c->not_before) == -1 ||
	    db_copy_micros(db, c->issued) == -1 ||
	    template_or_null(db, c->template_id) == -1 ||
	    bytes_or_null(db, c->point) == -1 ||
	    bytes_or_null(db, c->binding) == -1 ||
	    bytes_or_null(db, c->signature) == -1)
		return -1;
	return 0;
}

int
db_certificate_template(
    struct db *db, const struct certificate_template *t, int64_t *id)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;

	db_arg_bytes(&args, t->digest);
	db_arg_text(&args, t->pieces);
	db_arg_int(&args, t->octets);
	db_arg_int(&args, t->lasts);
	db_arg_int(&args, t->coc_id);
	if ((r = db_query_one(db, "certificate_template_do", &args)) == NULL)
		return -1;
	*id = row_int(r, 0, 0);
	rows_free(r);
	return 0;
}

int
db_certificate_insert(struct db *db, struct certificate *c)
{
	if (db_certificate_now(db, &c->issued) == -1 ||
	    db_copy_begin(db, "certificate_copy") == -1 ||
	    db_certificate_copy(db, c) == -1)
		return -1;
	return db_copy_end(db);
}
