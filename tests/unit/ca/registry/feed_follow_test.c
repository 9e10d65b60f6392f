/*
 * Status feeds one after another: what a later one may not say.
 */

#include "tests/unit/test.h"

#include "tests/unit/ca/registry/feed_maker.h"

/* Number 1 as it is; number 2 as the test would have it. */
static const char *
follow(json_t *two, bool keeps_only)
{
	struct made older, newer;
	static char said[48];
	int rc;

	make(&older, content(1, NULL));
	if (json_object_get(two, "previous") == NULL ||
	    json_is_null(json_object_get(two, "previous")))
		json_object_set_new(
		    two, "previous", json_string(older.feed.sha256));
	make(&newer, two);
	rc = keeps_only ? feed_keeps(&older.feed, &newer.feed)
			: feed_follows(&older.feed, &newer.feed);
	(void)snprintf(said, sizeof(said), "%s", rc == 0 ? "" : err_code());
	drop(&older);
	drop(&newer);
	return said;
}

static json_t *
subject(json_t *o, const char *list, size_t i)
{
	return json_array_get(json_object_get(o, list), i);
}

static json_t *
reports(json_t *o, const char *list, size_t i)
{
	return json_object_get(subject(o, list, i), "statusReports");
}

static void
the_next_number_may_tell_more(void **state)
{
	json_t *o = content(2, NULL), *more;

	(void)state;
	assert_string_equal(follow(content(2, NULL), false), "");
	/* reports behind, a subject more, another current state, a member */
	json_array_append_new(
	    reports(o, "entries", 0), json_pack("{s:s}", "status", "expired"));
	json_object_set_new(subject(o, "entries", 0), "current",
	    json_pack("{s:s}", "state", "expired"));
	json_object_set_new(subject(o, "entries", 0), "timeOfLastStatusChange",
	    json_string("y"));
	json_object_set_new(
	    subject(o, "entries", 0), "name", json_string("new member"));
	more = json_pack("{s:s, s:[]}", "model", "m3", "statusReports");
	json_array_insert_new(json_object_get(o, "entries"), 0, more);
	assert_string_equal(follow(o, false), "");
}

static void
finds_a_gap_and_a_number_that_does_not_follow(void **state)
{
	static const char other[] =
	    "0000000000000000000000000000000000000000000000000000000000000000";

	(void)state;
	assert_string_equal(follow(content(3, NULL), false), "FEED_GAP");
	assert_string_equal(follow(content(9, NULL), false), "FEED_GAP");
	assert_string_equal(follow(content(2, other), false), "FEED_CHAIN");
	/* what an old copy is compared with may be any later number */
	assert_string_equal(follow(content(9, NULL), true), "");
}

static void
finds_a_step_back(void **state)
{
	struct made one, two;

	(void)state;
	make(&one, content(1, NULL));
	make(&two, content(2, one.feed.sha256));
	assert_int_equal(feed_follows(&two.feed, &one.feed), -1);
	assert_string_equal(err_code(), "FEED_CHAIN");
	assert_int_equal(feed_follows(&one.feed, &one.feed), -1);
	assert_string_equal(err_code(), "FEED_CHAIN");
	drop(&one);
	drop(&two);
}

static void
finds_a_change_of_the_past_in_every_list(void **state)
{
	static const char *const lists[] = { "entries", "sites", "suppliers",
		"authorities", "measures" };
	json_t *o;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		/* the subject is gone */
		o = content(2, NULL);
		json_array_remove(json_object_get(o, lists[i]), 0);
		assert_string_equal(follow(o, false), "FEED_PAST_CHANGED");
		/* a report is gone */
		o = content(2, NULL);
		json_array_remove(reports(o, lists[i], 0), 0);
		assert_string_equal(follow(o, true), "FEED_PAST_CHANGED");
		/* a report is another */
		o = content(2, NULL);
		json_object_set_new(json_array_get(reports(o, lists[i], 0), 0),
		    "status", json_string("x"));
		assert_string_equal(follow(o, false), "FEED_PAST_CHANGED");
		/* a report has become more */
		o = content(2, NULL);
		json_object_set_new(json_array_get(reports(o, lists[i], 0), 0),
		    "recorded", json_string("x"));
		assert_string_equal(follow(o, false), "FEED_PAST_CHANGED");
		/* one stands before it */
		o = content(2, NULL);
		json_array_insert_new(
		    reports(o, lists[i], 0), 0, json_pack("{s:s}", "a", "b"));
		assert_string_equal(follow(o, false), "FEED_PAST_CHANGED");
		/* the same subject is listed twice */
		o = content(2, NULL);
		json_array_append(
		    json_object_get(o, lists[i]), subject(o, lists[i], 0));
		assert_string_equal(follow(o, false), "FEED_MALFORMED");
	}
}

static void
finds_a_subject_that_became_another(void **state)
{
	static const struct {
		const char *list, *member;
	} fixed[] = { { "entries", "oid" },
		{ "authorities", "certificateSha256" },
		{ "measures", "kind" } };
	json_t *o;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		o = content(2, NULL);
		json_object_set_new(subject(o, fixed[i].list, 0),
		    fixed[i].member, json_string("other"));
		assert_string_equal(follow(o, false), "FEED_PAST_CHANGED");
		o = content(2, NULL);
		json_object_del(subject(o, fixed[i].list, 0), fixed[i].member);
		assert_string_equal(follow(o, false), "FEED_PAST_CHANGED");
	}
	/* the scope is half of a site's name */
	o = content(2, NULL);
	json_object_set_new(subject(o, "sites", 1), "scope", json_string("c"));
	assert_string_equal(follow(o, false), "FEED_PAST_CHANGED");
	/* two reports that changed places */
	o = content(2, NULL);
	json_array_append(reports(o, "entries", 0),
	    json_array_get(reports(o, "entries", 0), 0));
	json_array_remove(reports(o, "entries", 0), 0);
	assert_string_equal(follow(o, false), "FEED_PAST_CHANGED");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_next_number_may_tell_more),
		cmocka_unit_test(finds_a_gap_and_a_number_that_does_not_follow),
		cmocka_unit_test(finds_a_step_back),
		cmocka_unit_test(finds_a_change_of_the_past_in_every_list),
		cmocka_unit_test(finds_a_subject_that_became_another),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
