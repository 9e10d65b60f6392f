/*
 * Status feeds: one by itself and one after another, each refusal with the
 * feed that earns it.
 */

#include "../../test.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "registry/feed.h"
#include "tests/unit/pki.h"

#define NOW (PKI_NOW + 60)
#define DAY 86400

static struct pki pki, stranger;
static struct key *signer, *person;
static struct buf signer_der, person_der, receipt_der, tre_der;

static void
certify(struct pki *p, enum profile_kind kind, const struct key *key,
    struct buf *der)
{
	struct template_spec s =
	    pki_spec(p, kind, kind == PROFILE_TRE ? &p->tre : &p->access);

	if (kind == PROFILE_ACCESS)
		s.unit = "reader";
	pki_build(p, &s, 70 + (uint64_t)kind, key_point(key), der);
}

static int
setup(void **state)
{
	(void)state;
	pki_start(&pki);
	pki_start(&stranger);
	signer = key_generate(KEY_P256);
	person = key_generate(KEY_P256);
	certify(&pki, PROFILE_FEED_SIGNER, signer, &signer_der);
	certify(&pki, PROFILE_ACCESS, person, &person_der);
	certify(&pki, PROFILE_RECEIPT_SIGNER, person, &receipt_der);
	certify(&pki, PROFILE_TRE, person, &tre_der);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	pki_stop(&pki);
	pki_stop(&stranger);
	key_free(signer);
	key_free(person);
	buf_free(&signer_der);
	buf_free(&person_der);
	buf_free(&receipt_der);
	buf_free(&tre_der);
	return 0;
}

/* ---- feeds, made as the authority does, and otherwise */

struct maker {
	const struct key *key;		/* NULL: the signer's */
	const struct buf *leaf, *above; /* NULL: the signer, the access CA */
	const char *typ;		/* NULL: as it should be */
	const char *more;		/* further members of the header */
};

static void
put_header(const struct maker *m, struct buf *out)
{
	const struct buf *leaf = m->leaf != NULL ? m->leaf : &signer_der;
	const struct buf *above = m->above != NULL ? m->above : &pki.access.der;

	buf_printf(out, "{\"alg\":\"ES256\",\"typ\":\"%s\",\"x5c\":[\"",
	    m->typ != NULL ? m->typ : FEED_TYPE);
	base64_encode(out, buf_span(leaf));
	buf_puts(out, "\",\"");
	base64_encode(out, buf_span(above));
	buf_printf(out, "\"]%s}", m->more != NULL ? m->more : "");
}

static void
sign(const struct maker *m, const char *payload, struct buf *jws)
{
	struct buf header = BUF_EMPTY;

	put_header(m, &header);
	buf_clear(jws);
	assert_int_equal(jws_sign(m->key != NULL ? m->key : signer,
			     buf_str(&header), span_str(payload), jws),
	    0);
	buf_free(&header);
}

/* A feed of that number with one of everything in it. */
static json_t *
content(int no, const char *previous)
{
	char issued[CLOCK_TEXT_MAX], next[CLOCK_TEXT_MAX];
	json_t *o = json_pack("{s:i, s:s, s:s, s:s?}", "no", no, "issued",
	    clock_write(NOW, issued), "nextUpdate",
	    clock_write(NOW + 7 * DAY, next), "previous", previous);
	json_t *lists = json_loads(
	    "{\"entries\": [{\"model\": \"m2\", \"oid\": \"2.999.3.2\","
	    "  \"current\": {\"state\": \"certified\"},"
	    "  \"timeOfLastStatusChange\": \"x\", \"statusReports\":"
	    "  [{\"status\": \"provisional\"}, {\"status\": \"certified\"}]}],"
	    "\"sites\": [{\"site\": \"fab\", \"scope\": \"a\","
	    "  \"statusReports\": [{\"status\": \"full\"}]},"
	    "  {\"site\": \"fab\", \"scope\": \"b\", \"statusReports\": []}],"
	    "\"suppliers\": [{\"organisation\": \"acme\","
	    "  \"statusReports\": [{\"status\": \"active\"}]}],"
	    "\"authorities\": [{\"id\": 3, \"certificateSha256\": \"ab\","
	    "  \"statusReports\": [{\"status\": \"active\"}]}],"
	    "\"measures\": [{\"measure\": \"MEA-2026-000001\","
	    "  \"kind\": \"hold\", \"statusReports\":"
	    "  [{\"status\": \"in_force\"}]}]}",
	    0, NULL);

	assert_non_null(lists);
	assert_int_equal(json_object_update(o, lists), 0);
	json_decref(lists);
	return o;
}

struct made {
	struct buf text;
	struct feed feed;
};

/* Sign and parse; the reference is taken. */
static void
make(struct made *m, json_t *o)
{
	char *payload = json_dumps(o, JSON_COMPACT);

	m->text = BUF_EMPTY;
	sign(&(struct maker){ 0 }, payload, &m->text);
	assert_int_equal(feed_parse(buf_span(&m->text), &m->feed), 0);
	free(payload);
	json_decref(o);
}

static void
drop(struct made *m)
{
	feed_free(&m->feed);
	buf_free(&m->text);
}

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

/* ---- by itself */

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
	if (feed_parse(buf_span(&jws), &f) == 0)
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

/* ---- one after another */

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
		cmocka_unit_test(a_good_feed_holds_and_tells_what_it_says),
		cmocka_unit_test(refuses_another_signer_than_one_for_feeds),
		cmocka_unit_test(refuses_what_another_key_signed),
		cmocka_unit_test(refuses_an_octet_that_was_altered_anywhere),
		cmocka_unit_test(judges_the_signer_as_of_the_issue),
		cmocka_unit_test(is_stale_from_the_second_of_its_next_update),
		cmocka_unit_test(refuses_what_is_no_feed),
		cmocka_unit_test(the_next_number_may_tell_more),
		cmocka_unit_test(finds_a_gap_and_a_number_that_does_not_follow),
		cmocka_unit_test(finds_a_step_back),
		cmocka_unit_test(finds_a_change_of_the_past_in_every_list),
		cmocka_unit_test(finds_a_subject_that_became_another),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
