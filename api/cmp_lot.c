/*
 * Whom a message of CMP is from, and what is known of its transaction.
 */

#include <string.h>

#include "api/cmp_lot.h"
#include "api/cmp_signer.h"
#include "base/clock.h"
#include "base/err.h"
#include "db/conn.h"
#include "issue/manifest.h"
#include "key/hash.h"
#include "key/jws.h"
#include "x509/cmp_server.h"

#define TIME_MOST 300 /* seconds between a sender's clock and ours */
#define NONCE_MIN 16
#define NONCE_MAX 64

static void
put_bytes(struct buf *to, struct db_rows *r, int column)
{
	if (!row_null(r, 0, column))
		buf_put_span(to, row_bytes(r, 0, column));
}

/* Its signature was verified when it came, and is by the authority again. */
static int
read_header(struct cmp_call *c, const char *text)
{
	struct jws j;
	int rc;

	c->header = xcalloc(1, sizeof(*c->header));
	rc = jws_split(span_str(text), MANIFEST_LINE_MAX, &j);
	if (rc == 0)
		rc = open_lot_parse(buf_span(&j.payload), c->header);
	jws_free(&j);
	return rc;
}

static void
arg_first_certificate(struct db_args *args, struct cmp_call *c)
{
	const struct cmp_message *m = &c->message;

	if (m->protection != CMP_SIGNED || m->ncerts == 0) {
		db_arg_null(args);
		return;
	}
	hash_sha256(m->certs[0], c->who);
	db_arg_bytes(args, span_of(c->who, sizeof(c->who)));
}

int
cmp_call_lot(struct cmp_call *c)
{
	const struct key *key = cmp_signer_key();
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int rc;

	if (key == NULL)
		return err_set(ERR_INTERNAL, "there is no key for CMP");
	db_arg_text(&args, c->lot);
	db_arg_bool(&args, c->message.type == CMP_GENM);
	db_arg_bytes(&args, key_spki(key));
	arg_first_certificate(&args, c);
	if ((r = db_query(c->req->db, "cmp_lot", &args)) == NULL)
		return -1;
	if (rows_count(r) == 0)
		rc = err_set_code(ERR_ABSENT, "LOT_UNKNOWN",
		    "there is no open lot \"%.24s\"", c->lot);
	else {
		rc = read_header(c, row_text(r, 0, 0));
		put_bytes(&c->issuer, r, 1);
		put_bytes(&c->root, r, 2);
		put_bytes(&c->crl, r, 3);
		put_bytes(&c->own, r, 4);
		put_bytes(&c->own_issuer, r, 5);
		c->known = row_bool(r, 0, 6);
	}
	rows_wipe(r);
	return rc;
}

/* ---- from whom */

/* Does it begin something, so that we have answered nothing yet? */
static bool
is_first(const struct cmp_message *m)
{
	return m->type != CMP_CERTCONF && m->type != CMP_POLLREQ &&
	    m->type != CMP_ERROR;
}

static int
judge_header(const struct cmp_message *m)
{
	int64_t now = clock_now();

	if (m->hash_size != 0 && !cmp_server_reads_hash())
		return err_set_code(ERR_INPUT, "CMP_NOT_SUPPORTED",
		    "this libcrypto reads no hashAlg: leave it out");
	if (m->version != (m->hash_size != 0 ? 3 : 2))
		return err_set_code(ERR_INPUT, "CMP_VERSION",
		    "pvno must be 2, or 3 of a certConf with hashAlg (RFC 9483 "
		    "section 3.1)");
	if (m->has_time &&
	    (m->time > now + TIME_MOST || m->time < now - TIME_MOST))
		return err_set_code(ERR_INPUT, "CMP_TIME",
		    "messageTime is more than five minutes from ours: set the "
		    "clock, and make the message anew");
	if (m->sender_nonce.n < NONCE_MIN || m->sender_nonce.n > NONCE_MAX)
		return err_set_code(ERR_INPUT, "CMP_SENDER_NONCE",
		    "senderNonce must have 16 to 64 octets (RFC 9483 section "
		    "3.1)");
	if (is_first(m) && m->recip_nonce.n > 0)
		return err_set_code(ERR_INPUT, "CMP_NONCE",
		    "the first message of a transaction has no recipNonce (RFC "
		    "9483 section 3.1): there is nothing that it answers");
	return 0;
}

static int
by_mac(struct cmp_call *c)
{
	c->secret = open_lot_mac_key(c->header, c->message.kid);
	if (c->secret == NULL)
		return err_set_code(ERR_DENIED, "CMP_SIGNER",
		    "the open lot has no key for MACs of this senderKID, which "
		    "must be the device's id");
	/* any supplier may call a device of theirs so: the key is of this one
	 */
	open_lot_secret_hash(c->message.kid, span_str(c->secret), c->who);
	return cmp_verify_mac(&c->message, span_str(c->secret));
}

