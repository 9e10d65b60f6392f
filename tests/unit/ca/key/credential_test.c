/*
 * Sealed secrets: their shape, and whom they can be sealed for.  That a TPM
 * opens them, and no other does, is shown with one (tests/system/67-tpm.sh).
 */

#include "../../test.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/err.h"
#include "key/credential.h"

static void
put_spki(EVP_PKEY *key, struct buf *out)
{
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(key, &der);

	assert_true(n > 0);
	buf_put(out, der, (size_t)n);
	OPENSSL_free(der);
	EVP_PKEY_free(key);
}

static int
make(EVP_PKEY *key, struct credential *c)
{
	static const uint8_t secret[CREDENTIAL_SECRET] = { 1, 2, 3 };
	struct buf spki = BUF_EMPTY;
	int rc;

	put_spki(key, &spki);
	*c = (struct credential){ BUF_EMPTY, BUF_EMPTY };
	rc = credential_make(buf_span(&spki),
	    span_str("a name of thirty-four octets......"), secret, c);
	buf_free(&spki);
	return rc;
}

/* Its first two octets are how many follow. */
static void
is_sized(const struct buf *b, size_t n)
{
	assert_int_equal(b->n, n + 2);
	assert_int_equal(b->p[0] << 8 | b->p[1], n);
}

static void
has_the_sizes_of_the_templates(void **state)
{
	struct credential c;

	(void)state;
	assert_int_equal(make(EVP_RSA_gen(2048), &c), 0);
	is_sized(&c.id_object, 2 + 32 + 2 + 32);
	is_sized(&c.encrypted_secret, 256);
	credential_free(&c);
	assert_int_equal(make(EVP_EC_gen("prime256v1"), &c), 0);
	is_sized(&c.id_object, 2 + 32 + 2 + 32);
	is_sized(&c.encrypted_secret, 2 * (2 + 32));
	credential_free(&c);
	assert_int_equal(make(EVP_EC_gen("secp384r1"), &c), 0);
	is_sized(&c.id_object, 2 + 48 + 2 + 32);
	is_sized(&c.encrypted_secret, 2 * (2 + 48));
	credential_free(&c);
}

static void
is_another_one_each_time(void **state)
{
	EVP_PKEY *ek = EVP_EC_gen("prime256v1");
	struct credential a, b;

	(void)state;
	assert_int_equal(EVP_PKEY_up_ref(ek), 1);
	assert_int_equal(make(ek, &a), 0);
	assert_int_equal(make(ek, &b), 0);
	assert_false(
	    span_equal(buf_span(&a.id_object), buf_span(&b.id_object)));
	credential_free(&a);
	credential_free(&b);
}

static void
refuses_keys_of_no_template(void **state)
{
	struct credential c;

	(void)state;
	assert_int_equal(make(EVP_RSA_gen(1024), &c), -1);
	assert_string_equal(err_code(), "EK_NOT_ALLOWED");
	assert_int_equal(make(EVP_EC_gen("secp521r1"), &c), -1);
	assert_string_equal(err_code(), "EK_NOT_ALLOWED");
	assert_int_equal(
	    make(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), &c), -1);
	assert_string_equal(err_code(), "EK_NOT_ALLOWED");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_the_sizes_of_the_templates),
		cmocka_unit_test(is_another_one_each_time),
		cmocka_unit_test(refuses_keys_of_no_template),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
