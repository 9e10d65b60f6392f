/*
 * Kits one after another: what they say of each certificate, and each refusal
 * with the kit that earns it.
 */

#include "tests/unit/test.h"

#include "tests/unit/ca/kit/first_kit.h"

/* Delta number, behind that one. */
static void
next(struct made_kit *k, int64_t number, const struct made_kit *before)
{
	uint8_t link[32];

	maker_hash(before, link);
	maker_begin(&maker, k, KIT_DELTA, number, link);
}

struct story {
	struct made_kit delta, full, second, third;
	struct kit_chain chain;
};

static void
begin_story(struct story *s)
{
	memset(s, 0, sizeof(*s));
	first(&s->delta, &s->full);
	next(&s->second, 2, &s->delta);
	maker_list(&maker, &s->second, 0, 12, KIT_REVOKED);
	maker_list(&maker, &s->second, 0, 50, KIT_GOOD); /* released */
	maker_list(&maker, &s->second, 0, 70, KIT_HELD);
	maker_end(&maker, &s->second);
	next(&s->third, 3, &s->second);
	maker_list(&maker, &s->third, 0, 70, KIT_REVOKED);
	maker_end(&maker, &s->third);
	assert_int_equal(maker_add(&s->chain, &s->full), 0);
}

static void
end_story(struct story *s)
{
	kit_chain_free(&s->chain);
	maker_free(&s->delta);
	maker_free(&s->full);
	maker_free(&s->second);
	maker_free(&s->third);
}

/* Of a TrE with that index, issued then; -1: the kit cannot tell. */
static int
class_at(const struct story *s, uint64_t index, int64_t not_before)
{
	uint8_t serial[SERIAL_SIZE];
	enum kit_class class;

	serial_make(maker.pki.serials, maker.pki.tre.id, index, serial);
	if (!kit_chain_class(&s->chain,
		path_ca_cert(maker.pki.tre.ca)->subject_key_id,
		span_of(serial, sizeof(serial)), not_before, &class))
		return -1;
	return (int)class;
}

#define OLD (PKI_NOW - 86400)

static void
says_the_class_of_each(void **state)
{
	struct story s;
	uint64_t i;

	(void)state;
	begin_story(&s);
	for (i = 0; i < MAKER_DEVICES; i++)
		assert_int_equal(class_at(&s, i, OLD),
		    i >= 10 && i < 20 ? KIT_REVOKED
			: i == 50     ? KIT_HELD
			: i == 60     ? KIT_NEVER
				      : KIT_GOOD);
	end_story(&s);
}

static void
changes_with_each_delta(void **state)
{
	struct story s;

	(void)state;
	begin_story(&s);
	assert_int_equal(maker_add(&s.chain, &s.second), 0);
	assert_int_equal(class_at(&s, 50, OLD), KIT_GOOD);
	assert_int_equal(class_at(&s, 70, OLD), KIT_HELD);
	assert_int_equal(class_at(&s, 12, OLD), KIT_REVOKED);
	assert_int_equal(class_at(&s, 13, OLD), KIT_REVOKED);
	assert_int_equal(maker_add(&s.chain, &s.third), 0);
	assert_int_equal(class_at(&s, 50, OLD), KIT_GOOD);
	assert_int_equal(class_at(&s, 70, OLD), KIT_REVOKED);
	end_story(&s);
}

static void
cannot_tell_what_was_issued_after_it(void **state)
{
	struct story s;
	int64_t covered;

	(void)state;
	begin_story(&s);
	covered = s.full.kit.covered;
	assert_int_equal(class_at(&s, 5000, covered - 1), KIT_GOOD);
	assert_int_equal(class_at(&s, 5000, covered), -1);
	assert_int_equal(maker_add(&s.chain, &s.second), 0);
	assert_int_equal(class_at(&s, 5000, covered), KIT_GOOD);
	covered = s.second.kit.covered;
	assert_int_equal(class_at(&s, 5000, covered), -1);
	end_story(&s);
}

