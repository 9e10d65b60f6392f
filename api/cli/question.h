#ifndef API_CLI_QUESTION_H
#define API_CLI_QUESTION_H

#include <jansson.h>

#include "api/cli/player.h"

/*
 * One question to the decision API, with the device played: get a challenge,
 * sign the transcript with both keys, ask.  What is NULL is left out.
 */
struct question {
	const char *operator; /* handle of the organisation that asks */
	const char *purpose, *mode;
	bool mode_unsaid;	/* signed, but left out of the question */
	const char *request_id; /* NULL: a new one */
	const char *challenge;	/* base64; NULL: get one first */
	const char *nonce;
	const char *signed_at; /* NULL: now */
	const char *validation;
	const char *firmware, *debug, *tamper; /* claims */
	const char *imei, *tac;
	const char *current_operator, *consent; /* of a migration */
	long max_status_age;			/* 0: none */
	const struct player *tre, *terminal;	/* NULL: shows nothing */
};

/* What went out, as its receipt must have it. */
struct question_sent {
	char *body, *challenge; /* challenge: base64, or NULL */
	char request_id[64];
};

/*
 * The server's answer with "challenge" and "request_id" added, a new
 * reference; or NULL with err_set_code().  Free what was sent in either case.
 */
json_t *question_ask(
    struct cli *, const struct question *, struct question_sent *);
void question_sent_free(struct question_sent *);

/* The body alone, for a challenge at hand; NULL with err_set(). */
json_t *question_build(const struct question *, const char *challenge,
    const char *request_id, const char *signed_at);

#endif
