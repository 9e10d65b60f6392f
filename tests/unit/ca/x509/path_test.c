/*
 * Paths: exactly three certificates to our root, each code once.
 */

#include <string.h>

#include "tests/unit/test.h"

#include "base/err.h"
#include "tests/unit/pki.h"
#include "tests/unit/tamper.h"
#include "x509/oid.h"

#define DAY INT64_C(86400)

/* Two of the same names: ours and a look-alike. */
static struct pki pki, alike;
static struct key *key;
static struct tamper t;

static int
start(void **state)
{
	(void)state;
	pki_start(&pki);
	pki_start(&alike);
	key = key_generate(KEY_P256);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	pki_stop(&pki);
	pki_stop(&alike);
	key_free(key);
	return 0;
}

static struct buf *
make_leaf(struct pki *p, enum profile_kind kind, struct pki_ca *issuer)
{
	static struct buf der;
	struct template_spec s = pki_spec(p, kind, issuer);

	buf_clear(&der);
	pki_build(p, &s, 9, key_point(key), &der);
	return &der;
}

static struct path_question
ask(struct span leaf, struct pki_ca *issuer, enum path_role role)
{
	return (struct path_question){ .leaf = leaf,
		.issuer = buf_span(&issuer->der),
		.presented = 2,
		.role = role,
		.now = PKI_NOW + 1 };
}

/* NULL becomes "good". */
static const char *
judge(const struct path_question *q)
{
	struct cert leaf;
	const char *code = path_judge(q, pki.root.ca, NULL, 0, &leaf);

	return code != NULL ? code : "good";
}

static void
leads_each_role_to_our_root(void **state)
{
	struct path_question q;

	(void)state;
	q = ask(buf_span(make_leaf(&pki, PROFILE_TRE, &pki.tre)), &pki.tre,
	    PATH_TRE);
	assert_string_equal(judge(&q), "good");
	q = ask(buf_span(make_leaf(&pki, PROFILE_TERMINAL, &pki.terminal)),
	    &pki.terminal, PATH_TERMINAL);
	assert_string_equal(judge(&q), "good");
	q = ask(buf_span(make_leaf(&pki, PROFILE_ACCESS, &pki.access)),
	    &pki.access, PATH_ACCESS);
	assert_string_equal(judge(&q), "good");
}

static void
finds_the_issuer_among_those_loaded(void **state)
{
	struct path_ca *known[] = { pki.terminal.ca, pki.tre.ca };
	struct path_question q =
	    ask(buf_span(make_leaf(&pki, PROFILE_TRE, &pki.tre)), &pki.tre,
		PATH_TRE);
	struct cert leaf;

	(void)state;
	assert_null(path_judge(&q, pki.root.ca, known, 2, &leaf));
	assert_true(span_equal(leaf.der, q.leaf));
}

static void
refuses_chains_of_another_length(void **state)
{
	struct path_question q =
	    ask(buf_span(make_leaf(&pki, PROFILE_TRE, &pki.tre)), &pki.tre,
		PATH_TRE);

	(void)state;
	q.presented = 3;
	assert_string_equal(judge(&q), "CHAIN_LENGTH");
	q.presented = 1;
	assert_string_equal(judge(&q), "CHAIN_LENGTH");
	/* the root in the issuer's place */
	q = ask(buf_span(&pki.tre.der), &pki.root, PATH_TRE);
	assert_string_equal(judge(&q), "CHAIN_LENGTH");
}

static void
refuses_chains_to_another_root(void **state)
{
	struct path_question q =
	    ask(buf_span(make_leaf(&alike, PROFILE_TRE, &alike.tre)),
		&alike.tre, PATH_TRE);

	(void)state;
	assert_string_equal(judge(&q), "CHAIN_UNTRUSTED");
	/* the leaf of one under the CA of the other */
	q.issuer = buf_span(&pki.tre.der);
	assert_string_equal(judge(&q), "CHAIN_UNTRUSTED");
	/* a leaf under another CA of ours */
	q = ask(buf_span(make_leaf(&pki, PROFILE_TRE, &pki.tre)), &pki.terminal,
	    PATH_TRE);
	assert_string_equal(judge(&q), "CHAIN_UNTRUSTED");
}

