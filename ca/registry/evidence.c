/*
 * The store of evidence: hash while copying, then rename.
 */

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/enc.h"
#include "base/err.h"
#include "base/io.h"
#include "policy/never.h"
#include "registry/evidence.h"
#include "registry/evidence_type.h"

#define LEFT_SECONDS 3600 /* the longest upload has a quarter of it */

/* Where this content is kept: its folder, or the file in it. */
static void
path_of(const struct instance *in, const uint8_t sha256[HASH_SIZE],
    char folder[INSTANCE_PATH_MAX], char file[INSTANCE_PATH_MAX])
{
	struct buf hex = BUF_EMPTY;

	hex_encode(&hex, span_of(sha256, HASH_SIZE));
	(void)instance_path(in, folder, "evidence/%.2s", buf_str(&hex));
	(void)instance_path(
	    in, file, "evidence/%.2s/%s", buf_str(&hex), buf_str(&hex));
	buf_free(&hex);
}

/* From one file into the other; what it was, and how long.  Looked through on
 * the way for what never enters. */
static int
copy(int from, int to, struct evidence_type *type, uint8_t sha256[HASH_SIZE],
    uint64_t *size)
{
	struct buf piece = BUF_EMPTY;
	struct hash *hash = hash_new();
	const size_t most = 128 * 1024;
	struct span s;
	struct never_scan never;
	ssize_t n;
	int rc = -1;

	never_scan_begin(&never);
	*size = 0;
	for (;;) {
		n = read(from, buf_reserve(&piece, most), most);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			io_err("read", "the upload");
			goto out;
		}
		if (n == 0)
			break;
		s = span_of(piece.p, (size_t)n);
		*size += s.n;
		if (*size > EVIDENCE_MAX) {
			err_set_code(ERR_INPUT, "EVIDENCE_TOO_LARGE",
			    "evidence has %d octets at most: split it",
			    EVIDENCE_MAX);
			goto out;
		}
		hash_put(hash, s);
		evidence_type_put(type, s);
		if (never_scan_put(&never, s) != NEVER_NOTHING)
			break;
		if (io_write_all(to, s) == -1)
			goto out;
	}
	if (never_refuse(never_scan_end(&never), "the file") == -1)
		goto out;
	hash_end(hash, sha256);
	rc = 0;
out:
	hash_free(hash);
	buf_free(&piece);
	return rc;
}

static int
check(const struct evidence_type *type, uint64_t size,
    const uint8_t is[HASH_SIZE], const uint8_t said[HASH_SIZE])
{
	if (size == 0)
		return err_set_code(ERR_INPUT, "EVIDENCE_EMPTY",
		    "the file has no octets: evidence has one at least");
	if (memcmp(is, said, HASH_SIZE) != 0)
		return err_set_code(ERR_INPUT, "EVIDENCE_HASH_MISMATCH",
		    "the file's SHA-256 is not the one in its address: it "
		    "changed on the way, or after it was hashed");
	return evidence_type_end(type);
}

/*
 * The file's name, its folder's and the store's must be on disk before the
 * database says that there is such evidence.
 */
static int
place(const struct instance *in, int fd, const char *temporary,
    const uint8_t sha256[HASH_SIZE])
{
	char folder[INSTANCE_PATH_MAX], file[INSTANCE_PATH_MAX];
	char top[INSTANCE_PATH_MAX];

	path_of(in, sha256, folder, file);
	if (io_make_folder(folder, 0700) == -1)
		return -1;
	if (fchmod(fd, 0600) == -1 || fsync(fd) == -1)
		return io_err("keep", file);
	if (io_rename(temporary, file) == -1 || io_sync_folder_of(folder) == -1)
		return -1;
	return io_sync_folder_of(instance_path(in, top, "evidence"));
}

int
evidence_put(const struct instance *in, int fd, const uint8_t sha256[HASH_SIZE],
    const char **media_type, uint64_t *size)
{
	char temporary[INSTANCE_PATH_MAX];
	struct evidence_type type;
	uint8_t is[HASH_SIZE];
	int to, rc = -1;

	if (evidence_type_begin(&type, *media_type) == -1 ||
	    io_make_folder(instance_path(in, temporary, "evidence"), 0700) ==
		-1)
		return -1;
	(void)instance_path(in, temporary, "evidence/new.XXXXXX");
	if ((to = mkostemp(temporary, O_CLOEXEC)) == -1)
		return io_err("create", temporary);
	if (copy(fd, to, &type, is, size) == 0 &&
	    check(&type, *size, is, sha256) == 0)
		rc = place(in, to, temporary, sha256);
	if (rc == -1)
		(void)unlink(temporary);
	else
		*media_type = type.name;
	(void)close(to);
	return rc;
}

void
evidence_sweep(const struct instance *in)
{
	char top[INSTANCE_PATH_MAX], file[INSTANCE_PATH_MAX];
	struct dirent *entry;
	struct stat st;
	DIR *d = opendir(instance_path(in, top, "evidence"));

	while (d != NULL && (entry = readdir(d)) != NULL)
		if (strncmp(entry->d_name, "new.", 4) == 0 &&
		    stat(instance_path(
			     in, file, "evidence/%.250s", entry->d_name),
			&st) == 0 &&
		    st.st_mtime < time(NULL) - LEFT_SECONDS)
			(void)unlink(file);
	if (d != NULL)
		(void)closedir(d);
}

int
evidence_get(const struct instance *in, const uint8_t sha256[HASH_SIZE])
{
	char folder[INSTANCE_PATH_MAX], file[INSTANCE_PATH_MAX];
	int fd;

	path_of(in, sha256, folder, file);
	if ((fd = open(file, O_RDONLY | O_CLOEXEC)) == -1)
		err_set(ERR_INTERNAL, "could not open %s: %s", file,
		    strerror(errno));
	return fd;
}
