/*
 * The store of evidence: what is kept, and that nothing else is left behind.
 */

#include "tests/unit/test.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/enc.h"
#include "base/err.h"
#include "base/io.h"
#include "registry/evidence.h"

static struct instance in;

/*
 * Ours instead of the C library's: what was synced, in order, and whether the
 * file stood under its name by then.  A disk may be made to fail.
 */
static char synced[8][INSTANCE_PATH_MAX];
static bool placed[8];
static int nsynced;
static bool disk_fails;
static char expected[INSTANCE_PATH_MAX];

int
fsync(int fd)
{
	char link[64];
	ssize_t n;

	if (disk_fails) {
		errno = EIO;
		return -1;
	}
	assert_true(nsynced < 8);
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, synced[nsynced], INSTANCE_PATH_MAX - 1);
	assert_true(n > 0);
	synced[nsynced][n] = '\0';
	placed[nsynced++] = access(expected, F_OK) == 0;
	return 0;
}

/* An open file that holds the octets. */
static int
file_of(struct span s)
{
	char path[] = "/tmp/assay-evidence-XXXXXX";
	int fd = mkstemp(path);

	assert_int_not_equal(fd, -1);
	(void)unlink(path);
	assert_int_equal(io_write_all(fd, s), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static int
put(const char *text, const char *named_after, const char *type)
{
	uint8_t sha256[HASH_SIZE];
	uint64_t size;
	int fd = file_of(span_str(text)), rc;

	nsynced = 0;
	hash_sha256(span_str(named_after), sha256);
	rc = evidence_put(&in, fd, sha256, &type, &size);
	(void)close(fd);
	if (rc == 0)
		assert_int_equal(size, strlen(text));
	return rc;
}

/* How many files and folders are in VAR/evidence itself? */
static int
entries(void)
{
	char path[INSTANCE_PATH_MAX];
	DIR *d = opendir(instance_path(&in, path, "evidence"));
	int n = 0;

	if (d == NULL)
		return 0;
	while (readdir(d) != NULL)
		n++;
	(void)closedir(d);
	return n - 2;
}

static void
refuses(const char *text, const char *named_after, const char *type,
    const char *code)
{
	int before = entries();

	assert_int_equal(put(text, named_after, type), -1);
	assert_int_equal(err_kind(), ERR_INPUT);
	assert_string_equal(err_code(), code);
	assert_int_equal(entries(), before);
}

static void
keeps_a_file_under_its_hash_for_its_owner_alone(void **state)
{
	char path[INSTANCE_PATH_MAX];
	struct buf hex = BUF_EMPTY, octets = BUF_EMPTY;
	uint8_t sha256[HASH_SIZE];
	struct stat st;

	(void)state;
	assert_int_equal(put("report", "report", "text/plain"), 0);
	hash_sha256(span_str("report"), sha256);
	hex_encode(&hex, span_of(sha256, sizeof(sha256)));
	(void)instance_path(
	    &in, path, "evidence/%.2s/%s", buf_str(&hex), buf_str(&hex));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(io_read_file(path, 100, &octets), 0);
	assert_string_equal(buf_str(&octets), "report");
	assert_int_equal(entries(), 1);
	buf_free(&octets);
	buf_free(&hex);
}

/* In each form, also across the pieces that a long file is read in. */
static void
keeps_nothing_of_a_file_with_subscriber_data(void **state)
{
	static const char *const files[][2] = {
		{ "text/plain", "the card's IMSI is 262011234567890" },
		{ "text/plain", "id;iccid\n1;89490200001234567893\n" },
		{ "text/plain", "<ki>0f1e2d3c4b5a69788796a5b4c3d2e1f0</ki>" },
		{ "application/json", "{\"imsi\":\"262011234567890\"}" },
		{ "application/pdf", "%PDF-1.4\n(IMSI: 262011234567890)" },
		{ "application/zip",
		    "PK\003\004 OPc "
		    "0f1e2d3c4b5a69788796a5b4c3d2e1f0" },
		{ "image/png", "\x89PNG\r\n\x1a\n PUK 12345678" },
		{ "image/jpeg", "\xff\xd8\xff msisdn=491701234567" },
	};
	struct buf b = BUF_EMPTY;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		refuses(files[i][1], files[i][1], files[i][0],
		    "SUBSCRIBER_DATA_REFUSED");
	while (b.n < 128 * 1024 - 9)
		buf_putc(&b, 'a');
	buf_puts(&b, "\nIMSI 262011234567890\n");
	refuses(
	    buf_str(&b), buf_str(&b), "text/plain", "SUBSCRIBER_DATA_REFUSED");
	buf_free(&b);
}

static void
is_on_disk_before_it_is_said_to_be(void **state)
{
	char folder[INSTANCE_PATH_MAX], top[INSTANCE_PATH_MAX];
	struct buf hex = BUF_EMPTY;
	uint8_t sha256[HASH_SIZE];

	(void)state;
	hash_sha256(span_str("durable"), sha256);
	hex_encode(&hex, span_of(sha256, sizeof(sha256)));
	(void)instance_path(&in, top, "evidence");
	(void)instance_path(&in, folder, "evidence/%.2s", buf_str(&hex));
	(void)instance_path(
	    &in, expected, "evidence/%.2s/%s", buf_str(&hex), buf_str(&hex));
	buf_free(&hex);
	assert_int_equal(put("durable", "durable", "text/plain"), 0);
	assert_int_equal(nsynced, 4);
	/* the octets, then their name, then the folder's and the store's */
	assert_non_null(strstr(synced[0], "/evidence/new."));
	assert_false(placed[0]);
	assert_string_equal(synced[1], folder);
	assert_true(placed[1]);
	assert_string_equal(synced[2], top);
	assert_string_equal(synced[3], in.var);
}

static void
is_not_taken_by_a_disk_that_fails(void **state)
{
	int before = entries();

	(void)state;
	disk_fails = true;
	assert_int_equal(put("durable", "durable", "text/plain"), -1);
	assert_int_equal(err_kind(), ERR_INTERNAL);
	disk_fails = false;
	assert_int_equal(entries(), before);
}

static void
gives_back_what_was_put(void **state)
{
	uint8_t sha256[HASH_SIZE];
	char octets[16];
	int fd;

	(void)state;
	assert_int_equal(put("again", "again", "text/plain"), 0);
	hash_sha256(span_str("again"), sha256);
	assert_int_not_equal(fd = evidence_get(&in, sha256), -1);
	assert_int_equal(read(fd, octets, sizeof(octets)), 5);
	assert_memory_equal(octets, "again", 5);
	(void)close(fd);
}

static void
takes_the_same_content_twice_as_one(void **state)
{
	int before;

	(void)state;
	assert_int_equal(put("twice", "twice", "text/plain"), 0);
	before = entries();
	assert_int_equal(put("twice", "twice", "text/plain"), 0);
	assert_int_equal(entries(), before);
}

static void
refuses_other_octets_than_were_named(void **state)
{
	(void)state;
	refuses("a", "b", "text/plain", "EVIDENCE_HASH_MISMATCH");
}

static void
refuses_an_empty_file(void **state)
{
	(void)state;
	refuses("", "", "text/plain", "EVIDENCE_EMPTY");
}

static void
refuses_content_that_is_not_of_its_type(void **state)
{
	(void)state;
	refuses(
	    "no pdf", "no pdf", "application/pdf", "EVIDENCE_TYPE_MISMATCH");
	refuses("<p>", "<p>", "text/html", "EVIDENCE_TYPE_UNKNOWN");
}

/* A hole of a file, so that nothing large is written to make it. */
static void
refuses_more_than_its_bound(void **state)
{
	const char *type = "application/zip";
	uint8_t sha256[HASH_SIZE] = { 0 };
	int before = entries(), fd = file_of(span_str("PK"));
	uint64_t size;

	(void)state;
	assert_int_equal(ftruncate(fd, (off_t)EVIDENCE_MAX + 1), 0);
	assert_int_equal(evidence_put(&in, fd, sha256, &type, &size), -1);
	assert_string_equal(err_code(), "EVIDENCE_TOO_LARGE");
	assert_int_equal(entries(), before);
	(void)close(fd);
}

static void
calls_a_missing_file_our_fault(void **state)
{
	uint8_t sha256[HASH_SIZE] = { 1 };

	(void)state;
	assert_int_equal(evidence_get(&in, sha256), -1);
	assert_int_equal(err_kind(), ERR_INTERNAL);
}

static int
begin(void **state)
{
	(void)state;
	(void)snprintf(in.var, sizeof(in.var), "/tmp/assay-evidence-XXXXXX");
	return mkdtemp(in.var) != NULL ? 0 : -1;
}

static int
end(void **state)
{
	char *command = xasprintf("rm -rf '%s'", in.var);
	int rc = system(command);

	(void)state;
	free(command);
	return rc;
}

static void
removes_what_was_left_half_way(void **state)
{
	struct timespec old[2] = { { .tv_sec = time(NULL) - 3700 },
		{ .tv_sec = time(NULL) - 3700 } };
	char left[INSTANCE_PATH_MAX], busy[INSTANCE_PATH_MAX];

	(void)state;
	nsynced = 0;
	instance_path(&in, left, "evidence/new.AAAAAA");
	instance_path(&in, busy, "evidence/new.BBBBBB");
	assert_int_equal(io_write_file(left, 0600, span_str("%PDF-")), 0);
	assert_int_equal(io_write_file(busy, 0600, span_str("%PDF-")), 0);
	assert_int_equal(utimensat(AT_FDCWD, left, old, 0), 0);
	evidence_sweep(&in);
	assert_int_equal(access(left, F_OK), -1);
	assert_int_equal(unlink(busy), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    keeps_a_file_under_its_hash_for_its_owner_alone),
		cmocka_unit_test(is_on_disk_before_it_is_said_to_be),
		cmocka_unit_test(is_not_taken_by_a_disk_that_fails),
		cmocka_unit_test(keeps_nothing_of_a_file_with_subscriber_data),
		cmocka_unit_test(gives_back_what_was_put),
		cmocka_unit_test(takes_the_same_content_twice_as_one),
		cmocka_unit_test(refuses_other_octets_than_were_named),
		cmocka_unit_test(refuses_an_empty_file),
		cmocka_unit_test(refuses_content_that_is_not_of_its_type),
		cmocka_unit_test(refuses_more_than_its_bound),
		cmocka_unit_test(calls_a_missing_file_our_fault),
		cmocka_unit_test(removes_what_was_left_half_way),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