static int
by_signature(struct cmp_call *c)
{
	struct span anchors[OPEN_LOT_FACTORY_MAX];
	struct open_lot *h = c->header;
	int i;

	if (c->message.ncerts == 0)
		return err_set_code(ERR_DENIED, "CMP_SIGNER",
		    "extraCerts must begin with the signer's certificate (RFC "
		    "9483 section 3.3)");
	c->signer = c->message.certs[0];
	c->device = c->known;
	if (c->device)
		return cmp_verify_signature(&c->message, c->signer);
	for (i = 0; i < h->nfactory; i++)
		anchors[i] = span_of(h->factory[i], h->factory_size[i]);
	return cmp_verify_chain(
	    &c->message, anchors, (size_t)h->nfactory, clock_now(), &c->signer);
}

void
cmp_call_anchors(const struct cmp_call *c, struct db_array *out)
{
	uint8_t digest[HASH_SIZE];
	struct span anchor, signer;
	int i;

	db_array_begin(out, DB_BYTEA);
	for (i = 0; i < c->header->nfactory; i++) {
		anchor =
		    span_of(c->header->factory[i], c->header->factory_size[i]);
		if (cmp_verify_chain(
			&c->message, &anchor, 1, clock_now(), &signer) == -1)
			continue;
		hash_sha256(anchor, digest);
		db_array_put(out, span_of(digest, sizeof(digest)));
	}
}

int
cmp_call_judge(struct cmp_call *c)
{
	if (judge_header(&c->message) == -1)
		return -1;
	switch (c->message.protection) {
	case CMP_MAC:
		return by_mac(c);
	case CMP_SIGNED:
		return by_signature(c);
	default:
		return err_set_code(ERR_DENIED, "CMP_PROTECTION",
		    "the message is not protected");
	}
}

/* ---- its transaction */

static void
arg_names(struct db_args *args, const struct cmp_call *c)
{
	db_arg_text(args, c->lot);
	db_arg_bytes(args, c->message.transaction);
	db_arg_bytes(args, span_of(c->who, sizeof(c->who)));
}

int
cmp_call_find(struct cmp_call *c)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int rc = 0;

	arg_names(&args, c);
	if ((r = db_query(c->req->db, "cmp_transaction_get", &args)) == NULL)
		return -1;
	if (rows_count(r) == 0 || row_null(r, 0, 4))
		rc = err_set_code(ERR_CONFLICT, "CMP_TRANSACTION_UNKNOWN",
		    "no transaction of this sender has this transactionID");
	else if (c->message.type == CMP_CERTCONF && !row_null(r, 0, 5))
		rc = row_bool(r, 0, 5)
		    ? err_set_code(ERR_CONFLICT, "CMP_CONFIRMED",
			  "the certificate is confirmed already")
		    : err_set_code(ERR_CONFLICT, "CMP_TRANSACTION_UNKNOWN",
			  "this transaction is over: its certificate was "
			  "rejected");
	else if (!span_equal(row_bytes(r, 0, 4), c->message.recip_nonce))
		rc = err_set_code(ERR_INPUT, "CMP_NONCE",
		    "recipNonce is not the senderNonce of our last answer");
	else {
		c->transaction = row_int(r, 0, 0);
		buf_clear(&c->first); /* of its turn before */
		buf_clear(&c->nonce);
		put_bytes(&c->first, r, 1);
		c->row = (int)row_int(r, 0, 2);
		if (!row_null(r, 0, 3))
			memcpy(c->key, row_bytes(r, 0, 3).p, sizeof(c->key));
		put_bytes(&c->nonce, r, 4);
		c->over = !row_null(r, 0, 5);
	}
	rows_free(r);
	return rc;
}

int
cmp_call_begin(struct cmp_call *c)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;

	arg_names(&args, c);
	db_arg_bytes(&args, c->message.der);
	db_arg_bool(&args, c->device || c->secret != NULL);
	r = db_query_one(c->req->db, "cmp_transaction_begin_redo", &args);
	if (r == NULL)
		return -1;
	c->transaction = row_int(r, 0, 0);
	rows_free(r);
	return 0;
}

int
cmp_call_keep(struct cmp_call *c, struct span answer, int accepted)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct cmp_message m;

	/* our own, which with its certificates may be longer than what we read
	 */
	if (cmp_read_header(answer, &m) == -1)
		return -1;
	/* libcrypto has found a fault that we have not: nothing is confirmed */
	if (m.type == CMP_ERROR)
		accepted = -1;
	db_arg_int(&args, c->transaction);
	db_arg_int_or_null(&args, c->row);
	if (c->row == 0)
		db_arg_null(&args);
	else
		db_arg_bytes(&args, span_of(c->key, sizeof(c->key)));
	db_arg_bytes(&args, m.sender_nonce);
	if (accepted == -1)
		db_arg_null(&args);
	else
		db_arg_bool(&args, accepted == 1);
	return db_exec(c->req->db, "cmp_transaction_set_redo", &args) == -1 ? -1
									    : 0;
}

void
cmp_call_free(struct cmp_call *c)
{
	open_lot_free(c->header);
	buf_free(&c->issuer);
	buf_free(&c->root);
	buf_free(&c->crl);
	buf_free(&c->own);
	buf_free(&c->own_issuer);
	buf_free(&c->first);
	buf_free(&c->nonce);
}
