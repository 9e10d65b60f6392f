/*
 * Receipts with what proves them: read and written.
 */

#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/err.h"
#include "key/merkle.h"
#include "registry/receipt_inside.h"

static const char *
text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static int
get_base64(const json_t *v, const char *what, struct buf *out)
{
	const char *s = json_string_value(v);

	if (s == NULL || base64_decode(out, span_str(s)) == -1)
		return err_set_code(ERR_INPUT, "RECEIPT_MALFORMED",
		    "the receipt's %s must be base64 (RFC 4648 section 4)",
		    what);
	return 0;
}

static int
get_base64_opt(const json_t *v, const char *what, struct buf *out)
{
	return v == NULL || json_is_null(v) ? 0 : get_base64(v, what, out);
}

int
receipt_path_parse(const json_t *path, struct buf *out)
{
	const json_t *hash;
	const char *text;
	size_t i;

	if (!json_is_array(path))
		return receipt_malformed("a path is a list");
	json_array_foreach(path, i, hash)
	{
		text = json_string_value(hash);
		if (text == NULL || strlen(text) != 2 * MERKLE_SIZE ||
		    i >= MERKLE_DEEP || hex_decode(out, span_str(text)) == -1)
			return receipt_malformed(
			    "a path is at most 32 hashes, each "
			    "64 hex digits");
	}
	return 0;
}

/* What is said of one item, and the way from it to the root. */
int
receipt_bundle_item(
    struct receipt_bundle *b, const json_t *item, const json_t *path)
{
	struct receipt_text *r = &b->receipt;
	json_t *index = json_object_get(item, "index");
	const char *text;

	if (r->batch == NULL || !json_is_object(item) || !json_is_array(path))
		return receipt_malformed(
		    "an item and its path belong to a batch, and "
		    "neither goes without the other");
	b->item = json_deep_copy(item);
	b->index = json_integer_value(index);
	r->id = text_of(b->item, "jti");
	text = text_of(b->item, "batch");
	if (!json_is_integer(index) || b->index < 0 || r->id == NULL ||
	    text == NULL || strcmp(text, text_of(r->claims, "jti")) != 0)
		return receipt_malformed(
		    "the item must have batch, index and jti, "
		    "and be of this batch");
	return receipt_path_parse(path, &b->path) == -1
	    ? -1
	    : receipt_parse_decision(r, b->item);
}

static int
parse_stamp(struct receipt_bundle *b, const json_t *stamp)
{
	json_t *index = json_object_get(stamp, "index");
	json_t *size = json_object_get(stamp, "size");

	b->stamp_index = json_integer_value(index);
	b->stamp_size = json_integer_value(size);
	if (!json_is_integer(index) || b->stamp_index < 0 || b->stamp_size < 1)
		return receipt_malformed(
		    "its time-stamp must have index and size");
	if (get_base64(
		json_object_get(stamp, "token"), "time-stamp", &b->stamp) == -1)
		return -1;
	return receipt_path_parse(
	    json_object_get(stamp, "path"), &b->stamp_path);
}

static int
parse_bundle(const json_t *o, struct receipt_bundle *b)
{
	const char *jws = text_of(o, "receipt");
	const json_t *chain = json_object_get(o, "signer"), *item, *path,
		     *stamp;

	if (jws == NULL)
		return receipt_malformed("the bundle has no receipt");
	if (json_array_size(chain) != 2)
		return receipt_malformed(
		    "the bundle's signer must be two "
		    "certificates: the signer's and its issuer's");
	buf_puts(&b->text, jws);
	if (get_base64(json_array_get(chain, 0), "signer", &b->signer) == -1 ||
	    get_base64(json_array_get(chain, 1), "issuer", &b->issuer) == -1 ||
	    get_base64_opt(json_object_get(o, "crl"), "CRL", &b->crl) == -1 ||
	    get_base64_opt(json_object_get(o, "root_crl"), "root's CRL",
		&b->root_crl) == -1)
		return -1;
	if (receipt_text_parse(buf_span(&b->text), &b->receipt) == -1)
		return -1;
	stamp = json_object_get(o, "timestamp");
	if (stamp != NULL && parse_stamp(b, stamp) == -1)
		return -1;
	item = json_object_get(o, "item");
	path = json_object_get(o, "path");
	return item == NULL && path == NULL
	    ? 0
	    : receipt_bundle_item(b, item, path);
}

int
receipt_bundle_parse(struct span json, struct receipt_bundle *b)
{
	json_t *o;
	int rc;

	memset(b, 0, sizeof(*b));
	if (json.n > RECEIPT_BUNDLE_MAX)
		return receipt_malformed("the bundle is too long");
	o = json_loadb(
	    (const char *)json.p, json.n, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(o)) {
		json_decref(o);
		return receipt_malformed("the bundle is no JSON object");
	}
	rc = parse_bundle(o, b);
	json_decref(o);
	return rc;
}

void
receipt_bundle_free(struct receipt_bundle *b)
{
	receipt_text_free(&b->receipt);
	json_decref(b->item);
	buf_free(&b->path);
	buf_free(&b->stamp);
	buf_free(&b->stamp_path);
	buf_free(&b->text);
	buf_free(&b->signer);
	buf_free(&b->issuer);
	buf_free(&b->crl);
	buf_free(&b->root_crl);
}

static json_t *
base64_of(const struct buf *b)
{
	struct buf text = BUF_EMPTY;
	json_t *v;

	if (b->n == 0)
		return json_null();
	base64_encode(&text, buf_span(b));
	v = json_string(buf_str(&text));
	buf_free(&text);
	return v;
}

static json_t *
path_of(const struct buf *path)
{
	json_t *list = json_array();
	struct buf hex = BUF_EMPTY;
	size_t i;

	for (i = 0; i < path->n; i += MERKLE_SIZE) {
		buf_clear(&hex);
		hex_encode(&hex, span_of(path->p + i, MERKLE_SIZE));
		(void)json_array_append_new(list, json_string(buf_str(&hex)));
	}
	buf_free(&hex);
	return list;
}

void
receipt_bundle_write(const struct receipt_bundle *b, struct buf *out)
{
	json_t *o = json_pack("{s:s%, s:[o, o], s:o, s:o}", "receipt",
	    (const char *)b->text.p, b->text.n, "signer", base64_of(&b->signer),
	    base64_of(&b->issuer), "crl", base64_of(&b->crl), "root_crl",
	    base64_of(&b->root_crl));
	char *text;

	if (b->item != NULL) {
		(void)json_object_set(o, "item", b->item);
		(void)json_object_set_new(o, "path", path_of(&b->path));
	}
	if (b->stamp.n > 0)
		(void)json_object_set_new(o, "timestamp",
		    json_pack("{s:o, s:I, s:I, s:o}", "token",
			base64_of(&b->stamp), "index",
			(json_int_t)b->stamp_index, "size",
			(json_int_t)b->stamp_size, "path",
			path_of(&b->stamp_path)));
	text = json_dumps(o, JSON_COMPACT);
	buf_puts(out, text);
	free(text);
	json_decref(o);
}