/* The filter was never built for it: it must not be asked. */
static void
knows_newer_ones_by_the_lists_alone(void **state)
{
	struct story s;
	int64_t then;
	uint64_t i;

	(void)state;
	begin_story(&s);
	then = s.full.kit.covered;
	assert_int_equal(maker_add(&s.chain, &s.second), 0);
	for (i = 10000; i < 13000; i++)
		assert_int_equal(class_at(&s, i, then), KIT_GOOD);
	/* this one would be revoked by the filter */
	assert_int_equal(class_at(&s, 13, then), KIT_GOOD);
	assert_int_equal(class_at(&s, 12, then), KIT_REVOKED);
	end_story(&s);
}

static void
cannot_tell_of_an_unknown_issuer(void **state)
{
	struct story s;
	uint8_t serial[SERIAL_SIZE] = { 1, 1 };
	enum kit_class class;

	(void)state;
	begin_story(&s);
	assert_false(kit_chain_class(&s.chain, span_of(zeroes, 20),
	    span_of(serial, sizeof(serial)), OLD, &class));
	assert_false(kit_chain_class(&s.chain,
	    path_ca_cert(maker.pki.tre.ca)->subject_key_id, span_of(serial, 9),
	    OLD, &class));
	end_story(&s);
}

/* A supplier's own CA: what it says is bad is bad, the rest is not known. */
static void
never_calls_a_delegated_one_good(void **state)
{
	struct made_kit delta, full;
	struct story s = { .chain = KIT_CHAIN_EMPTY };

	(void)state;
	maker_begin(&maker, &delta, KIT_ANEW, 1, zeroes);
	maker_end(&maker, &delta);
	maker_begin(&maker, &full, KIT_FULL, 1, zeroes);
	full.kit.issuers[0].delegated = true;
	maker_list(&maker, &full, 0, 5, KIT_REVOKED);
	maker_list(&maker, &full, 0, 6, KIT_HELD);
	maker_end(&maker, &full);
	assert_int_equal(maker_add(&s.chain, &full), 0);
	assert_int_equal(class_at(&s, 5, OLD), KIT_REVOKED);
	assert_int_equal(class_at(&s, 6, OLD), KIT_HELD);
	assert_int_equal(class_at(&s, 7, OLD), -1);
	kit_chain_free(&s.chain);
	maker_free(&delta);
	maker_free(&full);
}

static void
refuses_a_gap(void **state)
{
	struct story s;

	(void)state;
	begin_story(&s);
	is_refused(maker_add(&s.chain, &s.third), "KIT_GAP");
	assert_int_equal(maker_add(&s.chain, &s.second), 0);
	assert_int_equal(maker_add(&s.chain, &s.third), 0);
	kit_chain_free(&s.chain);
	is_refused(maker_add(&s.chain, &s.second), "KIT_GAP");
	end_story(&s);
}

static void
refuses_an_older_number(void **state)
{
	struct story s;

	(void)state;
	begin_story(&s);
	assert_int_equal(maker_add(&s.chain, &s.second), 0);
	is_refused(maker_add(&s.chain, &s.second), "KIT_ROLLBACK");
	is_refused(maker_add(&s.chain, &s.full), "KIT_ROLLBACK");
	assert_int_equal(kit_chain_newest(&s.chain)->number, 2);
	end_story(&s);
}

static void
refuses_a_second_one_of_a_number(void **state)
{
	struct story s;
	struct made_kit other;

	(void)state;
	begin_story(&s);
	next(&other, 2, &s.third); /* behind another one */
	maker_end(&maker, &other);
	is_refused(maker_add(&s.chain, &other), "KIT_CHAIN");
	maker_free(&other);
	assert_int_equal(maker_add(&s.chain, &s.second), 0);
	maker_begin(&maker, &other, KIT_FULL, 2, zeroes); /* of another one */
	maker_end(&maker, &other);
	is_refused(maker_add(&s.chain, &other), "KIT_CHAIN");
	maker_free(&other);
	end_story(&s);
}

static void
needs_a_snapshot_where_too_much_changed(void **state)
{
	struct story s;
	struct made_kit anew, full;
	uint8_t link[32];

	(void)state;
	begin_story(&s);
	next(&anew, 2, &s.delta);
	anew.kit.kind = KIT_ANEW;
	maker_end(&maker, &anew);
	is_refused(maker_add(&s.chain, &anew), "KIT_ANEW");
	maker_hash(&anew, link);
	maker_begin(&maker, &full, KIT_FULL, 2, link);
	maker_end(&maker, &full);
	assert_int_equal(maker_add(&s.chain, &full), 0);
	assert_int_equal(class_at(&s, 12, OLD), KIT_GOOD); /* it says so */
	assert_int_equal(s.chain.n, 1);
	maker_free(&anew);
	maker_free(&full);
	end_story(&s);
}

