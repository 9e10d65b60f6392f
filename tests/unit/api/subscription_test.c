/*
 * Bodies and queries of subscriptions and notices: what is refused before the
 * database is asked.  A request without a database stands for that.
 */

#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

#include "api/route.h"
#include "api/topic.h"
#include "base/err.h"
#include "registry/instance.h"

extern const struct route subscription_routes[];
extern const struct route notice_routes[];

static struct instance instance;

static void
refuses(const struct route *table, enum method method, const char *path,
    const char *query, const char *body, const char *code, const char *naming)
{
	struct request req = { .method = method,
		.path = path,
		.query = query,
		.body = span_str(body),
		.body_fd = -1,
		.params = { { "subscription", "SUB-2027-000001" } },
		.nparams = 1,
		.instance = &instance };
	struct reply reply = REPLY_EMPTY;

	while (table->method != method || strcmp(table->path, path) != 0) {
		assert_non_null(table->path);
		table++;
	}
	assert_int_equal(table->handler(&req, &reply), -1);
	assert_int_equal(err_kind(), ERR_INPUT);
	assert_string_equal(err_code(), code);
	if (strstr(err_text(), naming) == NULL)
		fail_msg("\"%s\" does not name %s", err_text(), naming);
	reply_free(&reply);
}

static void
refuses_body(const char *body, const char *code, const char *naming)
{
	refuses(subscription_routes, METHOD_POST, "/v1/subscriptions", "", body,
	    code, naming);
}

static void
a_subscription_is_read_strictly(void **state)
{
	(void)state;
	instance.webhook_private = true;
	refuses_body("{}", "FIELD_MISSING", "url");
	refuses_body("{\"url\":1}", "FIELD_TYPE", "url");
	refuses_body("{\"url\":\"http://a/\",\"secret\":\"x\"}",
	    "FIELD_UNKNOWN", "secret");
	refuses_body("{\"url\":\"http://a/\",\"topics\":\"measure\"}",
	    "FIELD_TYPE", "topics");
	refuses_body("{\"url\":\"http://a/\\n\"}", "FIELD_RULE", "url");
}

static void
sends_in_clear_only_where_that_is_set(void **state)
{
	(void)state;
	instance.webhook_private = false;
	refuses_body(
	    "{\"url\":\"http://acme.example/\"}", "WEBHOOK_HTTPS", "url");
	refuses_body(
	    "{\"url\":\"ftp://acme.example/\"}", "WEBHOOK_HTTPS", "url");
}

static void
sends_to_private_addresses_only_where_that_is_set(void **state)
{
	(void)state;
	instance.webhook_private = false;
	refuses_body(
	    "{\"url\":\"https://10.0.0.1/\"}", "WEBHOOK_ADDRESS", "url");
	refuses_body(
	    "{\"url\":\"https://[::1]:1/\"}", "WEBHOOK_ADDRESS", "url");
}

static void
other_acts_have_no_terms(void **state)
{
	static const char *const verbs[] = { "pause", "resume", "rotate",
		"test", "remove" };
	char path[80];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		(void)snprintf(path, sizeof(path),
		    "/v1/subscriptions/{subscription}/%s", verbs[i]);
		refuses(subscription_routes, METHOD_POST, path, "",
		    "{\"now\":true}", "FIELD_UNKNOWN", "now");
	}
}

static void
a_notices_number_is_a_number(void **state)
{
	static const char *const all[] = { "after=", "after=-1", "after=1x",
		"before=+1", "before=1.0", "after=1234567890123456789" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		refuses(notice_routes, METHOD_GET, "/v1/notices", all[i], "",
		    "NOTICE_NUMBER", i < 3 ? "after" : "");
}

/* The words of a table's first column, each followed by a dot. */
static size_t
each_documented(void (*each)(const char *topic))
{
	FILE *f = fopen("api/webhooks.md", "r");
	char line[2048], topic[64], *p;
	size_t n, count = 0;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (line[0] != '|')
			continue;
		line[1 + strcspn(line + 1, "|")] = '\0';
		for (p = line + 1; *p != '\0'; p += n + (p[n] != '\0')) {
			n = strspn(p, "abcdefghijklmnopqrstuvwxyz_");
			if (n == 0 || p[n] != '.')
				continue;
			(void)snprintf(topic, sizeof(topic), "%.*s", (int)n, p);
			each(topic);
			count++;
			p += n;
			n = strcspn(p, " |");
		}
	}
	(void)fclose(f);
	return count;
}

static void
is_known(const char *topic)
{
	if (topic_check(topic, "topics", "X") == -1)
		fail_msg("%s is documented, and refused", topic);
}

static void
every_topic_that_is_told_of_can_be_chosen(void **state)
{
	(void)state;
	assert_true(each_documented(is_known) > 40);
	is_known("measure.in_force");
}

static void
a_topic_that_never_comes_is_refused(void **state)
{
	(void)state;
	refuses_body("{\"url\":\"https://a.example/\",\"topics\":"
		     "[\"measure\",\"mesure.in_force\"]}",
	    "WEBHOOK_TOPIC", "mesure.in_force");
	refuses(notice_routes, METHOD_GET, "/v1/notices", "topic=measures", "",
	    "QUERY_VALUE", "topic");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_subscription_is_read_strictly),
		cmocka_unit_test(sends_in_clear_only_where_that_is_set),
		cmocka_unit_test(
		    sends_to_private_addresses_only_where_that_is_set),
		cmocka_unit_test(other_acts_have_no_terms),
		cmocka_unit_test(a_notices_number_is_a_number),
		cmocka_unit_test(every_topic_that_is_told_of_can_be_chosen),
		cmocka_unit_test(a_topic_that_never_comes_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
