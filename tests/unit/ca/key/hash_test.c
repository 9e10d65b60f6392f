/*
 * SHA-256 in one piece and in many.
 */

#include "../../test.h"

#include "base/enc.h"
#include "key/hash.h"

static void
check(const uint8_t *digest, const char *want)
{
	struct buf hex = BUF_EMPTY;

	hex_encode(&hex, span_of(digest, HASH_SIZE));
	assert_string_equal(buf_str(&hex), want);
	buf_free(&hex);
}

/* FIPS 180-4's example "abc", and the empty message. */
#define ABC   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void
hashes_what_is_all_there(void **state)
{
	uint8_t digest[HASH_SIZE];

	(void)state;
	hash_sha256(span_str("abc"), digest);
	check(digest, ABC);
	hash_sha256(span_str(""), digest);
	check(digest, EMPTY);
}

static void
hashes_pieces_and_begins_anew(void **state)
{
	struct hash *h = hash_new();
	uint8_t digest[HASH_SIZE];

	(void)state;
	hash_put(h, span_str("a"));
	hash_put(h, span_str(""));
	hash_put(h, span_str("bc"));
	hash_end(h, digest);
	check(digest, ABC);
	hash_end(h, digest);
	check(digest, EMPTY);
	hash_free(h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_what_is_all_there),
		cmocka_unit_test(hashes_pieces_and_begins_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
