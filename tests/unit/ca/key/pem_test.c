/*
 * Private keys in files that only their owner reads.
 */

#include <sys/stat.h>

#include "tests/unit/test.h"

#include "tests/unit/ca/key/key_file.h"

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
		cmocka_unit_test(refuses_what_is_no_key_file),
		cmocka_unit_test(refuses_private_keys_on_other_curves),
		cmocka_unit_test(never_overwrites_a_key),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
