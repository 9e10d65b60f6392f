/*
 * A status feed by itself: each refusal with the feed that earns it.
 */

#include "tests/unit/test.h"

#include "tests/unit/ca/registry/feed_maker.h"

/* Parse and verify what the maker made; "" when it holds, or the code. */
static const char *
judge(const struct maker *m, struct span root)
{
	static char said[48];
	json_t *o = content(1, NULL);
	char *payload = json_dumps(o, JSON_COMPACT);
	struct buf jws = BUF_EMPTY;
	struct feed f;

	sign(m, payload, &jws);
	said[0] = '\0';
	if (feed_parse(buf_span(&jws), &f) == -1 || feed_verify(&f, root) == -1)
		(void)snprintf(said, sizeof(said), "%s", err_code());
	feed_free(&f);
	buf_free(&jws);
	free(payload);
	json_decref(o);
	return said;
}

static void
a_good_feed_holds_and_tells_what_it_says(void **state)
{
	struct made m;

	(void)state;
	make(&m, content(1, NULL));
	assert_int_equal(m.feed.no, 1);
	assert_true(m.feed.issued == NOW);
	assert_true(m.feed.next_update == NOW + 7 * DAY);
	assert_null(m.feed.previous);
	assert_int_equal(strlen(m.feed.sha256), 64);
	assert_int_equal(feed_verify(&m.feed, buf_span(&pki.root.der)), 0);
	drop(&m);
}

static void
refuses_another_signer_than_one_for_feeds(void **state)
{
	struct span root = buf_span(&pki.root.der);
	struct buf ours = BUF_EMPTY;

	(void)state;
	assert_string_equal(judge(&(struct maker){ 0 }, root), "");
	assert_string_equal(
	    judge(&(struct maker){ .key = person, .leaf = &person_der }, root),
	    "FEED_SIGNER");
	assert_string_equal(
	    judge(&(struct maker){ .key = person, .leaf = &receipt_der }, root),
	    "FEED_SIGNER");
	assert_string_equal(judge(&(struct maker){ .key = person,
				      .leaf = &tre_der,
				      .above = &pki.tre.der },
				root),
	    "FEED_SIGNER");
	/* the same under another root */
	assert_string_equal(
	    judge(&(struct maker){ 0 }, buf_span(&stranger.root.der)),
	    "FEED_SIGNER");
	certify(&stranger, PROFILE_FEED_SIGNER, person, &ours);
	assert_string_equal(judge(&(struct maker){ .key = person,
				      .leaf = &ours,
				      .above = &stranger.access.der },
				root),
	    "FEED_SIGNER");
	/* a CA that did not issue it */
	assert_string_equal(
	    judge(&(struct maker){ .above = &pki.tre.der }, root),
	    "FEED_SIGNER");
	buf_free(&ours);
}

static void
refuses_what_another_key_signed(void **state)
{
	(void)state;
	assert_string_equal(
	    judge(&(struct maker){ .key = person }, buf_span(&pki.root.der)),
	    "FEED_SIGNATURE");
}

/* Whoever is on the way may put in what takes all memory to read. */
static void
reads_nothing_that_the_signature_is_not_on(void **state)
{
	const struct maker strangers[] = { { .key = person },
		{ .key = person, .leaf = &person_der } };
	struct buf jws = BUF_EMPTY;
	struct feed f;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		sign(&strangers[i], "{\"no\":", &jws);
		assert_int_equal(feed_parse(buf_span(&jws), &f), 0);
		assert_int_equal(feed_verify(&f, buf_span(&pki.root.der)), -1);
		assert_string_equal(
		    err_code(), i == 0 ? "FEED_SIGNATURE" : "FEED_SIGNER");
		assert_null(f.claims);
		feed_free(&f);
	}
	buf_free(&jws);
}

static void
refuses_an_octet_that_was_altered_anywhere(void **state)
{
	json_t *o = content(1, NULL);
	struct made m;
	struct feed f;
	size_t i;

	(void)state;
	make(&m, o);
	for (i = 0; i < m.text.n; i += 7) {
		m.text.p[i] ^= 1;
		if (feed_parse(buf_span(&m.text), &f) == 0)
			assert_int_equal(
			    feed_verify(&f, buf_span(&pki.root.der)), -1);
		feed_free(&f);
		m.text.p[i] ^= 1;
	}
	drop(&m);
}

