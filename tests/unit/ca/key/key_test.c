/*
 * Keys: in files that only their owner reads, on two curves, and signatures
 * that others verify.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/test.h"

#include "base/enc.h"
#include "base/err.h"
#include "base/io.h"
#include "key/key.h"
#include "key/private.h"
#include "tests/unit/folder.h"

static char *
with_text(const char *name, mode_t mode, const char *text)
{
	char *path = in_folder(name);

	assert_int_equal(io_write_file(path, mode, span_str(text)), 0);
	return path;
}

/* Of RSA no keys are made, and this libcrypto may lack others. */
static bool
can_make(enum key_kind kind)
{
	if (kind == KEY_RSA)
		return false;
	if (!key_is_available(kind))
		print_message(
		    "skipped: this libcrypto has no %s\n", key_name(kind));
	return key_is_available(kind);
}

static void
loads_what_it_made(void **state)
{
	struct key *k, *again;
	struct stat st;

	(void)state;
	for (int i = 0; i < KEY_KINDS; i++) {
		enum key_kind kind = (enum key_kind)i;
		char *path = in_folder(key_name(kind));

		if (!can_make(kind))
			continue;
		k = key_generate(kind);
		assert_non_null(k);
		assert_true(key_is_private(k));
		assert_int_equal(key_create_file(k, path, NULL), 0);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
		again = key_load(path, NULL);
		assert_non_null(again);
		assert_int_equal(key_kind(again), kind);
		assert_true(span_equal(key_spki(k), key_spki(again)));
		key_free(k);
		key_free(again);
	}
}

static void
loads_an_encrypted_key_with_its_passphrase_only(void **state)
{
	char *path = in_folder("c.key");
	char *right = with_text("right", 0600, "correct horse\nignored");
	char *wrong = with_text("wrong", 0600, "battery staple\n");
	struct key *k = key_generate(KEY_P256), *again;
	struct buf text = BUF_EMPTY;

	(void)state;
	assert_int_equal(key_create_file(k, path, right), 0);
	assert_int_equal(io_read_file(path, 8192, &text), 0);
	assert_non_null(strstr(buf_str(&text), "BEGIN ENCRYPTED PRIVATE KEY"));
	again = key_load(path, right);
	assert_non_null(again);
	assert_true(span_equal(key_spki(k), key_spki(again)));
	assert_null(key_load(path, wrong));
	assert_int_equal(err_kind(), ERR_INPUT);
	assert_null(key_load(path, NULL));
	assert_int_equal(err_kind(), ERR_DENIED);
	key_free(k);
	key_free(again);
	buf_free(&text);
}

static void
refuses_a_key_in_clear_where_a_passphrase_is_configured(void **state)
{
	char *path = in_folder("d.key");
	char *right = with_text("right2", 0600, "correct horse\n");
	struct key *k = key_generate(KEY_P256);

	(void)state;
	assert_int_equal(key_create_file(k, path, NULL), 0);
	assert_null(key_load(path, right));
	assert_int_equal(err_kind(), ERR_DENIED);
	key_free(k);
}

static void
refuses_files_that_others_can_use(void **state)
{
	static const mode_t modes[] = { 0640, 0604, 0660, 0602, 0601 };
	char *path = in_folder("e.key");
	struct key *k = key_generate(KEY_P256);

	(void)state;
	assert_int_equal(key_create_file(k, path, NULL), 0);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(chmod(path, modes[i]), 0);
		assert_null(key_load(path, NULL));
		assert_int_equal(err_kind(), ERR_DENIED);
		assert_non_null(strstr(err_text(), "chmod 600"));
	}
	assert_int_equal(chmod(path, 0400), 0);
	key_free(k);
	k = key_load(path, NULL);
	assert_non_null(k);
	key_free(k);
}

static void
refuses_a_passphrase_file_that_others_can_read_or_is_empty(void **state)
{
	struct buf b = BUF_EMPTY;

	(void)state;
	assert_int_equal(
	    private_passphrase(with_text("p1", 0644, "secret\n"), &b), -1);
	assert_int_equal(err_kind(), ERR_DENIED);
	assert_int_equal(
	    private_passphrase(with_text("p2", 0600, "\nsecret"), &b), -1);
	assert_int_equal(err_kind(), ERR_INPUT);
	buf_wipe(&b);
}

/* The reading end of a pipe with that text in it. */
static int
pipe_with(const char *text)
{
	int ends[2], n = (int)strlen(text);

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], text, (size_t)n), n);
	(void)close(ends[1]);
	return ends[0];
}

