/*
 * Receipts, verified as of the moment that they speak of.
 */

#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/err.h"
#include "key/key.h"
#include "key/merkle.h"
#include "policy/canon.h"
#include "policy/receipt.h"
#include "registry/receipt.h"
#include "x509/crl_read.h"
#include "x509/path.h"
#include "x509/tsp.h"

/* CRLReason, RFC 5280 section 5.3.1 */
#define STAMP_EARLY 300 /* seconds that two clocks may be apart */
enum { KEY_COMPROMISE = 1, CA_COMPROMISE = 2 };

static int
malformed(const char *why)
{
	return err_set_code(ERR_INPUT, "RECEIPT_MALFORMED",
	    "the receipt is malformed: %s", why);
}

/* ---- its text */

static const char *
text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static bool
is_verdict(const char *s)
{
	return s != NULL &&
	    (strcmp(s, "permit") == 0 || strcmp(s, "refuse") == 0 ||
		strcmp(s, "indeterminate") == 0);
}

static int
parse_decision(struct receipt_text *r, const json_t *of)
{
	r->decision = json_object_get(of, "decision");
	r->verdict = text_of(r->decision, "verdict");
	r->purpose = text_of(r->decision, "purpose");
	r->mode = text_of(r->decision, "mode");
	if (!is_verdict(r->verdict) || r->purpose == NULL || r->mode == NULL)
		return malformed(
		    "its decision must have verdict, purpose and mode");
	return 0;
}

/* Of a batch: how many items, and the root of their tree. */
static int
parse_batch(struct receipt_text *r)
{
	json_t *size;
	struct buf root = BUF_EMPTY;
	const char *text;
	int rc = -1;

	r->batch = json_object_get(r->claims, "batch");
	size = json_object_get(r->batch, "size");
	r->size = json_integer_value(size);
	text = text_of(r->batch, "root");
	r->purpose = text_of(r->batch, "purpose");
	if (json_is_integer(size) && r->size > 0 && text != NULL &&
	    r->purpose != NULL && hex_decode(&root, span_str(text)) == 0 &&
	    root.n == sizeof(r->root)) {
		memcpy(r->root, root.p, sizeof(r->root));
		rc = 0;
	} else
		(void)malformed("its batch must have size, root and purpose");
	buf_free(&root);
	return rc;
}

static int
parse_claims(struct receipt_text *r)
{
	json_t *iat, *exp;

	r->claims = json_loadb((const char *)r->jws.payload.p, r->jws.payload.n,
	    JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(r->claims))
		return malformed("its payload is no JSON object");
	iat = json_object_get(r->claims, "iat");
	exp = json_object_get(r->claims, "exp");
	r->iat = json_integer_value(iat);
	r->exp = json_integer_value(exp);
	if (!json_is_integer(iat) || !json_is_integer(exp) || r->iat <= 0 ||
	    r->exp <= r->iat)
		return malformed("iat and exp must be times in this order");
	r->issuer = text_of(r->claims, "iss");
	r->audience = text_of(r->claims, "aud");
	r->id = text_of(r->claims, "jti");
	if (r->issuer == NULL || r->audience == NULL || r->id == NULL)
		return malformed("iss, aud and jti must be texts");
	r->standing = json_object_get(r->claims, "standing");
	if (r->standing != NULL)
		return json_is_object(r->standing)
		    ? 0
		    : malformed("its standing must be an object");
	if (json_object_get(r->claims, "batch") != NULL)
		return parse_batch(r);
	return parse_decision(r, r->claims);
}

int
receipt_text_parse(struct span text, struct receipt_text *r)
{
	const char *signer;

	memset(r, 0, sizeof(*r));
	if (jws_split(text, RECEIPT_MAX, &r->jws) == -1 ||
	    jws_check_header(&r->jws, RECEIPT_TYPE, "s:x5t#S256") == -1)
		return malformed(err_text());
	signer = text_of(r->jws.header, "x5t#S256");
	if (strlen(signer) >= sizeof(r->signer))
		return malformed("x5t#S256 is too long");
	memcpy(r->signer, signer, strlen(signer));
	return parse_claims(r);
}

void
receipt_text_free(struct receipt_text *r)
{
	jws_free(&r->jws);
	json_decref(r->claims);
	r->claims = NULL;
}

/* ---- who signed it */

static int
not_signer(const char *why)
{
	return err_set_code(ERR_DENIED, "RECEIPT_SIGNER",
	    "the receipt's signer is no receipt signer of this PKI: %s", why);
}

static int
check_signer(const struct receipt_text *r, const struct path_question *q,
    struct span root, struct cert *leaf)
{
	struct path_ca *anchor;
	const char *code;