static void
judges_the_signer_as_of_the_issue(void **state)
{
	static const int64_t bad[] = { PKI_NOW - 301, PKI_NOW + 30 * DAY };
	char issued[CLOCK_TEXT_MAX], next[CLOCK_TEXT_MAX];
	struct made m;
	json_t *o;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		o = content(1, NULL);
		json_object_set_new(
		    o, "issued", json_string(clock_write(bad[i], issued)));
		json_object_set_new(o, "nextUpdate",
		    json_string(clock_write(bad[i] + 1, next)));
		make(&m, o);
		assert_int_equal(
		    feed_verify(&m.feed, buf_span(&pki.root.der)), -1);
		assert_string_equal(err_code(), "FEED_SIGNER");
		drop(&m);
	}
}

static void
is_stale_from_the_second_of_its_next_update(void **state)
{
	struct made m;

	(void)state;
	make(&m, content(1, NULL));
	assert_int_equal(feed_fresh(&m.feed, NOW), 0);
	assert_int_equal(feed_fresh(&m.feed, NOW + 7 * DAY - 1), 0);
	assert_int_equal(feed_fresh(&m.feed, NOW + 7 * DAY), -1);
	assert_string_equal(err_code(), "FEED_STALE");
	assert_int_equal(feed_fresh(&m.feed, NOW + 9 * DAY + 3 * 3600), -1);
	assert_non_null(strstr(err_text(), "2 days and 3 hours ago"));
	assert_int_equal(feed_fresh(&m.feed, NOW - 300), 0);
	assert_int_equal(feed_fresh(&m.feed, NOW - 301), -1);
	assert_string_equal(err_code(), "FEED_NOT_YET");
	drop(&m);
}

static void
check_malformed(const struct maker *m, const char *payload)
{
	struct buf jws = BUF_EMPTY;
	struct feed f;

	sign(m, payload, &jws);
	if (feed_parse(buf_span(&jws), &f) == 0 &&
	    feed_verify(&f, buf_span(&pki.root.der)) == 0)
		fail_msg("it was taken: %s", payload);
	assert_string_equal(err_code(), "FEED_MALFORMED");
	assert_int_equal(err_kind(), ERR_INPUT);
	feed_free(&f);
	buf_free(&jws);
}

/* A good one with one member replaced, or removed (NULL). */
static void
check_member(const char *name, const char *json)
{
	json_t *o = content(1, NULL);
	char *payload;

	if (json == NULL)
		json_object_del(o, name);
	else
		json_object_set_new(
		    o, name, json_loads(json, JSON_DECODE_ANY, NULL));
	payload = json_dumps(o, JSON_COMPACT);
	check_malformed(&(struct maker){ 0 }, payload);
	free(payload);
	json_decref(o);
}

/* A second more than any is good for. */
static const char *
too_late(void)
{
	static char text[CLOCK_TEXT_MAX + 2];
	char next[CLOCK_TEXT_MAX];

	(void)snprintf(text, sizeof(text), "\"%s\"",
	    clock_write(NOW + FEED_LASTS + 1, next));
	return text;
}

static void
refuses_what_is_no_feed(void **state)
{
	static const char *const members[] = { "no", "issued", "nextUpdate",
		"entries", "sites", "suppliers", "authorities", "measures" };
	const struct maker good = { 0 };
	json_t *o = content(1, NULL);
	char *payload = json_dumps(o, JSON_COMPACT);
	struct feed f;

	(void)state;
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		check_member(members[i], NULL);
		check_member(members[i], "true");
	}
	check_member("no", "0");
	check_member("no", "2"); /* without a previous one */
	check_member("previous", "\"ab\"");
	check_member("nextUpdate", "\"2020-01-01T00:00:00Z\"");
	check_member("nextUpdate", too_late());
	check_member("entries", "[{}]");
	check_member("entries", "[1]");
	check_malformed(&good, "[]");
	check_malformed(&good, "{");
	check_malformed(&good, "{\"no\":1,\"no\":1}");
	check_malformed(&(struct maker){ .typ = "eat+jwt" }, payload);
	check_malformed(&(struct maker){ .more = ",\"kid\":\"1\"" }, payload);
	check_malformed(
	    &(struct maker){ .more = ",\"alg\":\"none\"" }, payload);
	assert_int_equal(feed_parse(span_str("a.b"), &f), -1);
	assert_string_equal(err_code(), "FEED_MALFORMED");
	feed_free(&f);
	free(payload);
	json_decref(o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_feed_holds_and_tells_what_it_says),
		cmocka_unit_test(refuses_another_signer_than_one_for_feeds),
		cmocka_unit_test(refuses_what_another_key_signed),
		cmocka_unit_test(reads_nothing_that_the_signature_is_not_on),
		cmocka_unit_test(refuses_an_octet_that_was_altered_anywhere),
		cmocka_unit_test(judges_the_signer_as_of_the_issue),
		cmocka_unit_test(is_stale_from_the_second_of_its_next_update),
		cmocka_unit_test(refuses_what_is_no_feed),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