static void
takes_secrets_from_two_descriptors_and_closes_them(void **state)
{
	static const char *const secrets[] = { "correct horse", "13579246" };
	struct buf b = BUF_EMPTY;
	char source[2][16];
	int fd[2], other;

	(void)state;
	fd[0] = pipe_with("correct horse\n");
	fd[1] = pipe_with("13579246\n");
	for (int i = 0; i < 2; i++)
		(void)snprintf(source[i], sizeof(source[i]), "fd:%d", fd[i]);
	/* for each next key again, in turn */
	for (int i = 0; i < 4; i++) {
		assert_int_equal(private_passphrase(source[i % 2], &b), 0);
		assert_true(span_equal(buf_span(&b), span_str(secrets[i % 2])));
		assert_int_equal(fcntl(fd[i % 2], F_GETFD), -1);
		buf_wipe(&b);
	}
	/* A file that has the number now is not read, nor closed. */
	other = pipe_with("another\n");
	assert_int_equal(other, fd[0]);
	assert_int_equal(private_passphrase(source[0], &b), 0);
	assert_true(span_equal(buf_span(&b), span_str(secrets[0])));
	assert_int_not_equal(fcntl(other, F_GETFD), -1);
	buf_wipe(&b);
	(void)close(other);
}

static void
refuses_descriptors_that_are_none(void **state)
{
	static const char *const bad[] = { "fd:", "fd:0", "fd:2", "fd:-3",
		"fd:1024", "fd:9x", "fd: 9" };
	struct buf b = BUF_EMPTY;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(private_passphrase(bad[i], &b), -1);
		assert_int_equal(err_kind(), ERR_INPUT);
	}
	assert_int_equal(private_passphrase("fd:1000", &b), -1);
	buf_wipe(&b);
}

static void
takes_a_passphrase_from_a_credential_of_the_service(void **state)
{
	struct buf b = BUF_EMPTY;
	char *path = with_text("pin", 0440, "battery staple\n");

	(void)state;
	(void)unsetenv("CREDENTIALS_DIRECTORY");
	assert_int_equal(private_passphrase("credential:pin", &b), -1);
	assert_int_equal(err_kind(), ERR_ABSENT);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", folder, 1), 0);
	assert_int_equal(private_passphrase("credential:pin", &b), 0);
	assert_true(span_equal(buf_span(&b), span_str("battery staple")));
	assert_int_equal(private_passphrase("credential:../pin", &b), -1);
	assert_int_equal(err_kind(), ERR_INPUT);
	assert_int_equal(private_passphrase("credential:", &b), -1);
	assert_int_equal(err_kind(), ERR_INPUT);
	assert_int_equal(chmod(path, 0444), 0);
	buf_wipe(&b);
	assert_int_equal(private_passphrase("credential:pin", &b), -1);
	assert_int_equal(err_kind(), ERR_DENIED);
	(void)unsetenv("CREDENTIALS_DIRECTORY");
	buf_wipe(&b);
}

static void
refuses_what_is_no_key_file(void **state)
{
	(void)state;
	assert_null(key_load(in_folder("none"), NULL));
	assert_int_equal(err_kind(), ERR_ABSENT);
	assert_null(key_load(folder, NULL));
	assert_int_equal(err_kind(), ERR_DENIED);
	assert_null(key_load(with_text("t", 0600, "hello"), NULL));
	assert_int_equal(err_kind(), ERR_INPUT);
	assert_null(key_load(with_text("u", 0600,
				 "-----BEGIN PRIVATE KEY-----\nAAAA\n"
				 "-----END PRIVATE KEY-----\n"),
	    NULL));
	assert_int_equal(err_kind(), ERR_INPUT);
}

static void
refuses_private_keys_on_other_curves(void **state)
{
	char command[256];
	char *path = in_folder("p521.key");

	(void)state;
	(void)snprintf(command, sizeof(command),
	    "umask 077; openssl genpkey -algorithm EC "
	    "-pkeyopt ec_paramgen_curve:P-521 -out %s 2>&1",
	    path);
	assert_int_equal(system(command), 0);
	assert_null(key_load(path, NULL));
	assert_string_equal(err_code(), "KEY_NOT_ALLOWED");
}

static void
never_overwrites_a_key(void **state)
{
	char *path = in_folder("f.key");
	struct key *k = key_generate(KEY_P256);

	(void)state;
	assert_int_equal(key_create_file(k, path, NULL), 0);
	assert_int_equal(key_create_file(k, path, NULL), -1);
	assert_int_equal(err_kind(), ERR_CONFLICT);
	key_free(k);
}

