/*
 * Files that hold secrets: who else can read them is checked on the open
 * file, so that it cannot be exchanged in between.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "key/private.h"

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

int
private_read(const char *path, size_t most, struct buf *out)
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
	if ((st.st_mode & 077) != 0) {
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
private_passphrase(const char *path, struct buf *out)
{
	const uint8_t *end;

	if (private_read(path, 1024, out) == -1)
		return -1;
	if ((end = memchr(out->p, '\n', out->n)) != NULL)
		out->n = (size_t)(end - out->p);
	if (out->n == 0)
		return err_set(ERR_INPUT,
		    "the first line of %s must be the passphrase", path);
	return 0;
}
