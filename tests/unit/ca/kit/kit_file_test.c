/*
 * A kit by itself, as it comes in a file: each refusal with the octets or the
 * signer that earn it.
 */

#include "tests/unit/test.h"

#include "kit/folder.h"
#include "tests/unit/ca/kit/first_kit.h"

static int
verify(const struct made_kit *k)
{
	struct kit_file f;
	int rc = maker_read(k, &f);

	if (rc == 0)
		rc = kit_file_verify(&f, buf_span(&maker.pki.root.der));
	kit_file_free(&f);
	return rc;
}

static void
holds_under_the_root(void **state)
{
	struct made_kit delta, full;

	(void)state;
	first(&delta, &full);
	assert_int_equal(verify(&delta), 0);
	assert_int_equal(verify(&full), 0);
	maker_free(&delta);
	maker_free(&full);
}

static void
refuses_each_octet_that_was_turned(void **state)
{
	struct made_kit delta, full;
	size_t i;

	(void)state;
	first(&delta, &full);
	for (i = 0; i < full.octets.n; i++) {
		full.octets.p[i] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(verify(&full), -1);
		assert_true(strncmp(err_code(), "KIT_", 4) == 0);
		full.octets.p[i] ^= (uint8_t)(1 << i % 8);
	}
	assert_int_equal(verify(&full), 0);
	maker_free(&delta);
	maker_free(&full);
}

static void
refuses_what_is_cut_short_or_longer(void **state)
{
	struct made_kit delta, full;
	size_t n, whole;

	(void)state;
	first(&delta, &full);
	whole = full.octets.n;
	for (n = 0; n < whole; n++) {
		full.octets.n = n;
		is_refused(verify(&full), "KIT_MALFORMED");
	}
	full.octets.n = whole;
	buf_putc(&full.octets, 0);
	is_refused(verify(&full), "KIT_MALFORMED");
	maker_free(&delta);
	maker_free(&full);
}

static void
refuses_another_root(void **state)
{
	struct made_kit delta, full;
	struct kit_file f;
	struct pki stranger;

	(void)state;
	pki_start(&stranger);
	first(&delta, &full);
	assert_int_equal(maker_read(&full, &f), 0);
	is_refused(
	    kit_file_verify(&f, buf_span(&stranger.root.der)), "KIT_SIGNER");
	kit_file_free(&f);
	pki_stop(&stranger);
	maker_free(&delta);
	maker_free(&full);
}

/* Signed by somebody whose certificate is for something else. */
static void
refuses_a_signer_of_another_kind(void **state)
{
	static const enum profile_kind kinds[] = { PROFILE_RECEIPT_SIGNER,
		PROFILE_ACCESS, PROFILE_CMP_SIGNER };
	struct buf whole = maker.signer_der;
	struct template_spec s;
	struct made_kit k;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		maker.signer_der = BUF_EMPTY;
		s = pki_spec(&maker.pki, kinds[i], &maker.pki.access);
		s.unit = kinds[i] == PROFILE_ACCESS ? "reader" : NULL;
		pki_build(&maker.pki, &s, 80 + i, key_point(maker.signer),
		    &maker.signer_der);
		maker_begin(&maker, &k, KIT_ANEW, 1, zeroes);
		maker_end(&maker, &k);
		is_refused(verify(&k), "KIT_SIGNER");
		maker_free(&k);
		buf_free(&maker.signer_der);
	}
	maker.signer_der = whole;
}

static void
refuses_the_signature_of_another_key(void **state)
{
	struct key *whole = maker.signer;
	struct made_kit k;

	(void)state;
	maker.signer = key_generate(KEY_P256);
	maker_begin(&maker, &k, KIT_ANEW, 1, zeroes);
	maker_end(&maker, &k);
	is_refused(verify(&k), "KIT_SIGNATURE");
	maker_free(&k);
	key_free(maker.signer);
	maker.signer = whole;
}

/* The certificate's thirty days are over, or have not begun. */
static void
refuses_a_signer_out_of_its_time(void **state)
{
	struct made_kit k;

	(void)state;
	maker_begin(&maker, &k, KIT_ANEW, 1, zeroes);
	k.kit.issued += 40 * 86400;
	k.kit.next_update += 40 * 86400;
	maker_end(&maker, &k);
	is_refused(verify(&k), "KIT_SIGNER");
	maker_free(&k);
	maker_begin(&maker, &k, KIT_ANEW, 1, zeroes);
	k.kit.issued -= 86400;
	k.kit.next_update -= 86400;
	k.kit.covered = k.kit.issued;
	maker_end(&maker, &k);
	is_refused(verify(&k), "KIT_SIGNER");
	maker_free(&k);
}