/* The same message in pieces is the same message, however often signed. */
static void
in_pieces(const struct key *k, const struct key *public)
{
	struct key_signing *s = key_signing_new(k);
	uint8_t signature[KEY_SIGNATURE_MAX];
	size_t n = 0;

	key_signing_put(s, span_str("y"));
	key_signing_put(s, span_str("es"));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(key_signing_sign(s, signature, &n), 0);
		assert_int_equal(
		    key_verify(public, span_str("yes"), span_of(signature, n)),
		    0);
	}
	key_signing_free(s);
}

static void
says_which_algorithms_there_are(void **state)
{
	enum key_kind kind = KEY_P256;

	(void)state;
	for (int i = 0; i < KEY_KINDS; i++) {
		assert_int_equal(
		    key_by_name(span_str(key_name((enum key_kind)i)), &kind),
		    0);
		assert_int_equal(kind, i);
		assert_int_equal(
		    key_kind_of_signature(
			key_algorithm_of_signatures((enum key_kind)i), &kind),
		    0);
		assert_int_equal(kind, i);
	}
	assert_int_equal(key_by_name(span_str("P-521"), &kind), -1);
	assert_int_equal(key_by_name(span_str("p-256"), &kind), -1);
	assert_true(key_is_available(KEY_P256));
	assert_true(key_is_available(KEY_ED25519));
	if (!key_is_available(KEY_ML_DSA_65)) {
		assert_null(key_generate(KEY_ML_DSA_65));
		assert_non_null(strstr(err_text(), "OpenSSL 3.5"));
	}
}

static void
verifies_what_it_signed_and_nothing_else(void **state)
{
	uint8_t signature[KEY_SIGNATURE_MAX];
	struct key *k, *public;
	size_t n = 0;

	(void)state;
	for (int i = 0; i < KEY_KINDS; i++) {
		enum key_kind kind = (enum key_kind)i;

		if (!can_make(kind))
			continue;
		k = key_generate(kind);
		public = key_from_spki(key_spki(k));
		assert_non_null(public);
		assert_false(key_is_private(public));
		assert_int_equal(
		    key_sign(k, span_str("yes"), signature, &n), 0);
		assert_true(n <= key_signature_longest(kind));
		in_pieces(k, public);
		assert_int_equal(
		    key_verify(public, span_str("yes"), span_of(signature, n)),
		    0);
		assert_int_equal(key_verify_point(kind, key_point(k),
				     span_str("yes"), span_of(signature, n)),
		    0);
		assert_int_equal(
		    key_verify(public, span_str("no"), span_of(signature, n)),
		    -1);
		assert_int_equal(err_kind(), ERR_DENIED);
		assert_string_equal(err_code(), "SIGNATURE");
		assert_int_equal(key_verify(public, span_str("yes"),
				     span_of(signature, n - 1)),
		    -1);
		assert_int_equal(
		    key_verify(public, span_str("yes"), span_of(NULL, 0)), -1);
		key_free(k);
		key_free(public);
	}
}

static void
verifies_raw_signatures_of_the_right_size_only(void **state)
{
	uint8_t raw[KEY_RAW_MAX];
	struct key *k = key_generate(KEY_P256);
	size_t n = 0;

	(void)state;
	assert_int_equal(key_sign_raw(k, span_str("yes"), raw, &n), 0);
	assert_int_equal(n, 64);
	assert_int_equal(
	    key_verify_raw(k, span_str("yes"), span_of(raw, 64)), 0);
	assert_int_equal(
	    key_verify_raw(k, span_str("yes"), span_of(raw, 63)), -1);
	assert_int_equal(
	    key_verify_raw(k, span_str("no"), span_of(raw, 64)), -1);
	memset(raw, 0, sizeof(raw));
	assert_int_equal(
	    key_verify_raw(k, span_str("yes"), span_of(raw, 64)), -1);
	key_free(k);
}

static void
signs_raw_with_the_lower_s_always(void **state)
{
	uint8_t raw[KEY_RAW_MAX];
	struct key *k = key_generate(KEY_P256);
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 50; i++) {
		assert_int_equal(key_sign_raw(k, span_str("yes"), raw, &n), 0);
		assert_true(key_raw_is_low(KEY_P256, span_of(raw, n)));
		assert_int_equal(
		    key_verify_raw(k, span_str("yes"), span_of(raw, n)), 0);
	}
	raw[32] |= 0x80;
	assert_false(key_raw_is_low(KEY_P256, span_of(raw, 64)));
	key_free(k);
}

