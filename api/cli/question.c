/*
 * A question to the decision API, asked with a device that is played.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/cli/question.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/err.h"
#include "key/hash.h"
#include "key/uuid.h"
#include "policy/transcript.h"

static void
set(json_t *o, const char *name, json_t *value)
{
	if (value != NULL)
		(void)json_object_set_new(o, name, value);
}

static void
set_text(json_t *o, const char *name, const char *text)
{
	if (text != NULL)
		set(o, name, json_string(text));
}

static json_t *
chain_of(const struct player *p)
{
	json_t *list;
	size_t i;

	if (p == NULL)
		return NULL;
	list = json_array();
	for (i = 0; i < p->nchain; i++) {
		struct buf text = BUF_EMPTY;

		base64_encode(&text, buf_span(&p->chain[i]));
		(void)json_array_append_new(list, json_string(buf_str(&text)));
		buf_free(&text);
	}
	return list;
}

static json_t *
claims_of(const struct question *q)
{
	json_t *o;

	if (q->firmware == NULL && q->debug == NULL && q->tamper == NULL)
		return NULL;
	o = json_pack("{s:s, s:s}", "debug",
	    q->debug != NULL ? q->debug : "disabled", "tamper",
	    q->tamper != NULL ? q->tamper : "none");
	set_text(o, "firmware", q->firmware);
	return o;
}

static json_t *
device_of(const struct question *q)
{
	json_t *o;

	if (q->imei == NULL && q->tac == NULL)
		return NULL;
	o = json_object();
	set_text(o, "imei", q->imei);
	set_text(o, "tac", q->tac);
	return o;
}

static json_t *
migration_of(const struct question *q)
{
	json_t *o;

	if (q->current_operator == NULL && q->consent == NULL)
		return NULL;
	o = json_object();
	set_text(o, "current_operator", q->current_operator);
	set_text(o, "consent", q->consent);
	return o;
}

/* The octets that both keys sign (policy/transcript.md). */
static int
write_transcript(const struct question *q, const char *challenge,
    const char *signed_at, json_t *claims, json_t *device, struct buf *out)
{
	struct buf context = BUF_EMPTY, value = BUF_EMPTY;
	uint8_t context_sha256[32], tre[32], platform[32];
	struct transcript t = {
		.operator= q->operator,
		.purpose = q->purpose,
		.mode = q->mode,
	};
	int rc = -1;

	if (transcript_context(&context, claims, device, q->nonce, signed_at,
		q->validation) == -1 ||
	    base64_decode(&value, span_str(challenge)) == -1)
		goto out;
	hash_sha256(buf_span(&context), context_sha256);
	t.challenge = buf_span(&value);
	t.context_sha256 = span_of(context_sha256, 32);
	if (q->tre != NULL) {
		player_leaf_sha256(q->tre, tre);
		t.tre_sha256 = span_of(tre, 32);
	}
	player_leaf_sha256(q->terminal, platform);
	t.platform_sha256 = span_of(platform, 32);
	rc = transcript_write(out, &t);
out:
	buf_free(&context);
	buf_free(&value);
	return rc;
}

static int
set_signature(json_t *evidence, const char *name, const struct player *p,
    struct span octets)
{
	struct buf text = BUF_EMPTY;
	int rc;

	if (p == NULL)
		return 0;
	if ((rc = player_sign(p, octets, &text)) == 0)
		set_text(evidence, name, buf_str(&text));
	buf_free(&text);
	return rc;
}

static json_t *
build_evidence(const struct question *q, const char *challenge,
    const char *signed_at, json_t *device)
{
	json_t *evidence = json_object(), *claims = claims_of(q);
	struct buf octets = BUF_EMPTY;
	int rc = 0;

	set_text(evidence, "signed_at", signed_at);
	set_text(evidence, "validation", q->validation);
	set(evidence, "claims", json_incref(claims));
	if (q->terminal != NULL) {
		rc = write_transcript(
		    q, challenge, signed_at, claims, device, &octets);
		if (rc == 0)
			rc = set_signature(evidence, "tre_signature", q->tre,
			    buf_span(&octets));
		if (rc == 0)
			rc = set_signature(evidence, "platform_signature",
			    q->terminal, buf_span(&octets));
	}
	json_decref(claims);
	buf_free(&octets);
	if (rc == -1) {
		json_decref(evidence);
		return NULL;
	}
	return evidence;
}