static void
malformed(struct made_kit *k)
{
	struct kit_file f;

	maker_end(&maker, k);
	is_refused(maker_read(k, &f), "KIT_MALFORMED");
	kit_file_free(&f);
	maker_free(k);
}

/* Well signed, and yet no kit. */
static void
refuses_contents_that_contradict_themselves(void **state)
{
	struct made_kit k;

	(void)state;
	maker_begin(&maker, &k, KIT_DELTA, 0, zeroes);
	malformed(&k);
	maker_begin(&maker, &k, KIT_DELTA, 1, zeroes);
	k.kit.next_update = k.kit.issued;
	malformed(&k);
	maker_begin(&maker, &k, KIT_DELTA, 1, zeroes);
	k.kit.next_update = k.kit.issued + KIT_LASTS + 1;
	malformed(&k);
	maker_begin(&maker, &k, KIT_DELTA, 1, zeroes);
	k.kit.covered = k.kit.issued + 1;
	malformed(&k);
	maker_begin(&maker, &k, KIT_DELTA, 1, zeroes);
	k.kit.issuers[0].standing = (enum standing)9;
	malformed(&k);
	maker_begin(&maker, &k, KIT_DELTA, 1, zeroes);
	k.kit.issuers[1].key_id.n = 19;
	malformed(&k);
	maker_begin(&maker, &k, KIT_DELTA, 1, zeroes);
	k.kit.models[0].coc.now = (enum coc_fact)77;
	malformed(&k);
	maker_begin(&maker, &k, KIT_DELTA, 1, zeroes);
	maker_list(&maker, &k, 0, 1, KIT_CLASSES);
	malformed(&k);
	maker_begin(&maker, &k, KIT_DELTA, 1, zeroes);
	maker_list(&maker, &k, 0, 1, KIT_HELD);
	maker_list(&maker, &k, 0, 1, KIT_GOOD); /* twice */
	malformed(&k);
	maker_begin(&maker, &k, KIT_DELTA, 1, zeroes);
	buf_putc(&k.listed[0], 1); /* no whole record */
	malformed(&k);
}

/* Under one root, as an operator takes it. */
static int
taken_under(const struct made_kit *k, struct pki *pki)
{
	struct buf copy = BUF_EMPTY;
	struct roots roots = { .n = 0 };
	struct kit_file f;
	int rc;

	pki_must(roots_read(buf_span(&pki->root.der), &roots) == 0);
	buf_put_span(&copy, buf_span(&k->octets));
	rc = kit_file_take(&copy, &roots, &f);
	kit_file_free(&f);
	roots_free(&roots);
	return rc;
}

/* Its lists take many times their octets in memory. */
static void
reads_no_lists_before_it_knows_whose_they_are(void **state)
{
	struct key *whole = maker.signer;
	struct pki stranger;
	struct made_kit k;

	(void)state;
	pki_start(&stranger);
	maker_begin(&maker, &k, KIT_DELTA, 1, zeroes);
	k.kit.models[0].coc.now = (enum coc_fact)77;
	maker_end(&maker, &k);
	is_refused(taken_under(&k, &stranger), "KIT_SIGNER");
	is_refused(taken_under(&k, &maker.pki), "KIT_MALFORMED");
	maker_free(&k);
	maker.signer = key_generate(KEY_P256);
	maker_begin(&maker, &k, KIT_DELTA, 1, zeroes);
	k.kit.models[0].coc.now = (enum coc_fact)77;
	maker_end(&maker, &k);
	is_refused(taken_under(&k, &maker.pki), "KIT_SIGNATURE");
	maker_free(&k);
	key_free(maker.signer);
	maker.signer = whole;
	pki_stop(&stranger);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_under_the_root),
		cmocka_unit_test(refuses_each_octet_that_was_turned),
		cmocka_unit_test(refuses_what_is_cut_short_or_longer),
		cmocka_unit_test(refuses_another_root),
		cmocka_unit_test(refuses_a_signer_of_another_kind),
		cmocka_unit_test(refuses_the_signature_of_another_key),
		cmocka_unit_test(refuses_a_signer_out_of_its_time),
		cmocka_unit_test(refuses_contents_that_contradict_themselves),
		cmocka_unit_test(reads_no_lists_before_it_knows_whose_they_are),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
