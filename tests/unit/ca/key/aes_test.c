/*
 * AES-256 of one block, by the standard's own example.
 */

#include "tests/unit/test.h"

#include "key/aes.h"

/* FIPS 197 appendix C.3 */
static void
agrees_with_the_standard_in_both_directions(void **state)
{
	static const uint8_t want[16] = { 0x8e, 0xa2, 0xb7, 0xca, 0x51, 0x67,
		0x45, 0xbf, 0xea, 0xfc, 0x49, 0x90, 0x4b, 0x49, 0x60, 0x89 };
	uint8_t key[32], in[16], out[16];
	struct aes *a;

	(void)state;
	for (uint8_t i = 0; i < 32; i++)
		key[i] = i;
	for (uint8_t i = 0; i < 16; i++)
		in[i] = (uint8_t)(i * 0x11);
	a = aes_new(key);
	for (int again = 0; again < 3; again++) {
		aes_encrypt(a, in, out);
		assert_memory_equal(out, want, 16);
		aes_decrypt(a, out, out);
		assert_memory_equal(out, in, 16);
	}
	aes_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_the_standard_in_both_directions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
