/*
 * /v1/subscriptions: webhooks of the caller's organisation.  Their secrets are
 * made here and leave once, in the answer.
 */

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "api/address.h"
#include "api/array.h"
#include "api/forward.h"
#include "api/route.h"
#include "api/topic.h"
#include "base/enc.h"
#include "base/err.h"
#include "key/hash.h"
#include "registry/fields.h"
#include "registry/instance.h"

#define SECRET_SIZE 32
/* What libraries for Standard Webhooks take. */
#define SECRET_PREFIX "whsec_"

static int
list(struct request *req, struct reply *reply)
{
	return forward_list(req, reply, "subscription_list");
}

static int
get(struct request *req, struct reply *reply)
{
	return forward_named(req, reply, "subscription_get", "subscription");
}

/* The subscription as SQL tells it, and the secret. */
static int
reply_with(struct reply *reply, int status, const char *subscription,
    const uint8_t *secret)
{
	struct buf text = BUF_EMPTY;
	json_t *o = json_loads(subscription, 0, NULL);
	char *whole;

	buf_puts(&text, SECRET_PREFIX);
	base64_encode(&text, span_of(secret, SECRET_SIZE));
	json_object_set_new(o, "secret", json_string(buf_str(&text)));
	whole = json_dumps(o, JSON_COMPACT);
	reply_json(reply, status, whole);
	explicit_bzero(whole, strlen(whole));
	free(whole);
	json_decref(o);
	buf_wipe(&text);
	return 0;
}

/* Run the statement, whose last parameter is a new secret, and show that. */
static int
forward_secret(struct request *req, struct reply *reply, int status,
    const char *name, struct db_args *args)
{
	uint8_t secret[SECRET_SIZE];
	struct buf out = BUF_EMPTY;
	int rc;

	hash_random(secret, sizeof(secret));
	db_arg_bytes(args, span_of(secret, sizeof(secret)));
	if ((rc = db_call_json(req->db, name, args, &out)) == 0)
		rc = reply_with(reply, status, buf_str(&out), secret);
	buf_free(&out);
	explicit_bzero(secret, sizeof(secret));
	return rc;
}

/*
 * What this instance sends to at all.  A name may turn out to be a private
 * address, now or later: that is looked at when something is sent.
 */
static int
check_reach(const struct request *req, const char *url)
{
	if (req->instance->webhook_private)
		return 0;
	if (strncmp(url, "https://", 8) != 0)
		return err_set_code(ERR_INPUT, "WEBHOOK_HTTPS",
		    "url: must begin with https://; this instance sends "
		    "nothing in clear");
	if (!address_url_is_public(url))
		return err_set_code(ERR_INPUT, "WEBHOOK_ADDRESS",
		    "url: is a private address, and this instance sends to "
		    "addresses of the Internet only: give a public one");
	return 0;
}

static int
check_topics(const json_t *topics)
{
	const json_t *t;
	size_t i;

	json_array_foreach(topics, i, t)
	{
		if (topic_check(
			json_string_value(t), "topics", "WEBHOOK_TOPIC") == -1)
			return -1;
	}
	return 0;
}

static int
new_(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf text = BUF_EMPTY;
	const char *url;
	struct fields f;
	json_t *topics;
	int rc = -1;

	fields_open(&f, req->body);
	url = fields_text(&f, "url", 1, 500);
	topics = fields_texts_opt(&f, "topics", 20, 64);
	if (fields_end(&f) == 0 && check_reach(req, url) == 0 &&
	    check_topics(topics) == 0) {
		db_arg_text(&args, url);
		db_arg_text(
		    &args, topics != NULL ? array_text(topics, &text) : NULL);
		rc = forward_secret(
		    req, reply, 201, "subscription_new_do", &args);
	}
	fields_free(&f);
	buf_free(&text);
	return rc;
}

static int
rotate_(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;
	int rc = -1;

	fields_open(&f, req->body);
	if (fields_end(&f) == 0) {
		db_arg_text(&args, request_param(req, "subscription"));
		rc = forward_secret(
		    req, reply, 200, "subscription_rotate_do", &args);
	}
	fields_free(&f);
	return rc;
}

static int
pause_(struct request *req, struct reply *reply)
{
	return forward_act(
	    req, reply, 200, "subscription_pause_do", "subscription");
}

static int
resume_(struct request *req, struct reply *reply)
{
	return forward_act(
	    req, reply, 200, "subscription_resume_do", "subscription");
}

static int
remove_(struct request *req, struct reply *reply)
{
	return forward_act(
	    req, reply, 200, "subscription_remove_do", "subscription");
}

static int
test_(struct request *req, struct reply *reply)
{
	return forward_act(
	    req, reply, 200, "subscription_test_do", "subscription");
}

#define ONE  "/v1/subscriptions/{subscription}"
#define OWNS (ROLE_OFFICER | ROLE_SUPPLIER | ROLE_OPERATOR)

const struct route subscription_routes[] = {
	{ METHOD_GET, "/v1/subscriptions", ROLE_ANY, 0, 0, list,
	    "The caller's organisation's webhooks; the body sees all" },
	{ METHOD_POST, "/v1/subscriptions", OWNS, ROUTE_SIGNED, 0, new_,
	    "Have notices sent to a URL; the answer has the secret, once" },
	{ METHOD_GET, ONE, ROLE_ANY, 0, 0, get,
	    "A webhook: how far it is, what went wrong, when it is tried "
	    "next" },
	{ METHOD_POST, ONE "/pause", OWNS, ROUTE_SIGNED, 0, pause_,
	    "Send nothing for now" },
	{ METHOD_POST, ONE "/remove", OWNS, ROUTE_SIGNED, 0, remove_,
	    "Send nothing any more" },
	{ METHOD_POST, ONE "/resume", OWNS, ROUTE_SIGNED, 0, resume_,
	    "Go on where it was paused" },
	{ METHOD_POST, ONE "/rotate", OWNS, ROUTE_SIGNED, 0, rotate_,
	    "Make a new secret; the old one signs too for 24 hours" },
	{ METHOD_POST, ONE "/test", OWNS, ROUTE_SIGNED, 0, test_,
	    "Send a notice subscription.test" },
	ROUTE_END,
};