	if ((anchor = path_ca_new(root)) == NULL)
		return -1;
	code = path_judge(q, anchor, NULL, 0, leaf);
	path_ca_free(anchor);
	if (code != NULL)
		return not_signer(path_sentence(code));
	if ((leaf->purposes & EKU_RECEIPT_SIGNING) == 0)
		return not_signer("its certificate is for other purposes");
	if (r->iat < leaf->not_before || r->iat > leaf->not_after)
		return not_signer("its certificate was not valid then");
	return 0;
}

static int
check_signature(const struct receipt_text *r, const struct cert *leaf)
{
	struct key *key;
	int rc;

	if ((key = key_from_spki(leaf->spki)) == NULL)
		return -1;
	rc = jws_verify(&r->jws, key);
	key_free(key);
	if (rc == -1 && err_kind() == ERR_DENIED)
		return err_set_code(ERR_DENIED, "RECEIPT_SIGNATURE",
		    "the receipt was altered, or signed with another key");
	return rc == -1 ? malformed(err_text()) : 0;
}

int
receipt_text_verify(const struct receipt_text *r, struct span signer,
    struct span issuer, struct span root)
{
	struct path_question q = {
		.leaf = signer,
		.issuer = issuer,
		.presented = 2,
		.role = PATH_ACCESS,
		.now = r->iat,
	};
	char thumbprint[44];
	struct cert leaf;

	jws_thumbprint(signer, thumbprint);
	if (strcmp(thumbprint, r->signer) != 0)
		return not_signer(
		    "the receipt names another certificate than the one shown");
	if (check_signer(r, &q, root, &leaf) == -1)
		return -1;
	return check_signature(r, &leaf);
}

/* ---- the bundle */

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

