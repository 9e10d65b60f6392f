/*
 * Receipts: the bundle that proves one offline, and the same proof made here
 * for whoever asks.
 */

#include <stdlib.h>
#include <string.h>

#include "api/receipt.h"
#include "api/route.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/err.h"
#include "db/conn.h"
#include "key/merkle.h"
#include "registry/fields.h"
#include "registry/instance.h"
#include "registry/receipt.h"
#include "x509/cert.h"

/* The newest CRL that can tell of this certificate, as it is published. */
static int
get_crl(struct request *req, struct span certificate, struct buf *crl)
{
	struct span prefix = span_str(req->instance->public_url);
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;
	struct cert c;
	char *path;

	if (cert_parse(certificate, &c) == -1)
		return -1;
	if (c.crl_url.n <= prefix.n ||
	    memcmp(c.crl_url.p, prefix.p, prefix.n) != 0)
		return 0;
	path = xasprintf("public%.*s", (int)(c.crl_url.n - prefix.n),
	    (const char *)c.crl_url.p + prefix.n);
	db_arg_text(&args, path);
	if ((rows = db_query(req->db, "publication_newest", &args)) != NULL &&
	    rows_count(rows) == 1)
		buf_put_span(crl, row_bytes(rows, 0, 0));
	free(path);
	if (rows == NULL)
		return -1;
	rows_free(rows);
	return 0;
}

/* The status of both certificates of the chain: the newest CRLs. */
static int
get_crls(struct request *req, struct receipt_bundle *b)
{
	if (get_crl(req, buf_span(&b->signer), &b->crl) == -1)
		return -1;
	return get_crl(req, buf_span(&b->issuer), &b->root_crl);
}

enum column { RECEIPT, SIGNER, ISSUER, ITEM, INDEX, LEAVES };

/* Of a batch: what is said of this one, and its path. */
static int
get_item(struct db_rows *rows, struct receipt_bundle *b)
{
	uint8_t path[MERKLE_DEEP][MERKLE_SIZE];
	struct merkle *tree;
	struct span leaves;
	size_t n;

	if (row_null(rows, 0, ITEM))
		return 0;
	b->item = json_loads(row_text(rows, 0, ITEM), 0, NULL);
	leaves = row_bytes(rows, 0, LEAVES);
	if (b->item == NULL || leaves.n == 0)
		return err_set(ERR_INTERNAL, "an item's answer is incomplete");
	tree = merkle_new(leaves.p, leaves.n / MERKLE_SIZE);
	n = merkle_path(tree, (size_t)row_int(rows, 0, INDEX), path);
	buf_put(&b->path, path, n * MERKLE_SIZE);
	merkle_free(tree);
	return 0;
}

/* The stamp that its receipt is in, if one is there yet. */
static int
get_stamp(struct request *req, const char *id, struct receipt_bundle *b)
{
	uint8_t leaf[MERKLE_SIZE], path[MERKLE_DEEP][MERKLE_SIZE];
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;
	struct merkle *tree;
	struct span leaves;
	size_t i, n;

	db_arg_text(&args, id);
	if ((rows = db_query(req->db, "receipt_stamp_of", &args)) == NULL)
		return -1;
	leaves =
	    rows_count(rows) == 1 ? row_bytes(rows, 0, 0) : span_of(NULL, 0);
	merkle_leaf(buf_span(&b->text), leaf);
	n = leaves.n / MERKLE_SIZE;
	for (i = 0; i < n; i++)
		if (memcmp(leaves.p + i * MERKLE_SIZE, leaf, sizeof(leaf)) == 0)
			break;
	if (i < n) {
		tree = merkle_new(leaves.p, n);
		b->stamp_index = (int64_t)i;
		b->stamp_size = (int64_t)n;
		buf_put_span(&b->stamp, row_bytes(rows, 0, 1));
		n = merkle_path(tree, i, path);
		buf_put(&b->stamp_path, path, n * MERKLE_SIZE);
		merkle_free(tree);
	}
	rows_free(rows);
	return 0;
}

/* Its receipt, the signer's chain, and of a batch's what is said of it. */
static int
get_receipt(struct request *req, const char *id, struct receipt_bundle *b)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;
	int rc;

	db_arg_text(&args, id);
	if ((rows = db_query_one(req->db, "receipt_bundle", &args)) == NULL)
		return -1;
	buf_puts(&b->text, row_text(rows, 0, RECEIPT));
	buf_put_span(&b->signer, row_bytes(rows, 0, SIGNER));
	buf_put_span(&b->issuer, row_bytes(rows, 0, ISSUER));
	rc = get_item(rows, b);
	rows_free(rows);
	return rc;
}

int
receipt_reply_bundle(struct request *req, struct reply *reply, const char *id)
{
	struct receipt_bundle b = { .text = BUF_EMPTY };
	struct buf json = BUF_EMPTY;
	int rc = get_receipt(req, id, &b);

	if (rc == 0 && (rc = get_crls(req, &b)) == 0 &&
	    (rc = get_stamp(req, id, &b)) == 0) {
		receipt_bundle_write(&b, &json);
		rc = reply_json(reply, 200, buf_str(&json));
	}
	receipt_bundle_free(&b);
	buf_free(&json);
	return rc;
}

static int
decision_bundle_get(struct request *req, struct reply *reply)
{
	return request_param_uuid(req, "decision") == -1
	    ? -1
	    : receipt_reply_bundle(req, reply, request_param(req, "decision"));
}

