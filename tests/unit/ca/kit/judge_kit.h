#ifndef UNIT_JUDGE_KIT_H
#define UNIT_JUDGE_KIT_H

/*
 * Two devices, and a kit that has nothing against them: changed by a test, and
 * then asked.  setup() and teardown() are a fixture.
 */

#include "kit/judge.h"
#include "tests/unit/ca/kit/maker.h"

#define JUDGE_FUNCTION __attribute__((unused)) static

#define LATER (PKI_NOW + 5 * HOUR) /* when the questions are asked */

static struct maker maker;
static struct key *tre_key, *terminal_key;
static struct buf tre, terminal, alone; /* alone: bound to another TrE */
static struct roots roots;
static const uint8_t zeroes[32];

JUDGE_FUNCTION void
certify(enum profile_kind kind, uint64_t index, const struct key *key,
    const uint8_t bound_to[32], struct buf *der)
{
	static const uint8_t id[20] = { 2 };
	struct pki_ca *ca = maker_ca(&maker, kind == PROFILE_TERMINAL);
	struct template_spec s = pki_spec(&maker.pki, kind, ca);
	uint8_t space[CERT_MAX], serial[SERIAL_SIZE];
	struct template_row row = {
		.index = index,
		.key = KEY_P256,
		.point = key_point(key),
		.device_id = span_str("ACME-0001"),
		.tac = span_str("35693803"),
		.binding = { span_of(bound_to, 32), span_of(id, 20),
		    span_of(serial, SERIAL_SIZE) },
	};
	struct template *t = template_new(&s);
	struct span done = { NULL, 0 };

	pki_must(t != NULL);
	serial_make(maker.pki.serials, ca->id, index, serial);
	row.serial = span_of(serial, sizeof(serial));
	pki_must(template_build(t, &row, space, sizeof(space), &done) == 0);
	buf_put_span(der, done);
	template_free(t);
}

JUDGE_FUNCTION int
setup(void **state)
{
	uint8_t bound[32];

	(void)state;
	maker_start(&maker);
	tre_key = key_generate(KEY_P256);
	terminal_key = key_generate(KEY_P256);
	hash_sha256(key_spki(tre_key), bound);
	certify(PROFILE_TRE, 3, tre_key, bound, &tre);
	certify(PROFILE_TERMINAL, 4, terminal_key, bound, &terminal);
	certify(PROFILE_TERMINAL, 5, terminal_key, zeroes, &alone);
	return roots_read(buf_span(&maker.pki.root.der), &roots);
}

JUDGE_FUNCTION int
teardown(void **state)
{
	(void)state;
	key_free(tre_key);
	key_free(terminal_key);
	buf_free(&tre);
	buf_free(&terminal);
	buf_free(&alone);
	roots_free(&roots);
	maker_stop(&maker);
	return 0;
}

/* A snapshot that has nothing against them; to be changed, then ended. */
JUDGE_FUNCTION void
begin(struct made_kit *k)
{
	maker_begin(&maker, k, KIT_FULL, 1, zeroes);
}

JUDGE_FUNCTION struct kit_question
question(void)
{
	return (struct kit_question){
		.tre = { buf_span(&tre), buf_span(&maker.pki.tre.der) },
		.terminal = { buf_span(&terminal),
		    buf_span(&maker.pki.terminal.der) },
		.now = LATER,
	};
}

JUDGE_FUNCTION struct kit_answer
ask(struct made_kit *k, const struct kit_question *q)
{
	struct kit_chain c = KIT_CHAIN_EMPTY;
	struct kit_answer a;

	maker_end(&maker, k);
	assert_int_equal(maker_add(&c, k), 0);
	assert_int_equal(kit_judge(&c, &roots, q, &a), 0);
	assert_int_not_equal(a.verdict.kind, VERDICT_PERMIT);
	kit_chain_free(&c);
	maker_free(k);
	return a;
}

JUDGE_FUNCTION void
answers(const struct kit_answer *a, enum verdict_kind kind, enum reason reason)
{
	assert_string_equal(
	    reason_get(a->verdict.reasons[0])->code, reason_get(reason)->code);
	assert_int_equal(a->verdict.kind, kind);
}

JUDGE_FUNCTION void
refused_for(struct made_kit *k, enum reason reason)
{
	struct kit_question q = question();
	struct kit_answer a = ask(k, &q);

	answers(&a, VERDICT_REFUSE, reason);
}

#endif
