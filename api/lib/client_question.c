/*
 * The question as JSON, and what both keys of the device sign for it.
 */

#include <stdlib.h>
#include <string.h>

#include "api/lib/client_inside.h"
#include "base/enc.h"
#include "base/err.h"
#include "key/hash.h"
#include "policy/transcript.h"

static int
bad(const char *what)
{
	return err_set_code(ERR_INPUT, "CLIENT_QUESTION", "%s", what);
}

static void
set_text(json_t *o, const char *name, const char *text)
{
	if (text != NULL)
		(void)json_object_set_new(o, name, json_string(text));
}

static json_t *
base64_of(const struct assay_client_der *d)
{
	struct buf text = BUF_EMPTY;
	json_t *v;

	base64_encode(&text, span_of(d->octets, d->n));
	v = json_string(buf_str(&text));
	buf_free(&text);
	return v;
}

static void
set_octets(json_t *o, const char *name, const struct assay_client_der *d)
{
	if (d->octets != NULL)
		(void)json_object_set_new(o, name, base64_of(d));
}

static void
set_chain(json_t *o, const char *name, const struct assay_client_der chain[2])
{
	json_t *list = json_array();
	int i;

	for (i = 0; i < 2 && chain[i].octets != NULL; i++)
		(void)json_array_append_new(list, base64_of(&chain[i]));
	if (json_array_size(list) > 0)
		(void)json_object_set(o, name, list);
	json_decref(list);
}

/* An object, or NULL where there is no text; -1 when it is none. */
static int
parse_object(const char *text, const char *what, json_t **object)
{
	*object = NULL;
	if (text == NULL)
		return 0;
	*object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(*object))
		return 0;
	json_decref(*object);
	*object = NULL;
	return bad(what);
}

/* What the caller says itself is not said again by further members. */
static int
add_more(json_t *o, const char *text, const char *what)
{
	json_t *more;

	if (parse_object(text, what, &more) == -1)
		return -1;
	if (more != NULL)
		(void)json_object_update_missing(o, more);
	json_decref(more);
	return 0;
}

static json_t *
device_of(const struct assay_client_question *q)
{
	json_t *o;

	if (q->imei == NULL && q->tac == NULL)
		return NULL;
	o = json_object();
	set_text(o, "imei", q->imei);
	set_text(o, "tac", q->tac);
	return o;
}

static int
set_evidence(json_t *body, const struct assay_client_question *q)
{
	json_t *o, *claims;
	int rc;

	if (q->signed_at == NULL)
		return 0;
	if (parse_object(q->claims, "claims must be a JSON object", &claims) ==
	    -1)
		return -1;
	o = json_object();
	set_octets(o, "tre_signature", &q->tre_signature);
	set_octets(o, "platform_signature", &q->terminal_signature);
	set_text(o, "signed_at", q->signed_at);
	set_text(o, "validation", q->validation);
	if (claims != NULL)
		(void)json_object_set_new(o, "claims", claims);
	rc = add_more(
	    o, q->more_evidence, "more_evidence must be a JSON object");
	(void)json_object_set_new(body, "evidence", o);
	return rc;
}

/* What the request is but for evidence. */
static json_t *
body_of(const struct asked *asked, const struct assay_client_question *q)
{
	json_t *o = json_object();
	struct assay_client_der challenge = { asked->challenge.p,
		asked->challenge.n };

	set_text(o, "request_id", asked->from.request_id);
	set_text(o, "purpose", q->purpose);
	set_text(o, "mode", q->mode);
	set_text(o, "operator_nonce", asked->from.nonce);
	if (challenge.n > 0)
		set_octets(o, "challenge", &challenge);
	if (q->max_status_age > 0)
		(void)json_object_set_new(
		    o, "max_status_age", json_integer(q->max_status_age));
	set_chain(o, "tre_chain", q->tre);
	set_chain(o, "platform_chain", q->terminal);
	if (q->imei != NULL || q->tac != NULL)
		(void)json_object_set_new(o, "device", device_of(q));
	return o;
}

int
client_question_write(
    const struct assay_client_question *q, struct asked *asked)
{
	json_t *o;
	int rc = -1;

	*asked = (struct asked){ .q = q };
	if (q->purpose == NULL || q->mode == NULL)
		return bad("purpose and mode must be said");
	if (q->challenge != NULL) {
		asked->from = *q->challenge;
		asked->challenge =
		    span_of(asked->from.octets, sizeof(asked->from.octets));
	} else if (strcmp(q->purpose, "precheck") == 0)
		client_challenge_begin(&asked->from);
	else
		return bad("there must be a challenge, but for a precheck");
	o = body_of(asked, q);
	if (set_evidence(o, q) == 0 &&
	    add_more(o, q->more, "more must be a JSON object") == 0) {
		asked->body = json_dumps(o, JSON_COMPACT);
		rc = asked->body != NULL ? 0 : bad("a text is no UTF-8");
	}
	json_decref(o);
	return rc;
}

void
client_asked_free(struct asked *asked)
{
	free(asked->body);
	asked->body = NULL;
}

/* ---- the transcript */

static struct span
hash_leaf(const struct assay_client_der *leaf, uint8_t digest[32])
{
	if (leaf->octets == NULL)
		return span_of(NULL, 0);
	hash_sha256(span_of(leaf->octets, leaf->n), digest);
	return span_of(digest, 32);
}

static int
context_of(const struct assay_client_question *q, uint8_t digest[32])
{
	struct buf context = BUF_EMPTY;
	json_t *claims, *device;
	int rc;

	if (parse_object(q->claims, "claims must be a JSON object", &claims) ==
	    -1)
		return -1;
	device = device_of(q);
	rc = transcript_context(&context, claims, device, q->challenge->nonce,
	    q->signed_at, q->validation);
	hash_sha256(buf_span(&context), digest);
	json_decref(claims);
	json_decref(device);
	buf_free(&context);
	return rc == 0 ? 0 : bad("claims must be JSON with whole numbers");
}

int
assay_client_transcript(const struct assay_client *c,
    const struct assay_client_question *q, unsigned char *out, size_t size)
{
	uint8_t tre[32], terminal[32], context[32];
	struct transcript t = { .operator= c->operator_handle,
		.purpose = q->purpose,
		.mode = q->mode,
		.tre_sha256 = hash_leaf(&q->tre[0], tre),
		.platform_sha256 = hash_leaf(&q->terminal[0], terminal),
		.context_sha256 = span_of(context, 32) };
	struct buf octets = BUF_EMPTY;
	int n = -1;

	if (q->challenge == NULL || q->purpose == NULL || q->mode == NULL)
		return bad("challenge, purpose and mode must be said");
	t.challenge =
	    span_of(q->challenge->octets, sizeof(q->challenge->octets));
	if (context_of(q, context) == 0) {
		if (transcript_write(&octets, &t) == -1)
			bad("a part of the transcript is missing or too long");
		else if (octets.n > size)
			bad("there is not room enough for the transcript");
		else {
			memcpy(out, octets.p, octets.n);
			n = (int)octets.n;
		}
	}
	buf_free(&octets);
	return client_told(n);
}