static void
a_snapshot_goes_on_where_its_delta_did(void **state)
{
	struct story s;
	struct made_kit full;
	uint8_t link[32];

	(void)state;
	begin_story(&s);
	assert_int_equal(maker_add(&s.chain, &s.second), 0);
	maker_hash(&s.second, link);
	maker_begin(&maker, &full, KIT_FULL, 2, link);
	maker_end(&maker, &full);
	assert_int_equal(maker_add(&s.chain, &full), 0);
	assert_int_equal(maker_add(&s.chain, &s.third), 0);
	assert_int_equal(class_at(&s, 70, OLD), KIT_REVOKED);
	maker_free(&full);
	end_story(&s);
}

static void
refuses_to_be_gone_by_from_next_update_on(void **state)
{
	struct story s;
	int64_t end;

	(void)state;
	begin_story(&s);
	end = s.full.kit.next_update;
	assert_int_equal(kit_chain_fresh(&s.chain, end - 1), 0);
	is_refused(kit_chain_fresh(&s.chain, end), "KIT_STALE");
	assert_int_equal(kit_chain_fresh(&s.chain, s.full.kit.issued - 300), 0);
	is_refused(
	    kit_chain_fresh(&s.chain, s.full.kit.issued - 301), "KIT_NOT_YET");
	kit_chain_free(&s.chain);
	is_refused(kit_chain_fresh(&s.chain, end - 1), "KIT_ABSENT");
	end_story(&s);
}

/* As an hourly load of a folder does it. */
static void
is_replaced_by_what_goes_on_from_it(void **state)
{
	struct story s;
	struct made_kit other;
	struct kit_chain by = KIT_CHAIN_EMPTY;

	(void)state;
	begin_story(&s);
	assert_int_equal(maker_add(&s.chain, &s.second), 0);
	assert_int_equal(maker_add(&by, &s.full), 0);
	is_refused(kit_chain_replace(&s.chain, &by), "KIT_ROLLBACK");
	assert_int_equal(maker_add(&by, &s.second), 0);
	assert_int_equal(kit_chain_replace(&s.chain, &by), 0);
	assert_int_equal(kit_chain_newest(&s.chain)->number, 2);
	assert_int_equal(maker_add(&by, &s.third), 0);
	assert_int_equal(kit_chain_replace(&s.chain, &by), 0);
	assert_int_equal(class_at(&s, 70, OLD), KIT_REVOKED);
	next(&other, 3, &s.second);
	maker_list(&maker, &other, 0, 70, KIT_GOOD);
	maker_end(&maker, &other);
	assert_int_equal(maker_add(&by, &other), 0);
	is_refused(kit_chain_replace(&s.chain, &by), "KIT_CHAIN");
	assert_int_equal(class_at(&s, 70, OLD), KIT_REVOKED);
	maker_free(&other);
	kit_chain_free(&by);
	is_refused(kit_chain_replace(&s.chain, &by), "KIT_ROLLBACK");
	assert_int_equal(kit_chain_newest(&s.chain)->number, 3);
	end_story(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_the_class_of_each),
		cmocka_unit_test(changes_with_each_delta),
		cmocka_unit_test(cannot_tell_what_was_issued_after_it),
		cmocka_unit_test(knows_newer_ones_by_the_lists_alone),
		cmocka_unit_test(cannot_tell_of_an_unknown_issuer),
		cmocka_unit_test(never_calls_a_delegated_one_good),
		cmocka_unit_test(refuses_a_gap),
		cmocka_unit_test(refuses_an_older_number),
		cmocka_unit_test(refuses_a_second_one_of_a_number),
		cmocka_unit_test(is_replaced_by_what_goes_on_from_it),
		cmocka_unit_test(needs_a_snapshot_where_too_much_changed),
		cmocka_unit_test(a_snapshot_goes_on_where_its_delta_did),
		cmocka_unit_test(refuses_to_be_gone_by_from_next_update_on),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
