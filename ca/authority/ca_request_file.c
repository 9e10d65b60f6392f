/*
 * requests.json, made of what waits for a root, and signed.
 */

#include <stdio.h>
#include <string.h>

#include "authority/ca_request_file.h"
#include "authority/delegated.h"
#include "authority/issuer.h"
#include "authority/own_key.h"
#include "authority/restore.h"
#include "authority/root_offline.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/err.h"
#include "base/log.h"
#include "ceremony/requests_signature.h"
#include "db/crl.h"
#include "key/hash.h"
#include "x509/csr.h"

/* A row of the statement ca_request_each. */
enum {
	NAME,
	PROFILE,
	ISSUER,
	SERIAL,
	COUNTRY,
	ORG_NAME,
	COMMON_NAME,
	ROLE,
	CSR,
	ORG
};

static int64_t retry_at; /* after one that failed for no fault of its own */

/* ---- what waits */

/* A CA's request must be of the key that is here: 1, 0 or -1. */
static int
has_key(struct authority *a, struct db_rows *r, int i)
{
	struct issuer_row row = { .id = row_int(r, i, ISSUER),
		.organisation_id = row_int(r, i, ORG) };
	char name[ISSUER_KEY_NAME];
	struct key *key;
	struct csr csr;
	bool same;

	if (row.id == 0)
		return 1; /* an OCSP key's, which is another process's */
	ROW_COPY(row.role, r, i, ROLE);
	if ((key = own_key_load(a, issuer_key_name(&row, name))) == NULL &&
	    err_kind() == ERR_BUSY)
		return -1;
	same = key != NULL && csr_parse(row_bytes(r, i, CSR), &csr) == 0 &&
	    csr.kind == key_kind(key) && span_equal(csr.point, key_point(key));
	key_free(key);
	if (!same)
		log_write(LOG_WARN,
		    "%s is not asked for: its request is not of the key %s, or "
		    "that is missing (bring it back from the backup, or "
		    "withdraw the request)",
		    row_text(r, i, NAME), name);
	return same;
}

static void
read_one(struct db_rows *r, int i, struct requests_certificate *c)
{
	struct span serial = row_bytes(r, i, SERIAL);

	ROW_COPY(c->name, r, i, NAME);
	ROW_COPY(c->profile, r, i, PROFILE);
	c->issuer_id = (uint32_t)row_int(r, i, ISSUER);
	c->serial_length =
	    serial.n < sizeof(c->serial) ? serial.n : sizeof(c->serial);
	memcpy(c->serial, serial.p, c->serial_length);
	ROW_COPY(c->country, r, i, COUNTRY);
	ROW_COPY(c->organisation, r, i, ORG_NAME);
	ROW_COPY(c->common_name, r, i, COMMON_NAME);
	if (strcmp(row_text(r, i, ROLE), "access") != 0)
		ROW_COPY(c->role, r, i, ROLE);
	row_put_bytes(r, i, CSR, &c->csr);
}

static int
read_certificates(struct authority *a, struct requests *out)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int i, has = 0;

	db_arg_int(&args, out->root_id);
	if ((r = db_query(a->db, "ca_request_each", &args)) == NULL)
		return -1;
	out->certificates =
	    xcalloc((size_t)rows_count(r) + 1, sizeof(out->certificates[0]));
	for (i = 0; i < rows_count(r) && has != -1; i++)
		if ((has = has_key(a, r, i)) == 1)
			read_one(r, i, &out->certificates[out->n++]);
	rows_free(r);
	return has == -1 ? -1 : 0;
}

static int
collect(const struct crl_listed *one, void *ctx)
{
	struct requests *out = ctx;
	struct crl_entry *e;

	out->revoked = xrealloc(
	    out->revoked, (out->nrevoked + 1) * sizeof(out->revoked[0]));
	e = &out->revoked[out->nrevoked++];
	memset(e, 0, sizeof(*e));
	memcpy(e->serial, one->serial, one->serial_length);
	e->serial_length = one->serial_length;
	e->reason = one->reason;
	e->when = one->since;
	return 0;
}

/* The CRL that the register's state asks for now. */
static int
read_crl(struct authority *a, struct requests *out)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;

	db_arg_int(&args, out->root_id);
	if ((r = db_query_one(a->db, "ca_crl_next", &args)) == NULL)
		return -1;
	out->has_crl = true;
	out->crl_number = (uint64_t)row_int(r, 0, 0);
	rows_free(r);
	/* what is revoked later in this very second is for the next one */
	out->this_update = out->made - 1;
	out->next_update =
	    out->this_update + (int64_t)a->in.root_crl_days * DAY;
	return db_crl_entry_each(
	    a->db, out->root_id, 0, (UINT64_C(1) << 48) - 1, collect, out);
}

static int
read_all(struct authority *a, int64_t root_id, struct requests *out)
{
	int awaited = root_offline_requests(a, root_id, out);
	struct issuer *root;

	if (awaited != 0)
		return awaited == 1 ? 0 : -1;
	if ((root = issuer_get(a, root_id)) == NULL)
		return -1;
	if (!root->row.offline)
		return err_set_code(ERR_CONFLICT, "ROOT_ONLINE",
		    "the root's key is here: nothing is asked of a ceremony");
	out->root_id = (uint32_t)root_id;
	out->has_root = true;
	memcpy(out->root, root->cert.sha256, sizeof(out->root));
	return read_certificates(a, out) == -1 ? -1 : read_crl(a, out);
}

/* ---- signed */