/* A look-alike's CA that claims our root's key identifier as well. */
static void
refuses_a_CA_that_our_root_did_not_sign(void **state)
{
	struct path_question q =
	    ask(buf_span(make_leaf(&alike, PROFILE_TRE, &alike.tre)),
		&alike.tre, PATH_TRE);
	struct span *ext;

	(void)state;
	tamper_read(buf_span(&pki.tre.der), &t);
	ext = tamper_find(&t, oid_authority_key_id);
	struct span ours = *ext;
	static uint8_t copy[64];

	memcpy(copy, ours.p, ours.n);
	tamper_read(buf_span(&alike.tre.der), &t);
	*tamper_find(&t, oid_authority_key_id) = span_of(copy, ours.n);
	q.issuer = tamper_write(&t, alike.root.key);
	assert_string_equal(judge(&q), "CHAIN_SIGNATURE");
}

static void
refuses_a_leaf_that_its_CA_did_not_sign(void **state)
{
	struct path_question q =
	    ask(buf_span(make_leaf(&pki, PROFILE_TRE, &pki.tre)), &pki.tre,
		PATH_TRE);

	(void)state;
	tamper_read(q.leaf, &t);
	q.leaf = tamper_write(&t, alike.tre.key);
	assert_string_equal(judge(&q), "CHAIN_SIGNATURE");
	/* the register vouches for the octets instead */
	q.leaf_is_registered = true;
	assert_string_equal(judge(&q), "good");
}

static void
refuses_the_wrong_role(void **state)
{
	struct path_question q;

	(void)state;
	q = ask(buf_span(make_leaf(&pki, PROFILE_TERMINAL, &pki.terminal)),
	    &pki.terminal, PATH_TRE);
	assert_string_equal(judge(&q), "ROLE_MISMATCH");
	q = ask(buf_span(make_leaf(&pki, PROFILE_TRE, &pki.tre)), &pki.tre,
	    PATH_TERMINAL);
	assert_string_equal(judge(&q), "ROLE_MISMATCH");
	q.role = PATH_ACCESS;
	assert_string_equal(judge(&q), "ROLE_MISMATCH");
	q = ask(buf_span(make_leaf(&pki, PROFILE_ACCESS, &pki.access)),
	    &pki.access, PATH_TRE);
	assert_string_equal(judge(&q), "ROLE_MISMATCH");
	/* an OCSP signer under the TrE's CA is no TrE */
	q = ask(buf_span(make_leaf(&pki, PROFILE_OCSP_SIGNER, &pki.tre)),
	    &pki.tre, PATH_TRE);
	assert_string_equal(judge(&q), "ROLE_MISMATCH");
}

/* The TrE's certificate with one extension exchanged, signed by its CA. */
static const char *
judge_leaf_with(struct span oid, bool critical, struct span value)
{
	struct path_question q =
	    ask(buf_span(make_leaf(&pki, PROFILE_TRE, &pki.tre)), &pki.tre,
		PATH_TRE);

	tamper_read(q.leaf, &t);
	*tamper_find(&t, oid) = tamper_ext(&t, oid, critical, value);
	q.leaf = tamper_write(&t, pki.tre.key);
	return judge(&q);
}

#define TEXT(s) ((struct span){ (const uint8_t *)(s), sizeof(s) - 1 })

static void
refuses_leaves_that_are_not_what_their_role_has(void **state)
{
	(void)state;
	/* keyCertSign instead of digitalSignature */
	assert_string_equal(
	    judge_leaf_with(oid_key_usage, true, TEXT("\x03\x02\x02\x04")),
	    "ROLE_MISMATCH");
	/* level 4 in the policy, 3 in treInfo */
	assert_string_equal(
	    judge_leaf_with(oid_policies, true,
		TEXT("\x30\x0c\x30\x0a\x06\x08\x88\x37\x82\x88\x14\x01\x01"
		     "\x04")),
	    "ROLE_MISMATCH");
	/* level 9 */
	assert_string_equal(
	    judge_leaf_with(oid_policies, true,
		TEXT("\x30\x0c\x30\x0a\x06\x08\x88\x37\x82\x88\x14\x01\x01"
		     "\x09")),
	    "ROLE_MISMATCH");
	/* two levels */
	assert_string_equal(
	    judge_leaf_with(oid_policies, true,
		TEXT("\x30\x18\x30\x0a\x06\x08\x88\x37\x82\x88\x14\x01\x01"
		     "\x03\x30\x0a\x06\x08\x88\x37\x82\x88\x14\x01\x01\x04")),
	    "ROLE_MISMATCH");
	/* a CA by its flags, in the place of the alternative name */
	struct path_question q =
	    ask(buf_span(make_leaf(&pki, PROFILE_TRE, &pki.tre)), &pki.tre,
		PATH_TRE);
	tamper_read(q.leaf, &t);
	*tamper_find(&t, oid_alt_name) = tamper_ext(
	    &t, oid_basic_constraints, true, TEXT("\x30\x03\x01\x01\xff"));
	q.leaf = tamper_write(&t, pki.tre.key);
	assert_string_equal(judge(&q), "ROLE_MISMATCH");
}