static int
bundle_get(struct request *req, struct reply *reply)
{
	return request_param_uuid(req, "receipt") == -1
	    ? -1
	    : receipt_reply_bundle(req, reply, request_param(req, "receipt"));
}

/* ---- verify */

/* Chain and root, from the record, of the signer that the receipt names. */
static int
get_chain(struct request *req, struct receipt_bundle *b, struct buf *root)
{
	struct buf sha256 = BUF_EMPTY;
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows = NULL;

	if (base64url_decode(&sha256, span_str(b->receipt.signer)) == 0) {
		db_arg_bytes(&args, buf_span(&sha256));
		rows = db_query(req->db, "receipt_signer_named", &args);
	}
	buf_free(&sha256);
	if (rows == NULL)
		return -1;
	if (rows_count(rows) == 0) {
		rows_free(rows);
		return err_set_code(ERR_DENIED, "RECEIPT_SIGNER",
		    "the receipt names a signer that is none of ours");
	}
	buf_put_span(&b->signer, row_bytes(rows, 0, 0));
	buf_put_span(&b->issuer, row_bytes(rows, 0, 1));
	buf_put_span(root, row_bytes(rows, 0, 2));
	rows_free(rows);
	return get_crls(req, b);
}

/* A good signature over what was never answered: the signer's key is out. */
static int
check_record(struct request *req, const struct receipt_bundle *b)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;
	int n;

	db_arg_text(&args,
	    json_string_value(json_object_get(b->receipt.claims, "jti")));
	db_arg_text(&args, (const char *)b->text.p);
	if ((rows = db_query(req->db, "receipt_recorded", &args)) == NULL)
		return -1;
	n = rows_count(rows);
	rows_free(rows);
	return n == 1 ? 0
		      : err_set_code(ERR_DENIED, "RECEIPT_NOT_RECORDED",
			    "the receipt is signed by us and not in the "
			    "record");
}

/* A receipt that does not hold is an answer, not a problem. */
static json_t *
say_bad(void)
{
	if (strncmp(err_code(), "RECEIPT_", 8) != 0)
		return NULL;
	return json_pack("{s:b, s:s, s:s}", "valid", 0, "code", err_code(),
	    "detail", err_text());
}

/* What it says, whether one may still act on it, and what holds it up. */
static json_t *
say_good(const struct receipt_bundle *b, const struct receipt_proof *proof)
{
	const struct receipt_text *r = &b->receipt;
	char good_at[CLOCK_TEXT_MAX];
	json_t *said = json_pack("{s:b, s:b, s:s, s:s, s:O}", "valid", 1,
	    "to_act_on", clock_now() < r->exp, "operator", r->audience,
	    "signer_good_at", clock_write(proof->signer_good_at, good_at),
	    "claims", r->claims);

	if (r->verdict != NULL)
		(void)json_object_set_new(
		    said, "verdict", json_string(r->verdict));
	if (b->item != NULL)
		(void)json_object_set(said, "item", b->item);
	return said;
}

static json_t *
judge(struct request *req, struct receipt_bundle *b, const json_t *item,
    const json_t *path)
{
	struct receipt_proof proof;
	struct buf root = BUF_EMPTY;
	json_t *said;

	if (receipt_text_parse(buf_span(&b->text), &b->receipt) == 0 &&
	    (item == NULL || receipt_bundle_item(b, item, path) == 0) &&
	    get_chain(req, b, &root) == 0 &&
	    receipt_bundle_verify(b, buf_span(&root), &proof) == 0 &&
	    check_record(req, b) == 0)
		said = say_good(b, &proof);
	else
		said = say_bad();
	buf_free(&root);
	return said;
}

static int
receipt_verify(struct request *req, struct reply *reply)
{
	struct receipt_bundle b = { .text = BUF_EMPTY };
	json_t *said = NULL;
	struct fields f;
	json_t *item, *path = NULL;
	const char *receipt;
	char *text;
	int rc = -1;

	fields_open(&f, req->body);
	receipt = fields_text(&f, "receipt", 1, RECEIPT_MAX);
	item = fields_object_opt(&f, "item");
	if (item != NULL)
		path = fields_array(&f, "path", 0, MERKLE_DEEP);
	if (fields_end(&f) == -1)
		goto out;
	buf_puts(&b.text, receipt);
	(void)buf_str(&b.text);
	if ((said = judge(req, &b, item, path)) == NULL)
		goto out;
	text = json_dumps(said, JSON_COMPACT);
	rc = reply_json(reply, 200, text);
	free(text);
out:
	json_decref(said);
	receipt_bundle_free(&b);
	fields_free(&f);
	return rc;
}

const struct route receipt_routes[] = {
	{ METHOD_GET, "/v1/decisions/{decision}/bundle",
	    ROLE_OPERATOR | ROLE_BODY, 0, 0, decision_bundle_get,
	    "The receipt with all that it takes to verify it offline" },
	{ METHOD_GET, "/v1/receipts/{receipt}/bundle", ROLE_ANY, 0, 0,
	    bundle_get,
	    "The same of any receipt, and of what was said of a standing" },
	{ METHOD_POST, "/v1/receipts/verify", ROLE_OPERATOR | ROLE_BODY, 0,
	    RECEIPT_MAX + 16384, receipt_verify,
	    "Does this receipt hold, and was it given?" },
	ROUTE_END,
};
