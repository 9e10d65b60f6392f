/*
 * The transcript against the vectors that are published for device makers
 * (policy/transcript-vectors.json), which other code than ours made.
 */

#include <string.h>

#include "tests/unit/test.h"

#include "base/enc.h"
#include "base/err.h"
#include "key/hash.h"
#include "key/key.h"
#include "policy/transcript.h"

#define FILE_OF_VECTORS "policy/transcript-vectors.json"

static json_t *vectors;

static int
setup(void **state)
{
	(void)state;
	vectors = json_load_file(FILE_OF_VECTORS, JSON_REJECT_DUPLICATES, NULL);
	return json_array_size(vectors) >= 3 ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	json_decref(vectors);
	return 0;
}

static const char *
text(const json_t *vector, const char *name)
{
	return json_string_value(json_object_get(vector, name));
}

static void
get_octets(const json_t *vector, const char *name, struct buf *out)
{
	assert_non_null(text(vector, name));
	assert_int_equal(base64_decode(out, span_str(text(vector, name))), 0);
}

static void
assert_hex(struct span have, const json_t *vector, const char *name)
{
	struct buf hex = BUF_EMPTY;

	hex_encode(&hex, have);
	assert_string_equal(buf_str(&hex), text(vector, name));
	buf_free(&hex);
}

static void
write_context(const json_t *v, struct buf *out)
{
	json_t *c = json_object_get(v, "context");

	if (transcript_context(out, json_object_get(c, "claims"),
		json_object_get(c, "device"), text(c, "operator_nonce"),
		text(c, "signed_at"), text(c, "validation")) == -1)
		fail_msg("%s", err_text());
}

static void
write_octets(const json_t *v, struct span context, struct buf *out)
{
	uint8_t context_sha256[32], tre[32], platform[32];
	struct buf challenge = BUF_EMPTY, leaf = BUF_EMPTY;
	struct transcript t = {
		.operator= text(v, "operator"),
		.purpose = text(v, "purpose"),
		.mode = text(v, "mode"),
		.context_sha256 = span_of(context_sha256, 32),
		.platform_sha256 = span_of(platform, 32),
	};

	hash_sha256(context, context_sha256);
	assert_hex(t.context_sha256, v, "context_sha256");
	get_octets(v, "challenge", &challenge);
	t.challenge = buf_span(&challenge);
	get_octets(v, "platform_leaf", &leaf);
	hash_sha256(buf_span(&leaf), platform);
	if (text(v, "tre_leaf") != NULL) {
		buf_clear(&leaf);
		get_octets(v, "tre_leaf", &leaf);
		hash_sha256(buf_span(&leaf), tre);
		t.tre_sha256 = span_of(tre, 32);
	}
	assert_int_equal(transcript_write(out, &t), 0);
	buf_free(&challenge);
	buf_free(&leaf);
}

static void
our_octets_are_those_of_every_vector(void **state)
{
	struct buf context = BUF_EMPTY, octets = BUF_EMPTY;
	uint8_t digest[32];
	json_t *v;
	size_t i;

	(void)state;
	json_array_foreach(vectors, i, v)
	{
		buf_clear(&context);
		buf_clear(&octets);
		write_context(v, &context);
		assert_string_equal(buf_str(&context), text(v, "canonical"));
		write_octets(v, buf_span(&context), &octets);
		assert_hex(buf_span(&octets), v, "transcript");
		hash_sha256(buf_span(&octets), digest);
		assert_hex(span_of(digest, 32), v, "transcript_sha256");
	}
	buf_free(&context);
	buf_free(&octets);
}

static int
verify(const json_t *v, const char *key_name, const char *signature_name,
    struct span octets)
{
	struct buf spki = BUF_EMPTY, signature = BUF_EMPTY;
	struct key *key;
	int rc;

	get_octets(v, key_name, &spki);
	get_octets(v, signature_name, &signature);
	key = key_from_spki(buf_span(&spki));
	assert_non_null(key);
	rc = key_verify(key, octets, buf_span(&signature));
	key_free(key);
	buf_free(&spki);
	buf_free(&signature);
	return rc;
}

static void
the_signatures_of_every_vector_hold(void **state)
{
	struct buf octets = BUF_EMPTY;
	json_t *v;
	size_t i;

	(void)state;
	json_array_foreach(vectors, i, v)
	{
		buf_clear(&octets);
		assert_int_equal(
		    hex_decode(&octets, span_str(text(v, "transcript"))), 0);
		assert_int_equal(verify(v, "platform_key", "platform_signature",
				     buf_span(&octets)),
		    0);
		if (text(v, "tre_key") != NULL)
			assert_int_equal(verify(v, "tre_key", "tre_signature",
					     buf_span(&octets)),
			    0);
		octets.p[20] ^= 1;
		assert_int_equal(verify(v, "platform_key", "platform_signature",
				     buf_span(&octets)),
		    -1);
	}
	buf_free(&octets);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_octets_are_those_of_every_vector),
		cmocka_unit_test(the_signatures_of_every_vector_hold),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