/* The TrE's CA with one extension exchanged, signed by the root. */
static const char *
judge_ca_with(struct span oid, bool critical, struct span value)
{
	struct path_question q =
	    ask(buf_span(make_leaf(&pki, PROFILE_TRE, &pki.tre)), &pki.tre,
		PATH_TRE);

	tamper_read(q.issuer, &t);
	*tamper_find(&t, oid) = tamper_ext(&t, oid, critical, value);
	q.issuer = tamper_write(&t, pki.root.key);
	return judge(&q);
}

static void
refuses_CAs_that_are_none(void **state)
{
	(void)state;
	assert_string_equal(
	    judge_ca_with(oid_basic_constraints, true, TEXT("\x30\x00")),
	    "ROLE_MISMATCH");
	assert_string_equal(judge_ca_with(oid_basic_constraints, true,
				TEXT("\x30\x03\x01\x01\xff")),
	    "ROLE_MISMATCH");
	assert_string_equal(judge_ca_with(oid_basic_constraints, true,
				TEXT("\x30\x06\x01\x01\xff\x02\x01\x01")),
	    "ROLE_MISMATCH");
	assert_string_equal(
	    judge_ca_with(oid_key_usage, true, TEXT("\x03\x02\x01\x02")),
	    "ROLE_MISMATCH");
	/* anyPolicy */
	assert_string_equal(judge_ca_with(oid_policies, true,
				TEXT("\x30\x08\x30\x06\x06\x04\x55\x1d\x20"
				     "\x00")),
	    "ROLE_MISMATCH");
	/* a policy that the leaf's is none of */
	assert_string_equal(
	    judge_ca_with(oid_policies, true,
		TEXT("\x30\x0c\x30\x0a\x06\x08\x88\x37\x82\x88\x14\x01\x01"
		     "\x01")),
	    "ROLE_MISMATCH");
}

static void
refuses_CAs_without_name_constraints(void **state)
{
	struct path_question q =
	    ask(buf_span(make_leaf(&pki, PROFILE_TRE, &pki.tre)), &pki.tre,
		PATH_TRE);
	struct span *ext;

	(void)state;
	tamper_read(q.issuer, &t);
	ext = tamper_find(&t, oid_name_constraints);
	*ext = t.ext[--t.next];
	q.issuer = tamper_write(&t, pki.root.key);
	assert_string_equal(judge(&q), "ISSUER_OUT_OF_SCOPE");
	/* permitting everything: a base without attributes */
	assert_string_equal(
	    judge_ca_with(oid_name_constraints, true,
		TEXT("\x30\x08\xa0\x06\x30\x04\xa4\x02\x30\x00")),
	    "ISSUER_OUT_OF_SCOPE");
}

static void
refuses_leaves_outside_their_issuers_constraints(void **state)
{
	static const struct name other = {
		.country = { (const uint8_t *)"DE", 2 },
		.organisation = { (const uint8_t *)"Acme Two", 8 },
	};
	struct path_question q =
	    ask(buf_span(make_leaf(&pki, PROFILE_TRE, &pki.tre)), &pki.tre,
		PATH_TRE);
	uint8_t space[256];
	struct der w;

	(void)state;
	tamper_read(q.leaf, &t);
	der_start(&w, space, sizeof(space));
	name_put(&w, &other);
	assert_int_equal(der_done(&w, &t.part[TAMPER_SUBJECT]), 0);
	q.leaf = tamper_write(&t, pki.tre.key);
	assert_string_equal(judge(&q), "ISSUER_OUT_OF_SCOPE");
	/* the same O, but twice */
	t.part[TAMPER_SUBJECT] =
	    TEXT("\x30\x2b\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02"
		 "DE"
		 "\x31\x0d\x30\x0b\x06\x03\x55\x04\x0a\x0c\x04"
		 "Acme"
		 "\x31\x0d\x30\x0b\x06\x03\x55\x04\x0a\x0c\x04"
		 "Acme");
	q.leaf = tamper_write(&t, pki.tre.key);
	assert_string_equal(judge(&q), "ISSUER_OUT_OF_SCOPE");
}

