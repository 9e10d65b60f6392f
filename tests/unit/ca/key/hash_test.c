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

/* FIPS 180-4's examples for "abc" */
static void
knows_the_other_sizes(void **state)
{
	static const uint8_t sha1[4] = { 0xa9, 0x99, 0x3e, 0x36 };
	static const uint8_t sha384[4] = { 0xcb, 0x00, 0x75, 0x3f };
	static const uint8_t sha512[4] = { 0xdd, 0xaf, 0x35, 0xa1 };
	uint8_t digest[HASH_SHA512];
	struct hash *h = hash_new_sha384();

	(void)state;
	hash_sha1(span_str("abc"), digest);
	assert_memory_equal(digest, sha1, 4);
	hash_sha384(span_str("abc"), digest);
	assert_memory_equal(digest, sha384, 4);
	hash_sha512(span_str("abc"), digest);
	assert_memory_equal(digest, sha512, 4);
	hash_put(h, span_str("abc"));
	hash_end(h, digest);
	assert_memory_equal(digest, sha384, 4);
	hash_free(h);
}

static void
gives_other_random_octets_each_time(void **state)
{
	uint8_t a[32] = { 0 }, b[32] = { 0 };

	(void)state;
	hash_random(a, sizeof(a));
	hash_random(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_the_other_sizes),
		cmocka_unit_test(gives_other_random_octets_each_time),
		cmocka_unit_test(hashes_what_is_all_there),
		cmocka_unit_test(hashes_pieces_and_begins_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
