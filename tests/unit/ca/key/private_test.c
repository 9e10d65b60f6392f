/*
 * Passphrases and PINs: from files that only their owner reads, from
 * descriptors, from credentials of the service.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

#include "tests/unit/test.h"

#include "key/private.h"
#include "tests/unit/ca/key/key_file.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    refuses_a_passphrase_file_that_others_can_read_or_is_empty),
		cmocka_unit_test(
		    takes_secrets_from_two_descriptors_and_closes_them),
		cmocka_unit_test(refuses_descriptors_that_are_none),
		cmocka_unit_test(
		    takes_a_passphrase_from_a_credential_of_the_service),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