/* RFC 6979 appendix A.2.5, "sample" with SHA-256 */
static void
verifies_the_RFCs_vector(void **state)
{
	static const char point[] =
	    "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29f"
	    "b67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d44622"
	    "99";
	static const char signature[] =
	    "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
	    "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";
	struct buf p = BUF_EMPTY, s = BUF_EMPTY;
	struct key *k;

	(void)state;
	assert_int_equal(hex_decode(&p, span_str(point)), 0);
	assert_int_equal(hex_decode(&s, span_str(signature)), 0);
	k = key_from_point(KEY_P256, buf_span(&p));
	assert_non_null(k);
	assert_int_equal(
	    key_verify_raw(k, span_str("sample"), buf_span(&s)), 0);
	assert_true(key_is_known_test_key(KEY_P256, buf_span(&p)));
	key_free(k);
	buf_free(&p);
	buf_free(&s);
}

static void
refuses_points_that_are_none(void **state)
{
	struct key *k = key_generate(KEY_P256);
	uint8_t point[KEY_POINT_MAX];

	(void)state;
	memcpy(point, key_point(k).p, 65);
	assert_null(key_from_point(KEY_P384, span_of(point, 65)));
	assert_null(key_from_point(KEY_P256, span_of(point, 64)));
	point[64] ^= 1;
	assert_null(key_from_point(KEY_P256, span_of(point, 65)));
	assert_string_equal(err_code(), "KEY_NOT_ALLOWED");
	assert_int_equal(key_check_point(KEY_P256, span_of(point, 65)), -1);
	point[64] ^= 1;
	point[0] = 0x06; /* hybrid */
	assert_null(key_from_point(KEY_P256, span_of(point, 65)));
	memset(point, 0, sizeof(point)); /* infinity, padded */
	assert_null(key_from_point(KEY_P256, span_of(point, 65)));
	assert_null(key_from_point(KEY_P256, span_of(point, 1)));
	assert_int_equal(key_verify_point(KEY_P256, span_of(point, 65),
			     span_str("x"), span_str("y")),
	    -1);
	assert_string_equal(err_code(), "KEY_NOT_ALLOWED");
	key_free(k);
}

static void
refuses_octets_behind_a_public_key(void **state)
{
	struct key *k = key_generate(KEY_P384);
	uint8_t spki[KEY_SPKI_MAX + 1] = { 0 };
	struct span s = key_spki(k);

	(void)state;
	memcpy(spki, s.p, s.n);
	assert_null(key_from_spki(span_of(spki, s.n + 1)));
	assert_string_equal(err_code(), "KEY_NOT_ALLOWED");
	key_free(k);
}

static void
refuses_to_sign_with_a_public_key(void **state)
{
	uint8_t signature[KEY_SIGNATURE_MAX];
	struct key *k = key_generate(KEY_P256);
	struct key *public = key_from_point(KEY_P256, key_point(k));
	size_t n;

	(void)state;
	assert_int_equal(key_sign(public, span_str("x"), signature, &n), -1);
	assert_int_equal(
	    key_sign_raw(public, span_str("x"), signature, &n), -1);
	assert_int_equal(key_create_file(public, in_folder("g.key"), NULL), -1);
	assert_int_equal(
	    key_sign_digest(k, span_str("short"), signature, &n), -1);
	key_free(k);
	key_free(public);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loads_what_it_made),
		cmocka_unit_test(
		    loads_an_encrypted_key_with_its_passphrase_only),
		cmocka_unit_test(
		    refuses_a_key_in_clear_where_a_passphrase_is_configured),
		cmocka_unit_test(refuses_files_that_others_can_use),
		cmocka_unit_test(
		    refuses_a_passphrase_file_that_others_can_read_or_is_empty),
		cmocka_unit_test(
		    takes_secrets_from_two_descriptors_and_closes_them),
		cmocka_unit_test(refuses_descriptors_that_are_none),
		cmocka_unit_test(
		    takes_a_passphrase_from_a_credential_of_the_service),
		cmocka_unit_test(refuses_what_is_no_key_file),
		cmocka_unit_test(refuses_private_keys_on_other_curves),
		cmocka_unit_test(never_overwrites_a_key),
		cmocka_unit_test(says_which_algorithms_there_are),
		cmocka_unit_test(verifies_what_it_signed_and_nothing_else),
		cmocka_unit_test(
		    verifies_raw_signatures_of_the_right_size_only),
		cmocka_unit_test(signs_raw_with_the_lower_s_always),
		cmocka_unit_test(verifies_the_RFCs_vector),
		cmocka_unit_test(refuses_points_that_are_none),
		cmocka_unit_test(refuses_octets_behind_a_public_key),
		cmocka_unit_test(refuses_to_sign_with_a_public_key),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