static void
judges_the_leaf_now(void **state)
{
	struct path_question q;

	(void)state;
	q = ask(buf_span(make_leaf(&pki, PROFILE_ACCESS, &pki.access)),
	    &pki.access, PATH_ACCESS);
	q.now = PKI_NOW - 301;
	assert_string_equal(judge(&q), "CERTIFICATE_NOT_YET_VALID");
	q.now = PKI_NOW - 300;
	assert_string_equal(judge(&q), "good");
	q.now = PKI_NOW - 300 + 397 * DAY - 1;
	assert_string_equal(judge(&q), "good");
	q.now++;
	assert_string_equal(judge(&q), "CERTIFICATE_EXPIRED");
}

/* A device's certificate is good long after its CA's end, if it was issued
 * before. */
static void
judges_the_CA_at_the_leafs_notBefore(void **state)
{
	struct path_question q =
	    ask(buf_span(make_leaf(&pki, PROFILE_TRE, &pki.tre)), &pki.tre,
		PATH_TRE);
	struct template_spec s = pki_spec(&pki, PROFILE_ISSUING_CA, &pki.root);
	struct buf later = BUF_EMPTY;

	(void)state;
	q.now = PKI_NOW + 50 * 365 * DAY;
	assert_string_equal(judge(&q), "good");
	/* the same CA (name, key), but certified after the leaf's issue */
	s.common_name = "Acme TrE CA";
	s.not_before = PKI_NOW + DAY;
	pki_build(&pki, &s, 2, key_point(pki.tre.key), &later);
	q.issuer = buf_span(&later);
	assert_string_equal(judge(&q), "CERTIFICATE_NOT_YET_VALID");
	buf_clear(&later);
	s.not_before = PKI_NOW - 3600;
	s.not_after = PKI_NOW - 1;
	pki_build(&pki, &s, 2, key_point(pki.tre.key), &later);
	q.issuer = buf_span(&later);
	assert_string_equal(judge(&q), "CERTIFICATE_EXPIRED");
	buf_free(&later);
}

static void
refuses_what_it_cannot_read(void **state)
{
	struct path_question q =
	    ask(buf_span(make_leaf(&pki, PROFILE_TRE, &pki.tre)), &pki.tre,
		PATH_TRE);
	struct span leaf = q.leaf;

	(void)state;
	q.leaf.n--;
	assert_string_equal(judge(&q), "CERTIFICATE_MALFORMED");
	q.leaf = leaf;
	q.issuer.n--;
	assert_string_equal(judge(&q), "CERTIFICATE_MALFORMED");
	q.issuer = buf_span(&pki.tre.der);
	tamper_read(q.leaf, &t);
	t.outer_algorithm = t.part[TAMPER_ALGORITHM] =
	    TEXT("\x30\x09\x06\x07\x2a\x86\x48\xce\x3d\x04\x01");
	q.leaf = tamper_write(&t, pki.tre.key);
	assert_string_equal(judge(&q), "ALGORITHM_NOT_ALLOWED");
	assert_null(path_ca_new(span_of(NULL, 0)));
}

static void
has_a_sentence_for_each_code(void **state)
{
	(void)state;
	assert_non_null(strstr(path_sentence("CHAIN_LENGTH"), "exactly"));
	assert_non_null(strstr(path_sentence("NONSENSE"), "refused"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leads_each_role_to_our_root),
		cmocka_unit_test(finds_the_issuer_among_those_loaded),
		cmocka_unit_test(refuses_chains_of_another_length),
		cmocka_unit_test(refuses_chains_to_another_root),
		cmocka_unit_test(refuses_a_CA_that_our_root_did_not_sign),
		cmocka_unit_test(refuses_a_leaf_that_its_CA_did_not_sign),
		cmocka_unit_test(refuses_the_wrong_role),
		cmocka_unit_test(
		    refuses_leaves_that_are_not_what_their_role_has),
		cmocka_unit_test(refuses_CAs_that_are_none),
		cmocka_unit_test(refuses_CAs_without_name_constraints),
		cmocka_unit_test(
		    refuses_leaves_outside_their_issuers_constraints),
		cmocka_unit_test(judges_the_leaf_now),
		cmocka_unit_test(judges_the_CA_at_the_leafs_notBefore),
		cmocka_unit_test(refuses_what_it_cannot_read),
		cmocka_unit_test(has_a_sentence_for_each_code),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
