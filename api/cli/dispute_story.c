/*
 * A dispute about custody: what both sides said, and the two who judged it.
 */

#include <stdio.h>
#include <string.h>

#include "api/cli/custody_story.h"
#include "base/enc.h"
#include "base/err.h"
#include "key/hash.h"

/* ---- two of the body */

/* The SHA-256 of what was proposed, as the approval names it. */
static void
hash_body(const json_t *statement, struct buf *hex)
{
	struct buf body = BUF_EMPTY;
	uint8_t sha256[HASH_SIZE];

	(void)base64_decode(&body, span_str(cli_text(statement, "body")));
	hash_sha256(buf_span(&body), sha256);
	hex_encode(hex, span_of(sha256, sizeof(sha256)));
	buf_free(&body);
}

static bool
approves(const json_t *judged, const json_t *said, const char *subject)
{
	struct buf hex = BUF_EMPTY;
	bool is;

	hash_body(json_object_get(judged, "proposed"), &hex);
	is = strcmp(cli_text(said, "verdict"), "approve") == 0 &&
	    strcmp(cli_text(said, "subject"), subject) == 0 &&
	    strcmp(cli_text(said, "act"), cli_text(judged, "act")) == 0 &&
	    strcmp(cli_text(said, "terms_sha256"), buf_str(&hex)) == 0;
	buf_free(&hex);
	return is;
}

static int
check_approval(struct story *s, const json_t *judged, const char *subject,
    const char *proposer)
{
	json_t *said = NULL;
	const char *by;
	char url[64];
	int rc;

	(void)snprintf(url, sizeof(url), "/v1/proposals/%lld/approve",
	    (long long)json_integer_value(json_object_get(judged, "proposal")));
	rc = witness_statement(s->witness, json_object_get(judged, "approved"),
	    url, NULL, "decider", &said, &by);
	if (rc == 0 &&
	    (!approves(judged, said, subject) || strcmp(by, proposer) == 0))
		rc = err_set_code(ERR_DENIED, "NOT_SIGNED_BY_TWO",
		    "%s has not approved what %s proposed on %s", by, proposer,
		    subject);
	json_decref(said);
	return rc;
}

int
story_of_two(struct story *s, const json_t *judged, const char *subject,
    const char *url, const char *proposer, json_t **said)
{
	const char *by;

	*said = NULL;
	if (witness_statement(s->witness, json_object_get(judged, "proposed"),
		url, NULL, proposer, said, &by) == -1)
		return -1;
	return check_approval(s, judged, subject, by);
}

int
dispute_judged(struct story *s, const json_t *x, json_t **said)
{
	const json_t *judged = json_object_get(x, "judged");
	const char *number = cli_text(x, "dispute");
	const char *custodian = cli_text(x, "custodian");
	bool own = strcmp(cli_text(judged, "act"), "dispute_decide") == 0;
	char url[128];

	if (own)
		(void)snprintf(
		    url, sizeof(url), "/v1/disputes/%s/decide", number);
	else
		(void)snprintf(url, sizeof(url),
		    "/v1/organisations/%s/release-custody", custodian);
	if (story_of_two(s, judged, own ? number : custodian, url,
		own ? "decider" : "officer", said) == -1)
		return -1;
	if (strcmp(cli_text(*said, "reason"), cli_text(x, "reason")) != 0 ||
	    strcmp(own ? cli_text(*said, "verdict") : "released",
		cli_text(x, "state")) != 0)
		return err_set_code(ERR_DENIED, "STATEMENT_DIFFERS",
		    "the record has another verdict on %s than was signed",
		    number);
	return 0;
}

/* ---- both sides */

static int
check_side(struct story *s, const json_t *x, const char *what,
    const char *organisation, json_t *terms)
{
	char url[128];

	(void)snprintf(url, sizeof(url), "/v1/disputes/%s/%s",
	    cli_text(x, "dispute"), what);
	return story_word(s,
	    json_object_get(
		x, strcmp(what, "answer") == 0 ? "answered" : "withdrawn"),
	    url, organisation, terms);
}

int
dispute_story(struct story *s, const json_t *x)
{
	const char *state = cli_text(x, "state");
	const char *opener = cli_text(x, "operator");
	json_t *said = NULL;
	int rc;

	rc = story_word(s, json_object_get(x, "opened"), "/v1/disputes", opener,
	    json_pack("{s:O*, s:O*}", "decision",
		json_object_get(x, "decision"), "ground",
		json_object_get(x, "ground")));
	if (rc == 0 &&
	    (*cli_text(x, "answer") != '\0' ||
		json_is_object(json_object_get(x, "answered"))))
		rc = check_side(s, x, "answer", cli_text(x, "custodian"),
		    json_pack(
			"{s:O*}", "answer", json_object_get(x, "answer")));
	if (rc == -1 || strcmp(state, "open") == 0)
		return rc;
	if (strcmp(state, "withdrawn") == 0)
		return check_side(s, x, "withdraw", opener, json_object());
	rc = dispute_judged(s, x, &said);
	json_decref(said);
	return rc;
}