/* Signer, access CA, links to that root; 0 when the key has no certificate. */
static int
read_chain(struct authority *a, const struct key *key, int64_t root,
    struct buf chain[REQUESTS_CHAIN_MAX], size_t *n)
{
	struct db_args args = DB_ARGS_EMPTY, links = DB_ARGS_EMPTY;
	struct db_rows *r;
	int i;

	*n = 0;
	db_arg_bytes(&args, key_spki(key));
	if ((r = db_query(a->db, "ca_request_signer", &args)) == NULL)
		return -1;
	if (rows_count(r) > 0) {
		row_put_bytes(r, 0, 0, &chain[(*n)++]);
		row_put_bytes(r, 0, 1, &chain[(*n)++]);
		db_arg_int(&links, row_int(r, 0, 2));
	}
	rows_free(r);
	if (*n == 0)
		return 0;
	db_arg_int(&links, root);
	if ((r = db_query(a->db, "ca_request_links", &links)) == NULL)
		return -1;
	for (i = 0; i < rows_count(r) && *n < REQUESTS_CHAIN_MAX; i++)
		row_put_bytes(r, i, 0, &chain[(*n)++]);
	rows_free(r);
	return 0;
}

/* The root that the register has: of one that is yet to be made the one before,
 * whose link it needs. */
static int64_t
root_of(const struct requests *r)
{
	const struct requests_certificate *link =
	    requests_find(r, REQUESTS_OLD_WITH_NEW);

	return link != NULL ? link->issuer_id : r->root_id;
}

/* Without an access CA there is nobody who could sign: then people compare. */
static int
sign(struct authority *a, struct requests *out)
{
	struct buf chain[REQUESTS_CHAIN_MAX] = { BUF_EMPTY };
	struct span spans[REQUESTS_CHAIN_MAX];
	struct key *key = delegated_own(a, "request");
	size_t n = 0, i;
	int rc = -1;

	if (key != NULL && read_chain(a, key, root_of(out), chain, &n) == 0) {
		for (i = 0; i < n; i++)
			spans[i] = buf_span(&chain[i]);
		rc = n == 0 ? 0 : requests_sign(out, key, spans, n);
	}
	for (i = 0; i < n; i++)
		buf_free(&chain[i]);
	key_free(key);
	return rc;
}

/* ---- stored */

static int
finish(struct authority *a, int64_t id, const struct requests *r,
    const char *text, const char *why)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_int(&args, id);
	db_arg_text(&args, text);
	db_arg_int(&args, (int64_t)r->n);
	db_arg_int(&args, (int64_t)r->nrevoked);
	db_arg_bool(&args, r->signature.n > 0);
	db_arg_text(&args, why);
	return db_exec(a->db, "ca_request_file_set_do", &args) == -1 ? -1 : 0;
}

/*
 * Whoever holds a ceremony can find the file's hash here, on the machine that
 * made it, too.
 */
static void
log_file(const struct requests *r, const char *number, struct span text)
{
	uint8_t digest[HASH_SIZE];
	struct buf hex = BUF_EMPTY;

	hash_sha256(text, digest);
	hex_encode(&hex, span_of(digest, sizeof(digest)));
	log_write(r->signature.n > 0 ? LOG_NOTE : LOG_WARN,
	    "%s, requests for root %u, SHA-256 %s%s", number, r->root_id,
	    buf_str(&hex),
	    r->signature.n > 0 ? ""
			       : ": NOT signed, since no certificate is there");
	buf_free(&hex);
}

static int
make(struct authority *a, const struct db_rows *row, struct requests *r)
{
	static const char unsigned_why[] =
	    "the access CA has certified no key for it: compare the SHA-256";
	struct buf text = BUF_EMPTY;
	int rc;

	r->number = row_int(row, 0, 2);
	(void)snprintf(
	    r->public_url, sizeof(r->public_url), "%s", a->in.public_url);
	/* what it tells of, a root signs: the indexes are kept first */
	if (authority_now(a, &r->made) == -1 ||
	    read_all(a, row_int(row, 0, 3), r) == -1 || restore_mark(a) == -1 ||
	    sign(a, r) == -1)
		return -1;
	rc = requests_write(r, &text);
	if (rc == 0) {
		log_file(r, row_text(row, 0, 1), buf_span(&text));
		rc = finish(a, row_int(row, 0, 0), r, buf_str(&text),
		    r->signature.n > 0 ? NULL : unsigned_why);
	}
	buf_free(&text);
	return rc;
}

static int
make_or_refuse(struct authority *a, const struct db_rows *row)
{
	struct requests r;
	char why[1024];
	int rc;

	memset(&r, 0, sizeof(r));
	rc = make(a, row, &r);
	requests_free(&r);
	if (rc == 0 || err_kind() == ERR_BUSY || err_kind() == ERR_INTERNAL)
		return rc;
	(void)snprintf(why, sizeof(why), "%s: %s", err_code(), err_text());
	log_write(LOG_WARN, "%s cannot be made: %s", row_text(row, 0, 1), why);
	return finish(a, row_int(row, 0, 0), &r, NULL, why);
}

int
ca_request_file_run(struct authority *a, bool *busy)
{
	struct db_rows *r;
	int rc = 0;

	if (clock_ms() < retry_at)
		return 0;
	if ((r = db_query(a->db, "ca_request_file_asked", NULL)) == NULL)
		return -1;
	if (rows_count(r) > 0) {
		*busy = true;
		if (make_or_refuse(a, r) == -1) {
			log_err("make requests.json");
			retry_at = clock_ms() + 2000;
			rc = err_kind() == ERR_BUSY && db_lost(a->db) ? -1 : 0;
		}
	}
	rows_free(r);
	return rc;
}
