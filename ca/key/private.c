/*
 * Files that hold secrets: who else can read them is checked on the open
 * file, so that it cannot be exchanged in between.
 */

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/io.h"
#include "key/hash.h"
#include "key/private.h"

#define SECRET_MAX 1024

static int
read_all(int fd, const char *path, size_t most, struct buf *out)
{
	/* room for all at once: growing would leave copies behind */
	uint8_t *p = buf_reserve(out, most + 1);
	size_t n = 0;
	ssize_t got;

	while (n <= most) {
		got = read(fd, p + n, most + 1 - n);
		if (got == -1 && errno == EINTR)
			continue;
		if (got == -1)
			return err_set(ERR_INTERNAL, "could not read %s: %s",
			    path, strerror(errno));
		if (got == 0)
			break;
		n += (size_t)got;
	}
	if (n > most)
		return err_set(
		    ERR_INPUT, "%s is longer than %zu octets", path, most);
	out->n += n;
	return 0;
}

/* others: the permission bits that nobody may have. */
static int
read_closed(const char *path, mode_t others, size_t most, struct buf *out)
{
	struct stat st;
	int fd, rc = -1;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1 ||
	    fstat(fd, &st) == -1) {
		err_set(errno == ENOENT ? ERR_ABSENT : ERR_INTERNAL,
		    "could not open %s: %s", path, strerror(errno));
		goto out;
	}
	if (!S_ISREG(st.st_mode)) {
		err_set(ERR_DENIED, "%s is not a regular file", path);
		goto out;
	}
	if ((st.st_mode & others) != 0) {
		err_set(ERR_DENIED,
		    "others can use %s (mode %03o): chmod 600 it first", path,
		    (unsigned)(st.st_mode & 0777));
		goto out;
	}
	rc = read_all(fd, path, most, out);
out:
	if (fd != -1)
		(void)close(fd);
	return rc;
}

int
private_read(const char *path, size_t most, struct buf *out)
{
	return read_closed(path, 077, most, out);
}

/*
 * systemd gives a service's user its credentials by an ACL, whose mask stands
 * where the group's rights do: that bit says nothing, the others do.
 */
static int
read_credential(const char *name, struct buf *out)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	char path[512];
	int n;

	if (folder == NULL || folder[0] != '/')
		return err_set(ERR_ABSENT,
		    "credential:%s: CREDENTIALS_DIRECTORY is not set: add "
		    "LoadCredential= to the service",
		    name);
	if (*name == '\0' || strchr(name, '/') != NULL)
		return err_set(ERR_INPUT,
		    "credential:%s: a credential's name has no slash and is "
		    "not empty",
		    name);
	n = snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (n < 0 || (size_t)n >= sizeof(path))
		return err_set(
		    ERR_INPUT, "credential:%s: the path is too long", name);
	return read_closed(path, 037, SECRET_MAX, out);
}

/* -1: it is none that may be. */
static int
descriptor_of(const char *number)
{
	char *end;
	long fd = strtol(number, &end, 10);

	if (number[0] < '0' || number[0] > '9' || *end != '\0' || fd < 3 ||
	    fd > 1023)
		return err_set(ERR_INPUT,
		    "fd:%s must be the number of a descriptor from 3 to 1023",
		    number);
	return (int)fd;
}

/*
 * What a descriptor gives can be read once, but is needed for each key that
 * is loaded: it is kept, and the descriptor closed, so that no child has it.
 * Its number may be another file's afterwards, so it is never read again.
 */
static int
read_descriptor(const char *number, struct buf *out)
{
	static struct {
		int fd;
		struct buf text;
	} kept[2]; /* a passphrase, and a PIN */
	int fd = descriptor_of(number);
	size_t i = 0;

	if (fd == -1)
		return -1;
	while (i < 2 && kept[i].fd != 0 && kept[i].fd != fd)
		i++;
	if (i == 2)
		return err_set(ERR_INPUT,
		    "fd:%s: two descriptors were read already", number);
	if (kept[i].fd == 0) {
		if (read_all(fd, "the descriptor", SECRET_MAX, &kept[i].text) ==
		    -1) {
			buf_wipe(&kept[i].text);
			return err_set(
			    err_kind(), "fd:%s: %s", number, err_text());
		}
		(void)close(fd);
		kept[i].fd = fd;
	}
	(void)buf_reserve(out, SECRET_MAX);
	buf_put_span(out, buf_span(&kept[i].text));
	return 0;
}

int
private_passphrase(const char *source, struct buf *out)
{
	const uint8_t *end;
	int rc;

	if (strncmp(source, "fd:", 3) == 0)
		rc = read_descriptor(source + 3, out);
	else if (strncmp(source, "credential:", 11) == 0)
		rc = read_credential(source + 11, out);
	else
		rc = private_read(source, SECRET_MAX, out);
	if (rc == -1)
		return -1;
	if ((end = memchr(out->p, '\n', out->n)) != NULL)
		out->n = (size_t)(end - out->p);
	if (out->n == 0)
		return err_set(ERR_INPUT,
		    "the first line of %s must be the passphrase", source);
	return 0;
}

/* Into memory that only descriptors name, and there in the place of what it
 * was read from. */
static int
put_back(int fd, struct span secret)
{
	int memory = memfd_create("secret", MFD_CLOEXEC), rc = -1;

	if (memory == -1)
		return io_err("keep", "a secret");
	if (io_write_all(memory, secret) == 0)
		rc = dup2(memory, fd) == -1 ? io_err("keep", "a secret") : fd;
	(void)close(memory);
	return rc;
}

int
private_keep(const char *source)
{
	struct buf secret = BUF_EMPTY;
	int fd, rc = -1;

	if (strncmp(source, "fd:", 3) != 0)
		return 0;
	if ((fd = descriptor_of(source + 3)) == -1)
		return -1;
	if (read_all(fd, "the descriptor", SECRET_MAX, &secret) == -1)
		(void)err_set(err_kind(), "%s: %s", source, err_text());
	else if (secret.n == 0)
		(void)err_set(ERR_INPUT, "%s: nothing is on it", source);
	else
		rc = put_back(fd, buf_span(&secret));
	buf_wipe(&secret);
	return rc;
}

/*
 * A limit of 0 is for files; where a program gets the core instead, nothing of
 * our memory is in it.
 */
void
private_no_cores(void)
{
	const struct rlimit none = { 0, 0 };
	int fd = open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC);

	(void)setrlimit(RLIMIT_CORE, &none);
	if (fd != -1) {
		(void)!write(fd, "0", 1);
		(void)close(fd);
	}
}

static int
write_over(int fd, const char *path)
{
	struct stat st;
	uint8_t noise[512];
	off_t left;
	size_t n;

	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		return err_set(ERR_DENIED, "%s is not a regular file", path);
	for (left = st.st_size; left > 0; left -= (off_t)n) {
		n = left < (off_t)sizeof(noise) ? (size_t)left : sizeof(noise);
		hash_random(noise, n);
		if (io_write_all(fd, span_of(noise, n)) == -1)
			return -1;
	}
	return fsync(fd) == -1 ? io_err("write over", path) : 0;
}

int
private_destroy(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW), rc;

	if (fd == -1)
		return io_err("open", path);
	rc = write_over(fd, path);
	(void)close(fd);
	if (rc == 0 && unlink(path) == -1)
		rc = io_err("remove", path);
	return rc == 0 ? io_sync_folder_of(path) : -1;
}