static int
get_path(const json_t *path, struct buf *out)
{
	json_t *hash;
	const char *text;
	size_t i;

	json_array_foreach(path, i, hash)
	{
		text = json_string_value(hash);
		if (text == NULL || strlen(text) != 2 * MERKLE_SIZE ||
		    i >= MERKLE_DEEP || hex_decode(out, span_str(text)) == -1)
			return malformed("a path is at most 32 hashes, each "
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
		return malformed("an item and its path belong to a batch, and "
				 "neither goes without the other");
	b->item = json_deep_copy(item);
	b->index = json_integer_value(index);
	r->id = text_of(b->item, "jti");
	text = text_of(b->item, "batch");
	if (!json_is_integer(index) || b->index < 0 || r->id == NULL ||
	    text == NULL || strcmp(text, text_of(r->claims, "jti")) != 0)
		return malformed("the item must have batch, index and jti, "
				 "and be of this batch");
	return get_path(path, &b->path) == -1 ? -1 : parse_decision(r, b->item);
}

static int
parse_stamp(struct receipt_bundle *b, const json_t *stamp)
{
	json_t *index = json_object_get(stamp, "index");
	json_t *size = json_object_get(stamp, "size");

	b->stamp_index = json_integer_value(index);
	b->stamp_size = json_integer_value(size);
	if (!json_is_integer(index) || b->stamp_index < 0 || b->stamp_size < 1)
		return malformed("its time-stamp must have index and size");
	if (get_base64(
		json_object_get(stamp, "token"), "time-stamp", &b->stamp) == -1)
		return -1;
	return get_path(json_object_get(stamp, "path"), &b->stamp_path);
}

/* Is that item, octet for octet, a leaf of the tree? */
static int
check_path(const struct receipt_bundle *b)
{
	uint8_t leaf[MERKLE_SIZE], root[MERKLE_SIZE];
	struct buf octets = BUF_EMPTY;
	int rc;

	if (canon_write(&octets, b->item) == -1) {
		buf_free(&octets);
		return malformed("its item has no canonical form");
	}
	merkle_leaf(buf_span(&octets), leaf);
	buf_free(&octets);
	rc = merkle_climb(leaf, (uint64_t)b->index, (uint64_t)b->receipt.size,
	    b->path.p, b->path.n / MERKLE_SIZE, root);
	if (rc == -1 || memcmp(root, b->receipt.root, MERKLE_SIZE) != 0)
		return err_set_code(ERR_DENIED, "RECEIPT_PATH",
		    "the item is none of the batch that the receipt is of");
	return 0;
}

static int
parse_bundle(const json_t *o, struct receipt_bundle *b)
{
	const char *jws = text_of(o, "receipt");
	const json_t *chain = json_object_get(o, "signer"), *item, *path,
		     *stamp;

	if (jws == NULL)
		return malformed("the bundle has no receipt");
	if (json_array_size(chain) != 2)
		return malformed("the bundle's signer must be two "
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
		return malformed("the bundle is too long");
	o = json_loadb(
	    (const char *)json.p, json.n, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(o)) {
		json_decref(o);
		return malformed("the bundle is no JSON object");
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

/* ---- status */

static int
no_status(const char *why)
{
	return err_set_code(ERR_DENIED, "RECEIPT_STATUS",
	    "the bundle does not show the status of its signer: %s", why);
}

/*
 * A revocation after iat for another reason than a compromise leaves what was
 * signed before it good.  With a compromised key, iat can be anything, and only
 * a time-stamp from before tells what is older than that.
 */
static bool
spoils(const struct crl_entry *e, int64_t iat, int64_t stamped_at)
{
	int64_t since = e->invalidity != 0 ? e->invalidity : e->when;

	if (e->when <= iat || (e->invalidity != 0 && e->invalidity <= iat))
		return true;
	return (e->reason == KEY_COMPROMISE || e->reason == CA_COMPROMISE) &&
	    (stamped_at == 0 || since <= stamped_at);
}

static int
no_stamp(const char *why)
{
	return err_set_code(ERR_DENIED, "RECEIPT_TIMESTAMP",
	    "the receipt's time-stamp does not hold: %s", why);
}

/* Nothing is said of one by a TSA that the caller does not know. */
static int
check_stamp(const struct receipt_bundle *b, struct receipt_proof *proof)
{
	uint8_t leaf[MERKLE_SIZE], root[MERKLE_SIZE];

	if (b->stamp.n == 0 || b->tsa.n == 0)
		return 0;
	merkle_leaf(buf_span(&b->text), leaf);
	if (merkle_climb(leaf, (uint64_t)b->stamp_index,
		(uint64_t)b->stamp_size, b->stamp_path.p,
		b->stamp_path.n / MERKLE_SIZE, root) == -1)
		return no_stamp("its path is not one of its tree");
	if (tsp_token_verify(
		buf_span(&b->stamp), root, b->tsa, &proof->stamped_at) == -1)
		return err_kind() == ERR_DENIED ? no_stamp(err_text()) : -1;
	if (proof->stamped_at + STAMP_EARLY < b->receipt.iat)
		return no_stamp("it is older than the receipt says it is");
	return 0;
}

/* The certificate's status from its issuer's CRL; both are DER. */
static int
check_status(struct span crl_der, const struct cert *subject,
    const struct path_ca *issuer, int64_t iat, int64_t stamped_at,
    int64_t *good_at)
{
	struct crl_entry e;
	struct crl crl;
	int found;

	if (crl_der.n == 0)
		return no_status("it has no CRL");
	if (crl_parse(crl_der, &crl) == -1 ||
	    crl_verify(&crl, path_ca_cert(issuer), path_ca_key(issuer)) == -1)
		return no_status(err_text());
	if (!crl_covers(&crl, subject))
		return no_status("its CRL is about other certificates");
	if (crl.next_update < iat)
		return no_status("its CRL had ended when the receipt was made");
	if ((found = crl_find(&crl, subject->serial, &e)) == -1)
		return no_status(err_text());
	if (found == 1 && spoils(&e, iat, stamped_at))
		return err_set_code(ERR_DENIED, "RECEIPT_SIGNER_REVOKED",
		    "a certificate of the receipt's signer is revoked");
	*good_at = crl.this_update;
	return 0;
}

static int
check_chain(const struct receipt_bundle *b, const struct path_ca *root,
    const struct path_ca *issuer, struct receipt_proof *proof)
{
	struct cert signer;
	int64_t iat = b->receipt.iat;

	if (cert_parse(buf_span(&b->signer), &signer) == -1)
		return -1;
	if (check_status(buf_span(&b->crl), &signer, issuer, iat,
		proof->stamped_at, &proof->signer_good_at) == -1)
		return -1;
	if (b->root_crl.n == 0)
		return 0;
	return check_status(buf_span(&b->root_crl), path_ca_cert(issuer), root,
	    iat, proof->stamped_at, &proof->issuer_good_at);
}

int
receipt_bundle_verify(const struct receipt_bundle *b, struct span root_der,
    struct receipt_proof *proof)
{
	struct path_ca *root = NULL, *issuer = NULL;
	int rc = -1;

	memset(proof, 0, sizeof(*proof));
	if (receipt_text_verify(&b->receipt, buf_span(&b->signer),
		buf_span(&b->issuer), root_der) == -1 ||
	    (b->item != NULL && check_path(b) == -1) ||
	    check_stamp(b, proof) == -1)
		return -1;
	if ((root = path_ca_new(root_der)) == NULL ||
	    (issuer = path_ca_new(buf_span(&b->issuer))) == NULL)
		goto out;
	rc = check_chain(b, root, issuer, proof);
out:
	path_ca_free(issuer);
	path_ca_free(root);
	return rc;
}
