/*
 * Certificates of endorsement keys: which chains lead to a root, and each way
 * of not doing so.
 */

#include "../../test.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/err.h"
#include "x509/ek.h"

#define NOW INT64_C(1795500000)
#define DAY 86400

/* One of a chain, and how it is made. */
struct spec {
	const char *name, *by; /* who signs */
	EVP_PKEY *key, *signer;
	bool ca, ek, strange;
	int64_t not_after;
};

static EVP_PKEY *root_key, *maker_key, *ek_key, *weak_key;

static int
setup(void **state)
{
	(void)state;
	root_key = EVP_EC_gen("P-256");
	maker_key = EVP_EC_gen("P-256");
	ek_key = EVP_RSA_gen(2048);
	weak_key = EVP_RSA_gen(1024);
	return weak_key == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	EVP_PKEY_free(root_key);
	EVP_PKEY_free(maker_key);
	EVP_PKEY_free(ek_key);
	EVP_PKEY_free(weak_key);
	return 0;
}

static void
put_extension(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_non_null(e);
	assert_int_equal(X509_add_ext(x, e, -1), 1);
	X509_EXTENSION_free(e);
}

/* A critical extension that nobody knows. */
static void
put_strange(X509 *x)
{
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	ASN1_OBJECT *oid = OBJ_txt2obj("2.999.1", 1);
	X509_EXTENSION *e;

	assert_int_equal(
	    ASN1_OCTET_STRING_set(value, (const uint8_t *)"\x05\0", 2), 1);
	e = X509_EXTENSION_create_by_OBJ(NULL, oid, 1, value);
	assert_int_equal(X509_add_ext(x, e, -1), 1);
	X509_EXTENSION_free(e);
	ASN1_OBJECT_free(oid);
	ASN1_OCTET_STRING_free(value);
}

static void
set_name(X509_NAME *n, const char *name)
{
	assert_int_equal(X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_ASC,
			     (const uint8_t *)name, -1, -1, 0),
	    1);
}

static struct buf
make(const struct spec *s)
{
	struct buf out = BUF_EMPTY;
	unsigned char *der = NULL;
	X509 *x = X509_new();
	int n;

	assert_int_equal(X509_set_version(x, 2), 1);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 7);
	set_name(X509_get_subject_name(x), s->name);
	set_name(X509_get_issuer_name(x), s->by);
	ASN1_TIME_set(X509_getm_notBefore(x), NOW - DAY);
	ASN1_TIME_set(X509_getm_notAfter(x),
	    s->not_after != 0 ? s->not_after : NOW + DAY);
	X509_set_pubkey(x, s->key);
	put_extension(x, NID_basic_constraints,
	    s->ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
	if (s->ca)
		put_extension(x, NID_key_usage, "critical,keyCertSign");
	if (s->ek)
		put_extension(x, NID_ext_key_usage, "2.23.133.8.1");
	if (s->strange)
		put_strange(x);
	assert_true(X509_sign(x, s->signer, EVP_sha256()) > 0);
	n = i2d_X509(x, &der);
	assert_true(n > 0);
	buf_put(&out, der, (size_t)n);
	OPENSSL_free(der);
	X509_free(x);
	return out;
}

static struct spec
a_root(void)
{
	return (struct spec){ .name = "root",
		.by = "root",
		.key = root_key,
		.signer = root_key,
		.ca = true };
}

static struct spec
a_maker(void)
{
	return (struct spec){ .name = "maker",
		.by = "root",
		.key = maker_key,
		.signer = root_key,
		.ca = true };
}

static struct spec
an_ek(void)
{
	return (struct spec){ .name = "ek",
		.by = "maker",
		.key = ek_key,
		.signer = maker_key,
		.ek = true };
}

/* "" when the chain leads to the root, or the code. */
static const char *
judge(struct spec root, struct spec maker, struct spec ek)
{
	struct buf r = make(&root), m = make(&maker), e = make(&ek);
	struct span chain[2] = { buf_span(&e), buf_span(&m) };
	struct buf spki = BUF_EMPTY;
	const char *said = "";

	if (ek_chain_judge(chain, 2, buf_span(&r), NOW, &spki) == -1) {
		said = err_code();
		assert_int_equal(spki.n, 0);
	} else
		assert_true(spki.n > 270); /* RSA 2048 */
	buf_free(&r);
	buf_free(&m);
	buf_free(&e);
	buf_free(&spki);
	return said;
}

static void
leads_over_the_maker_to_the_root(void **state)
{
	(void)state;
	assert_string_equal(judge(a_root(), a_maker(), an_ek()), "");
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
	struct buf root = make(&s), spki = BUF_EMPTY;

	(void)state;
	assert_int_equal(
	    ek_chain_judge(NULL, 0, buf_span(&root), NOW, &spki), -1);
	assert_string_equal(err_code(), "EK_MALFORMED");
	buf_free(&root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leads_over_the_maker_to_the_root),
		cmocka_unit_test(refuses_a_leaf_that_is_no_endorsement_keys),
		cmocka_unit_test(refuses_what_does_not_lead_there),
		cmocka_unit_test(refuses_what_is_over_strange_or_weak),
		cmocka_unit_test(a_root_signs_itself_and_has_nothing_behind_it),
		cmocka_unit_test(needs_at_least_a_leaf),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
