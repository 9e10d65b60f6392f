/*
 * Certificates in pieces: what they share, what is their own, and whether both
 * give them again.
 */

#include <stdlib.h>
#include <string.h>

#include "tests/unit/test.h"

#include "issue/template_cut.h"
#include "tests/unit/pki.h"

static struct pki pki;
static struct key *key, *other_key;

static int
start(void **state)
{
	(void)state;
	pki_start(&pki);
	key = key_generate(KEY_P256);
	other_key = key_generate(KEY_P256);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	pki_stop(&pki);
	key_free(key);
	key_free(other_key);
	return 0;
}

struct example {
	enum profile_kind kind;
	const char *id;
	struct key *key;
	int64_t now, validity; /* 0: PKI_NOW, endless */
	uint64_t index;
};

/* What was made of it. */
struct sample {
	struct profile profile;
	struct template *t;
	struct buf content, der;
	struct template_cut cut;
};

static void
make(const struct example *e, struct sample *s)
{
	static const uint8_t digest[32] = { 1 }, id[20] = { 2 };
	static const uint8_t tre_serial[17] = { 1, 9 };
	struct template_spec spec = pki_spec(&pki, e->kind,
	    e->kind == PROFILE_TERMINAL	 ? &pki.terminal
		: e->kind == PROFILE_TRE ? &pki.tre
					 : &pki.access);
	uint8_t space[CERT_MAX], serial[SERIAL_SIZE];
	struct template_row row = { .index = e->index,
		.key = KEY_P256,
		.point = key_point(e->key),
		.device_id = span_str(e->id),
		.tac = span_str("35693803"),
		.binding = { span_of(digest, 32), span_of(id, 20),
		    span_of(tre_serial, 17) } };
	struct template_linted linted;
	struct span der;

	memset(s, 0, sizeof(*s));
	spec.common_name = "meter";
	spec.unit = e->kind == PROFILE_ACCESS ? "supplier" : NULL;
	s->profile = *spec.profile;
	spec.profile = &s->profile;
	if (e->validity != 0)
		s->profile.validity = e->validity;
	profile_dates(&s->profile, e->now != 0 ? e->now : PKI_NOW,
	    &spec.not_before, &spec.not_after);
	serial_make(pki.serials, spec.issuer_id, e->index, serial);
	row.serial = span_of(serial, sizeof(serial));
	pki_must((s->t = template_new(&spec)) != NULL);
	pki_must(
	    template_prepare(s->t, &row, space, sizeof(space), &linted) == 0);
	buf_put_span(&s->content, linted.content);
	template_cut(s->t, &row, buf_span(&s->content), &s->cut);
	pki_must(template_sign(s->t, &linted, space, sizeof(space), &der) == 0);
	buf_put_span(&s->der, der);
}

static void
drop(struct sample *s)
{
	template_free(s->t);
	buf_free(&s->content);
	buf_free(&s->der);
}

/* As the register does it: piece, own part, piece, ..., signature. */
static void
put_together(const struct sample *s, struct buf *out)
{
	struct span content = buf_span(&s->content);
	size_t octets = template_octets(s->t, content);

	buf_put_span(out, span_of(s->der.p, 4));
	for (int i = 0; i <= CUTS; i++) {
		template_piece(s->t, &s->cut, content, i, out);
		if (i < CUTS)
			buf_put_span(out,
			    template_own(&s->cut, content, (enum cut_kind)i));
	}
	assert_int_equal(out->n, 4 + octets);
	buf_put_span(
	    out, span_of(s->der.p + 4 + octets, s->der.n - 4 - octets));
}

static void
gives_a_certificate_again_octet_for_octet(void **state)
{
	const struct example examples[] = {
		{ PROFILE_TRE, "TRE1", key, 0, 0, 0 },
		{ PROFILE_TRE, "ACME-0001", key, 0, 0, 70000 },
		{ PROFILE_TRE, "A23456789.123456789-12345678932", key, 0, 0,
		    1 },
		{ PROFILE_TRE, "ACME-0001", key, 0, 86400, 2 },
		/* one date with two digits for the year, one with four */
		{ PROFILE_TRE, "ACME-0001", key, 0, 86400 * INT64_C(12000), 3 },
		{ PROFILE_TERMINAL, "ACME-0001", key, 0, 0, 70000 },
	};
	struct buf again = BUF_EMPTY;
	struct sample s;

	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		make(&examples[i], &s);
		assert_true(s.cut.cut);
		buf_clear(&again);
		put_together(&s, &again);
		assert_int_equal(again.n, s.der.n);
		assert_memory_equal(again.p, s.der.p, s.der.n);
		drop(&s);
	}
	buf_free(&again);
}

static bool
share(const struct example *one, const struct example *other)
{
	struct sample s, t;
	bool same;

	make(one, &s);
	make(other, &t);
	assert_true(s.cut.cut && t.cut.cut);
	same = memcmp(s.cut.digest, t.cut.digest, HASH_SIZE) == 0;
	drop(&s);
	drop(&t);
	return same;
}

static void
shares_its_pieces_with_another_device_key_and_day(void **state)
{
	const struct example one = { PROFILE_TRE, "ACME-0001", key, 0, 0, 1 };
	const struct example other = { PROFILE_TRE, "ACME-0002", other_key,
		PKI_NOW + 86400, 0, 2 };

	(void)state;
	assert_true(share(&one, &other));
}

static void
shares_none_where_a_length_a_shard_or_the_years_to_its_end_differ(void **state)
{
	const struct example one = { PROFILE_TRE, "ACME-0001", key, 0, 0, 1 };
	struct example other = one;

	(void)state;
	other.id = "ACME-00001";
	assert_false(share(&one, &other));
	other = one;
	other.index = 65536;
	assert_false(share(&one, &other));
	other = one;
	other.validity = 86400;
	assert_false(share(&one, &other));
}

/* An access certificate has no device: it must be kept as it is. */
static void
cuts_no_certificate_that_lacks_a_part(void **state)
{
	const struct example e = { PROFILE_ACCESS, "ACME-0001", key, 0, 0, 1 };
	struct sample s;

	(void)state;
	make(&e, &s);
	assert_false(s.cut.cut);
	drop(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_a_certificate_again_octet_for_octet),
		cmocka_unit_test(
		    shares_its_pieces_with_another_device_key_and_day),
		cmocka_unit_test(
		    shares_none_where_a_length_a_shard_or_the_years_to_its_end_differ),
		cmocka_unit_test(cuts_no_certificate_that_lacks_a_part),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
