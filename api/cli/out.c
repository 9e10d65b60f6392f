/*
 * Where results go.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/cli/out.h"
#include "base/err.h"
#include "base/io.h"

#define FD "/dev/fd/"

/* The number of what is open, or -1.  Not opened by that name: this would empty
 * a file that it stands for, and the names are links. */
static int
number(const char *path)
{
	const char *digits = path + strlen(FD);

	if (strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0)
		return STDOUT_FILENO;
	if (strcmp(path, "/dev/stderr") == 0)
		return STDERR_FILENO;
	if (strncmp(path, FD, strlen(FD)) != 0 || digits[0] == '\0' ||
	    strlen(digits) > 6 ||
	    strspn(digits, "0123456789") != strlen(digits))
		return -1;
	return atoi(digits);
}

bool
out_is_open(const char *path)
{
	return number(path) != -1;
}

int
out_open(const char *path)
{
	int n = number(path), fd;

	fd = n != -1
	    ? fcntl(n, F_DUPFD_CLOEXEC, 0)
	    : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		  0666);
	if (fd == -1)
		return err_set(ERR_INPUT, "could not write %s: %s", path,
		    errno == ELOOP
			? "it is a symbolic link, which is not followed"
			: strerror(errno));
	return fd;
}

static bool
is_a_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == -1 || S_ISREG(st.st_mode);
}

/* What whoever calls us lets files have. */
static mode_t
masked(mode_t mode)
{
	mode_t mask = umask(0);

	(void)umask(mask);
	return mode & ~mask;
}

int
out_write(const char *path, mode_t mode, struct span s)
{
	int fd, rc;

	if (!out_is_open(path) && is_a_file(path))
		return io_write_file(path, masked(mode), s);
	if ((fd = out_open(path)) == -1)
		return -1;
	rc = io_write_all(fd, s);
	if (close(fd) == -1 && rc == 0)
		rc = io_err("write", path);
	return rc;
}
