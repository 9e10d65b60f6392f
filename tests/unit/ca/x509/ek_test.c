/*
 * Certificates of endorsement keys: which chains lead to a root, and each way
 * of not doing so.
 */

#include "ek_pki.h"

/* "" when the chain leads to the root, or the code. */
static const char *
judge(struct spec root, struct spec maker, struct spec ek)
{
	struct buf r = make(&root), m = make(&maker), e = make(&ek);
	struct span chain[2] = { buf_span(&e), buf_span(&m) };
	struct ek k = { .nlinks = 0 };
	const char *said = "";

	if (ek_chain_judge(chain, 2, buf_span(&r), NOW, &k) == -1) {
		said = err_code();
		assert_int_equal(k.spki.n, 0);
	} else
		assert_true(k.spki.n > 270); /* RSA 2048 */
	buf_free(&r);
	buf_free(&m);
	buf_free(&e);
	ek_free(&k);
	return said;
}

static void
leads_over_the_maker_to_the_root(void **state)
{
	(void)state;
	assert_string_equal(judge(a_root(), a_maker(), an_ek()), "");
}

/* SHA-256 of that key's SubjectPublicKeyInfo */
static void
hash_key(EVP_PKEY *key, uint8_t sha256[HASH_SIZE])
{
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(key, &der);

	assert_true(n > 0);
	hash_sha256(span_of(der, (size_t)n), sha256);
	OPENSSL_free(der);
}

static void
knows_each_certificate_as_its_issuers_crl_does(void **state)
{
	struct spec root = a_root(), maker = a_maker(), ek = an_ek();
	struct buf r = make(&root), m, e;
	struct span chain[2];
	uint8_t sha256[HASH_SIZE];
	struct ek k = { .nlinks = 0 };

	(void)state;
	maker.serial = 0x8001;
	maker.crl_at = "URI:http://root.example/crl";
	m = make(&maker);
	e = make(&ek);
	chain[0] = buf_span(&e);
	chain[1] = buf_span(&m);
	assert_int_equal(ek_chain_judge(chain, 2, buf_span(&r), NOW, &k), 0);
	assert_int_equal(k.nlinks, 2);
	hash_key(maker_key, sha256);
	assert_memory_equal(k.links[0].issuer_sha256, sha256, HASH_SIZE);
	assert_int_equal(k.links[0].nserial, 1);
	assert_int_equal(k.links[0].serial[0], 7);
	assert_false(k.links[0].has_crl);
	hash_key(root_key, sha256);
	assert_memory_equal(k.links[1].issuer_sha256, sha256, HASH_SIZE);
	assert_int_equal(k.links[1].nserial, 2);
	assert_memory_equal(k.links[1].serial, "\x80\x01", 2);
	assert_true(k.links[1].has_crl);
	ek_free(&k);
	buf_free(&r);
	buf_free(&m);
	buf_free(&e);
}

static void
refuses_a_leaf_that_is_no_endorsement_keys(void **state)
{
	struct spec s = an_ek();

	(void)state;
	s.ek = false;
	assert_string_equal(judge(a_root(), a_maker(), s), "EK_MALFORMED");
	s = an_ek();
	s.ca = true;
	assert_string_equal(judge(a_root(), a_maker(), s), "EK_MALFORMED");
}

static void
refuses_what_does_not_lead_there(void **state)
{
	struct spec s = an_ek();

	(void)state;
	s.signer = root_key; /* another than it names */
	assert_string_equal(judge(a_root(), a_maker(), s), "EK_UNTRUSTED");
	s = an_ek();
	s.by = "another";
	assert_string_equal(judge(a_root(), a_maker(), s), "EK_UNTRUSTED");
	s = a_maker();
	s.ca = false;
	assert_string_equal(judge(a_root(), s, an_ek()), "EK_UNTRUSTED");
	s = a_root();
	s.key = s.signer = maker_key; /* the root's name alone */
	assert_string_equal(judge(s, a_maker(), an_ek()), "EK_UNTRUSTED");
}

static void
refuses_what_is_over_strange_or_weak(void **state)
{
	struct spec s = an_ek();

	(void)state;
	s.not_after = NOW - 1;
	assert_string_equal(judge(a_root(), a_maker(), s), "EK_UNTRUSTED");
	s = a_maker();
	s.not_after = NOW - 1;
	assert_string_equal(judge(a_root(), s, an_ek()), "EK_UNTRUSTED");
	s = an_ek();
	s.strange = true;
	assert_string_equal(judge(a_root(), a_maker(), s), "EK_UNTRUSTED");
	s = an_ek();
	s.key = weak_key;
	assert_string_equal(judge(a_root(), a_maker(), s), "EK_UNTRUSTED");
}

static void
a_root_signs_itself_and_has_nothing_behind_it(void **state)
{
	struct spec s = a_root();
	struct buf der = make(&s);

	(void)state;
	assert_int_equal(ek_root_check(buf_span(&der)), 0);
	buf_putc(&der, 0);
	assert_int_equal(ek_root_check(buf_span(&der)), -1);
	assert_string_equal(err_code(), "EK_ROOT_UNFIT");
	buf_free(&der);
	s = a_maker();
	der = make(&s);
	assert_int_equal(ek_root_check(buf_span(&der)), -1);
	buf_free(&der);
	s = a_root();
	s.ca = false;
	der = make(&s);
	assert_int_equal(ek_root_check(buf_span(&der)), -1);
	buf_free(&der);
	assert_int_equal(ek_root_check(span_of(NULL, 0)), -1);
}

static void
needs_at_least_a_leaf(void **state)
{
	struct spec s = a_root();
	struct buf root = make(&s);
	struct ek k = { .nlinks = 0 };

	(void)state;
	assert_int_equal(ek_chain_judge(NULL, 0, buf_span(&root), NOW, &k), -1);
	assert_string_equal(err_code(), "EK_MALFORMED");
	buf_free(&root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leads_over_the_maker_to_the_root),
		cmocka_unit_test(
		    knows_each_certificate_as_its_issuers_crl_does),
		cmocka_unit_test(refuses_a_leaf_that_is_no_endorsement_keys),
		cmocka_unit_test(refuses_what_does_not_lead_there),
		cmocka_unit_test(refuses_what_is_over_strange_or_weak),
		cmocka_unit_test(a_root_signs_itself_and_has_nothing_behind_it),
		cmocka_unit_test(needs_at_least_a_leaf),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
