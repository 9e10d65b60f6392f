/*
 * Named pipes that wake.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/bell.h"
#include "base/io.h"

_Static_assert(BELL_MOST <= PIPE_BUF, "a ring is one write");

/* What waits while its listener is busy. */
#define ROOM (1024 * 1024)

/* A pipe, whatever lies there: a link is not followed, a file not written. */
static int
open_pipe(const char *path, int flags)
{
	struct stat st;
	int fd;

	fd = open(path, flags | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fd != -1 && fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode))
		return fd;
	if (fd != -1) {
		errno = EINVAL;
		(void)close(fd);
	}
	return -1;
}

/* Opened for writing, too, it has no end that would have to be waited out. */
int
bell_open(const char *path)
{
	int fd;

	if (mkfifo(path, 0600) == -1 && errno != EEXIST)
		return io_err("make", path);
	if ((fd = open_pipe(path, O_RDWR)) == -1)
		return io_err("open", path);
	(void)fchmod(fd, 0600 | io_group_may(path, 020));
	(void)fcntl(fd, F_SETPIPE_SZ, ROOM);
	return fd;
}

bool
bell_hear(int fd, struct buf *out)
{
	size_t before = out->n;
	ssize_t n;

	/* Who rings without end must not keep us for ever: what there is room
	 * for at a time is heard at a time. */
	while (out->n - before < ROOM &&
	    (n = read(fd, buf_reserve(out, 65536), 65536)) > 0)
		out->n += (size_t)n;
	return out->n > before;
}

void
bell_name(struct bell *b, const char *path)
{
	(void)snprintf(b->path, sizeof(b->path), "%s", path);
	b->fd = -1;
}

void
bell_close(struct bell *b)
{
	if (b->fd != -1)
		(void)close(b->fd);
	b->fd = -1;
}

/* Opened for writing alone, it needs somebody who reads. */
bool
bell_listens(struct bell *b)
{
	if (b->fd == -1)
		b->fd = open_pipe(b->path, O_WRONLY);
	return b->fd != -1;
}

bool
bell_ring(struct bell *b, struct span s)
{
	/* More than a pipe takes at once could be torn. */
	if (s.n > BELL_MOST || !bell_listens(b))
		return false;
	/* Full: it rings already. */
	if (write(b->fd, s.p, s.n) != -1 || errno == EAGAIN)
		return true;
	bell_close(b);
	return false;
}