json_t *
question_build(const struct question *q, const char *challenge,
    const char *request_id, const char *signed_at)
{
	json_t *o = json_object(), *device = device_of(q), *evidence;

	set_text(o, "request_id", request_id);
	set_text(o, "purpose", q->purpose);
	set_text(o, "mode", q->mode_unsaid ? NULL : q->mode);
	set_text(o, "challenge", challenge);
	set_text(o, "operator_nonce", q->nonce);
	if (q->max_status_age > 0)
		set(o, "max_status_age", json_integer(q->max_status_age));
	set(o, "tre_chain", chain_of(q->tre));
	set(o, "platform_chain", chain_of(q->terminal));
	set(o, "device", json_incref(device));
	set(o, "migration", migration_of(q));
	if (challenge != NULL) {
		evidence = build_evidence(q, challenge, signed_at, device);
		if (evidence == NULL) {
			json_decref(o);
			o = NULL;
		} else
			set(o, "evidence", evidence);
	}
	json_decref(device);
	return o;
}

/* POST without a statement: questions are no acts. */
static json_t *
post(struct cli *cli, const char *path, const char *body)
{
	struct client_call call = {
		.method = "POST",
		.path = path,
		.body = span_str(body),
		.unsigned_act = true,
	};
	struct client_reply reply;
	json_t *answer = NULL;

	if (client_do(cli, &call, &reply) == 0)
		answer = client_reply_json(cli, &reply);
	client_reply_free(&reply);
	return answer;
}

/* A fresh one, malloc'd. */
static char *
get_challenge(struct cli *cli)
{
	json_t *answer = post(cli, "/v1/challenges", "{}");
	const char *s = json_string_value(json_object_get(answer, "challenge"));
	char *challenge = NULL;

	if (s != NULL)
		challenge = xstrdup(s);
	else if (answer != NULL)
		err_set(ERR_INTERNAL, "the server's answer has no challenge");
	json_decref(answer);
	return challenge;
}

void
question_sent_free(struct question_sent *sent)
{
	free(sent->body);
	free(sent->challenge);
	*sent = (struct question_sent){ .body = NULL };
}

/* Signed, and written as it goes out. */
static int
write_question(
    struct cli *cli, const struct question *q, struct question_sent *sent)
{
	char id[UUID_TEXT], now[CLOCK_TEXT_MAX];
	json_t *body;

	if (q->challenge != NULL)
		sent->challenge = xstrdup(q->challenge);
	else if (strcmp(q->purpose, "precheck") != 0 &&
	    (sent->challenge = get_challenge(cli)) == NULL)
		return -1;
	uuid_make(id);
	(void)snprintf(sent->request_id, sizeof(sent->request_id), "%s",
	    q->request_id != NULL ? q->request_id : id);
	body = question_build(q, sent->challenge,
	    q->request_id != NULL ? q->request_id : id,
	    q->signed_at != NULL ? q->signed_at
				 : clock_write(clock_now(), now));
	if (body == NULL)
		return -1;
	sent->body = json_dumps(body, JSON_COMPACT);
	json_decref(body);
	return sent->body != NULL
	    ? 0
	    : err_set(ERR_INPUT, "what is to be sent is no UTF-8 text");
}

json_t *
question_ask(
    struct cli *cli, const struct question *q, struct question_sent *sent)
{
	json_t *answer;

	*sent = (struct question_sent){ .body = NULL };
	if (write_question(cli, q, sent) == -1 ||
	    (answer = post(cli, "/v1/decisions", sent->body)) == NULL)
		return NULL;
	set_text(answer, "challenge", sent->challenge);
	set_text(answer, "request_id", sent->request_id);
	return answer;
}
