/*
 * One device's request into an open lot.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/enrol.h"
#include "api/enrol_bell.h"
#include "base/err.h"
#include "db/conn.h"
#include "key/hash.h"

static int
record(struct request *req, const char *statement, const struct db_args *args,
    const struct enrol *e, struct enrolled *out)
{
	struct db_rows *r = db_query_one(req->db, statement, args);

	if (r == NULL)
		return -1;
	ROW_COPY(out->lot, r, 0, 0);
	out->row = (int)row_int(r, 0, 1);
	out->fresh = row_bool(r, 0, 2);
	memcpy(out->key, e->csr->spki_sha256, sizeof(out->key));
	rows_free(r);
	if (out->fresh)
		enrol_bell_ring(req->db);
	return 0;
}

static void
arg_key(struct db_args *args, const struct enrol *e)
{
	db_arg_bytes(args, span_of(e->csr->spki_sha256, HASH_SIZE));
	db_arg_bytes(args, e->csr->der);
}

static void
arg_proof(struct db_args *args, const struct enrol *e)
{
	if (e->proof.n == 0)
		db_arg_null(args);
	else
		db_arg_bytes(args, e->proof);
}

int
enrol_by_supplier(
    struct request *req, const struct enrol *e, struct enrolled *out)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_int(&args, req->principal.id);
	db_arg_text(&args, e->lot);
	db_arg_text(&args, e->device);
	arg_key(&args, e);
	db_arg_text(&args, e->tre);
	db_arg_text(&args, e->tac);
	arg_proof(&args, e);
	enrol_bell_arg(&args);
	return record(req, "enrol_by_supplier_redo", &args, e, out);
}

/* Whoever asks is named by a hash: of a secret, or of a certificate. */
static int
by_hash(struct request *req, const char *statement, const struct enrol *e,
    const uint8_t sha256[HASH_SIZE], struct enrolled *out)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_text(&args, e->lot);
	db_arg_text(&args, e->device);
	db_arg_bytes(&args, span_of(sha256, HASH_SIZE));
	arg_key(&args, e);
	db_arg_text(&args, e->tre);
	db_arg_text(&args, e->tac);
	arg_proof(&args, e);
	enrol_bell_arg(&args);
	return record(req, statement, &args, e, out);
}

int
enrol_by_secret(struct request *req, const struct enrol *e,
    const uint8_t secret_sha256[32], struct enrolled *out)
{
	return by_hash(req, "enrol_by_secret_redo", e, secret_sha256, out);
}

int
enrol_by_factory(struct request *req, const struct enrol *e,
    const uint8_t factory_sha256[32], struct enrolled *out)
{
	return by_hash(req, "enrol_by_factory_redo", e, factory_sha256, out);
}

int
enrol_by_device(struct request *req, const struct enrol *e,
    struct span certificate, struct enrolled *out)
{
	struct db_args args = DB_ARGS_EMPTY;
	uint8_t digest[HASH_SIZE];

	hash_sha256(certificate, digest);
	db_arg_text(&args, e->lot);
	db_arg_bytes(&args, span_of(digest, sizeof(digest)));
	arg_key(&args, e);
	arg_proof(&args, e);
	enrol_bell_arg(&args);
	db_arg_bool(&args, e->confirms);
	return record(req, "enrol_by_device_redo", &args, e, out);
}

int
enrol_keep(struct request *req)
{
	return db_exec(req->db, "enrol_keep_do", NULL) == -1 ? -1 : 0;
}

/* ---- what the authority says */

#define LOTS_HEARD 16

/* The lots that it spoke of last, and up to which row. */
static struct {
	char lot[24];
	int row;
} heard[LOTS_HEARD];
static size_t heard_next;

static int *
heard_of(const char *lot)
{
	size_t i;

	for (i = 0; i < LOTS_HEARD; i++)
		if (strcmp(heard[i].lot, lot) == 0)
			return &heard[i].row;
	return NULL;
}

void
enrol_heard_of(const char *lot, int row)
{
	int *last = heard_of(lot);

	if (last == NULL) {
		(void)snprintf(heard[heard_next].lot,
		    sizeof(heard[heard_next].lot), "%s", lot);
		last = &heard[heard_next].row;
		heard_next = (heard_next + 1) % LOTS_HEARD;
	}
	*last = row;
}

void
enrol_heard(const char *payload)
{
	size_t n = strcspn(payload, " ");
	char lot[sizeof(heard[0].lot)];

	if (payload[n] == '\0' || n >= sizeof(lot))
		return;
	memcpy(lot, payload, n);
	lot[n] = '\0';
	enrol_heard_of(lot, atoi(payload + n));
}

bool
enrol_was_heard(const char *lot, int row)
{
	const int *last = heard_of(lot);

	return last != NULL && *last >= row;
}

bool
enrol_may_be_known(const struct request *req, const struct enrolled *e)
{
	/* called because something was heard: was it of this? */
	return !req->called || enrol_was_heard(e->lot, e->row);
}

int
enrol_result(struct request *req, const struct enrolled *e,
    struct buf *certificate, struct buf *issuer)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int rc = 0;

	db_arg_text(&args, e->lot);
	db_arg_int(&args, e->row);
	db_arg_bytes(&args, span_of(e->key, sizeof(e->key)));
	if ((r = db_query_one(req->db, "enrol_result", &args)) == NULL)
		return -1;
	if (strcmp(row_text(r, 0, 0), "issued") == 0) {
		buf_put_span(certificate, row_bytes(r, 0, 3));
		buf_put_span(issuer, row_bytes(r, 0, 4));
		rc = 1;
	} else if (strcmp(row_text(r, 0, 0), "refused") == 0)
		rc = err_set_code(
		    ERR_CONFLICT, row_text(r, 0, 1), "%s", row_text(r, 0, 2));
	rows_free(r);
	return rc;
}
