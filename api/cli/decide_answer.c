/*
 * The answer to a batch, proven before it counts.
 */

#include <stdlib.h>
#include <string.h>

#include "api/cli/client.h"
#include "api/cli/decide_answer.h"
#include "api/cli/offline.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/err.h"

#define SKEW 60 /* seconds that two clocks may be apart */

static int
other(const char *what)
{
	return err_set_code(ERR_DENIED, "RECEIPT_OTHER",
	    "the answer is to another question: %s", what);
}

static bool
is_text(const json_t *v, const char *text)
{
	const char *s = json_string_value(v);

	return s != NULL && strcmp(s, text) == 0;
}

static bool
is_hash(const json_t *v, struct span sha256)
{
	struct buf hex = BUF_EMPTY;
	bool same;

	hex_encode(&hex, sha256);
	same = is_text(v, buf_str(&hex));
	buf_free(&hex);
	return same;
}

/* ---- the whole */

/*
 * Signer, issuer and CRLs, of the receipt that came with the answer: as they
 * are handed out with any of its decisions.
 */
static int
get_bundle(struct decide_answer *a, const char *id)
{
	struct client_patience patience = { .tries = 0 };
	json_t *o;
	char *json;
	int rc;

	while ((o = cli_get(a->cli, "/v1/decisions/%s/bundle",
		    cli_escape(id))) == NULL &&
	    client_wait(a->cli, &patience))
		;
	if (o == NULL)
		return -1;
	(void)json_object_set(o, "receipt", a->receipt);
	(void)json_object_del(o, "item");
	(void)json_object_del(o, "path");
	(void)json_object_del(o, "timestamp");
	json = json_dumps(o, JSON_COMPACT);
	rc = receipt_bundle_parse(span_str(json), &a->bundle);
	json_decref(o);
	free(json);
	return rc;
}

static int
verify(const void *what, struct span root)
{
	struct receipt_proof proof;

	return receipt_bundle_verify(what, root, &proof);
}

static int
check_signature(struct cli *cli, const struct receipt_bundle *b)
{
	struct roots roots;
	int rc = offline_roots(cli, &roots);

	if (rc == 0)
		rc = offline_under(&roots, "RECEIPT_SIGNER", verify, b) != NULL
		    ? 0
		    : -1;
	roots_free(&roots);
	return rc;
}

static int
check_question(
    const struct receipt_text *r, const struct decide_answer_asked *asked)
{
	int64_t now = clock_now();

	if (r->batch == NULL || strcmp(r->id, asked->batch) != 0)
		return other("it is of another batch");
	if (strcmp(r->audience, asked->operator) != 0)
		return other("it is for another operator");
	if (strcmp(r->purpose, asked->purpose) != 0 ||
	    r->size != (int64_t)asked->n ||
	    !is_hash(json_object_get(r->batch, "request_sha256"),
		asked->body_sha256))
		return other("its purpose, its size or what was asked");
	if (r->iat > now + SKEW || r->exp <= now)
		return err_set_code(ERR_DENIED, "RECEIPT_TIME",
		    "the answer is not of now: is a clock wrong?");
	return 0;
}

/* With the first decision of it: there is no answer without one. */
static int
prove(struct decide_answer *a, const char *id)
{
	if (get_bundle(a, id) == -1 ||
	    check_signature(a->cli, &a->bundle) == -1)
		return -1;
	a->proven = true;
	return check_question(&a->bundle.receipt, &a->asked);
}

int
decide_answer_open(struct cli *cli, const json_t *line,
    const struct decide_answer_asked *asked, struct decide_answer *a)
{
	memset(a, 0, sizeof(*a));
	a->cli = cli;
	a->asked = *asked;
	a->receipt = json_incref(json_object_get(line, "receipt"));
	return json_is_string(a->receipt)
	    ? 0
	    : err_set_code(
		  ERR_DENIED, "RECEIPT_MALFORMED", "the answer has no receipt");
}

void
decide_answer_close(struct decide_answer *a)
{
	receipt_bundle_free(&a->bundle);
	json_decref(a->receipt);
	memset(a, 0, sizeof(*a));
}

/* ---- one device */

static int
check_path(const struct decide_answer *a, const json_t *line, size_t index)
{
	struct buf path = BUF_EMPTY;
	int rc = receipt_path_parse(json_object_get(line, "path"), &path);

	if (rc == 0)
		rc = receipt_item_verify(&a->bundle.receipt,
		    json_object_get(line, "item"), (int64_t)index,
		    buf_span(&path));
	buf_free(&path);
	return rc;
}

int
decide_answer_item(
    struct decide_answer *a, const json_t *line, struct decide_answer_item *out)
{
	const json_t *item = json_object_get(line, "item");
	const json_t *at = json_object_get(item, "index");

	out->index = (size_t)json_integer_value(at);
	out->decision = json_object_get(item, "decision");
	out->verdict =
	    json_string_value(json_object_get(out->decision, "verdict"));
	out->id = json_string_value(json_object_get(item, "jti"));
	if (!json_is_integer(at) || json_integer_value(at) < 0 ||
	    out->index >= a->asked.n || out->verdict == NULL || out->id == NULL)
		return other("an item is about no device of it");
	if ((!a->proven && prove(a, out->id) == -1) ||
	    check_path(a, line, out->index) == -1)
		return -1;
	if (!is_text(json_object_get(item, "batch"), a->asked.batch) ||
	    !is_hash(json_object_get(out->decision, "request_sha256"),
		span_of(a->asked.items_sha256[out->index], HASH_SIZE)))
		return other("what was asked about a device");
	return 0;
}
