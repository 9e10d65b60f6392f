/*
 * Passphrases and PINs: from files that only their owner reads, from
 * descriptors, from credentials of the service.  And the end of such files.
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

/* A supervisor's children read it each. */
static void
puts_a_secret_back_on_its_descriptor(void **state)
{
	char source[16], text[32];
	int fd = pipe_with("tr0ub4dor\n");

	(void)state;
	(void)snprintf(source, sizeof(source), "fd:%d", fd);
	assert_int_equal(private_keep(source), fd);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
		assert_int_equal(read(fd, text, sizeof(text)), 10);
		assert_memory_equal(text, "tr0ub4dor\n", 10);
	}
	assert_int_equal(private_keep(source), -1); /* it is at its end */
	(void)close(fd);
	assert_int_equal(private_keep(source), -1);
	assert_int_equal(private_keep("fd:2"), -1);
	assert_int_equal(private_keep("/a/file"), 0);
	assert_int_equal(private_keep(""), 0);
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

#define SECRET "-----BEGIN PRIVATE KEY-----\n"

static void
put(const char *path, mode_t mode, size_t times)
{
	struct buf b = BUF_EMPTY;

	for (size_t i = 0; i < times; i++)
		buf_puts(&b, SECRET);
	assert_int_equal(io_write_file(path, mode, buf_span(&b)), 0);
	buf_free(&b);
}

static void
destroys_every_octet_before_the_name(void **state)
{
	char *path = in_folder("key"), *other = in_folder("same");
	struct buf b = BUF_EMPTY;

	(void)state;
	put(path, 0600, 100); /* no multiple of what is written at once */
	assert_int_equal(link(path, other), 0);
	assert_int_equal(private_destroy(path), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(io_read_file(other, 1 << 20, &b), 0);
	assert_int_equal(b.n, 100 * strlen(SECRET));
	assert_null(memmem(b.p, b.n, "PRIVATE", 7));
	assert_null(memmem(b.p + b.n - 28, 28, "-----\n", 6));
	buf_free(&b);
}

static void
refuses_what_is_no_file_of_ours(void **state)
{
	char *key = in_folder("kept"), *name = in_folder("name");

	(void)state;
	assert_int_equal(private_destroy(in_folder("none")), -1);
	assert_int_equal(err_kind(), ERR_ABSENT);
	put(key, 0600, 1);
	assert_int_equal(symlink(key, name), 0);
	assert_int_equal(private_destroy(name), -1); /* nor where it leads to */
	assert_int_equal(access(key, F_OK), 0);
	assert_int_equal(private_destroy("/dev/null"), -1);
	assert_int_equal(err_kind(), ERR_DENIED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    refuses_a_passphrase_file_that_others_can_read_or_is_empty),
		cmocka_unit_test(
		    takes_secrets_from_two_descriptors_and_closes_them),
		cmocka_unit_test(puts_a_secret_back_on_its_descriptor),
		cmocka_unit_test(refuses_descriptors_that_are_none),
		cmocka_unit_test(
		    takes_a_passphrase_from_a_credential_of_the_service),
		cmocka_unit_test(destroys_every_octet_before_the_name),
		cmocka_unit_test(refuses_what_is_no_file_of_ours),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
