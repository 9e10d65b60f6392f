/*
 * Receipts as texts: read, and verified as of the moment that they speak of.
 */

#include <string.h>

#include "base/enc.h"
#include "base/err.h"
#include "key/key.h"
#include "policy/receipt.h"
#include "registry/receipt_inside.h"
#include "x509/path.h"

int
receipt_malformed(const char *why)
{
	return err_set_code(ERR_INPUT, "RECEIPT_MALFORMED",
	    "the receipt is malformed: %s", why);
}

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

int
receipt_parse_decision(struct receipt_text *r, const json_t *of)
{
	r->decision = json_object_get(of, "decision");
	r->verdict = text_of(r->decision, "verdict");
	r->purpose = text_of(r->decision, "purpose");
	r->mode = text_of(r->decision, "mode");
	if (!is_verdict(r->verdict) || r->purpose == NULL || r->mode == NULL)
		return receipt_malformed(
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
		(void)receipt_malformed(
		    "its batch must have size, root and purpose");
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
		return receipt_malformed("its payload is no JSON object");
	iat = json_object_get(r->claims, "iat");
	exp = json_object_get(r->claims, "exp");
	r->iat = json_integer_value(iat);
	r->exp = json_integer_value(exp);
	if (!json_is_integer(iat) || !json_is_integer(exp) || r->iat <= 0 ||
	    r->exp <= r->iat)
		return receipt_malformed(
		    "iat and exp must be times in this order");
	r->issuer = text_of(r->claims, "iss");
	r->audience = text_of(r->claims, "aud");
	r->id = text_of(r->claims, "jti");
	if (r->issuer == NULL || r->audience == NULL || r->id == NULL)
		return receipt_malformed("iss, aud and jti must be texts");
	r->standing = json_object_get(r->claims, "standing");
	if (r->standing != NULL)
		return json_is_object(r->standing)
		    ? 0
		    : receipt_malformed("its standing must be an object");
	if (json_object_get(r->claims, "batch") != NULL)
		return parse_batch(r);
	return receipt_parse_decision(r, r->claims);
}

int
receipt_text_parse(struct span text, struct receipt_text *r)
{
	const char *signer;

	memset(r, 0, sizeof(*r));
	if (jws_split(text, RECEIPT_MAX, &r->jws) == -1 ||
	    jws_check_header(&r->jws, RECEIPT_TYPE, "s:x5t#S256") == -1)
		return receipt_malformed(err_text());
	signer = text_of(r->jws.header, "x5t#S256");
	if (strlen(signer) >= sizeof(r->signer))
		return receipt_malformed("x5t#S256 is too long");
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
	return rc == -1 ? receipt_malformed(err_text()) : 0;
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
