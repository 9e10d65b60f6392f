/*
 * Whole files, written so that a crash leaves the old one or the new one.
 */

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/io.h"

int
io_err(const char *what, const char *path)
{
	if (errno == ENOSPC || errno == EDQUOT)
		return err_set_code(ERR_BUSY, "STORAGE_FULL",
		    "could not %s %s: %s", what, path, strerror(errno));
	return err_set(errno == ENOENT ? ERR_ABSENT : ERR_INTERNAL,
	    "could not %s %s: %s", what, path, strerror(errno));
}

/* Closes it. */
static int
read_whole(int fd, const char *path, size_t most, struct buf *out)
{
	size_t mark = out->n;
	ssize_t n;
	int rc = -1;

	for (;;) {
		n = read(fd, buf_reserve(out, 8192), 8192);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			io_err("read", path);
			goto out;
		}
		if (n == 0)
			break;
		out->n += (size_t)n;
		if (out->n - mark > most) {
			err_set(ERR_INPUT, "%s is longer than %zu octets", path,
			    most);
			goto out;
		}
	}
	rc = 0;
out:
	if (rc == -1)
		out->n = mark;
	(void)close(fd);
	return rc;
}

int
io_read_file(const char *path, size_t most, struct buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd != -1 ? read_whole(fd, path, most, out)
			: io_err("open", path);
}

int
io_read_theirs(const char *path, size_t most, struct buf *out)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd == -1)
		return io_err("open", path);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return read_whole(fd, path, most, out);
	(void)close(fd);
	return err_set(ERR_DENIED, "%s is no regular file", path);
}

int
io_write_all(int fd, struct span s)
{
	ssize_t n;

	while (s.n > 0) {
		n = write(fd, s.p, s.n);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return io_err("write to", "a file");
		s.p += n;
		s.n -= (size_t)n;
	}
	return 0;
}

int
io_sync_folder_of(const char *path)
{
	char *folder = xstrdup(path), *slash = strrchr(folder, '/');
	int fd, rc = -1;

	if (slash != NULL)
		slash[slash == folder ? 1 : 0] = '\0';
	fd = open(
	    slash != NULL ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 || fsync(fd) == -1)
		io_err("sync the folder of", path);
	else
		rc = 0;
	if (fd != -1)
		(void)close(fd);
	free(folder);
	return rc;
}

int
io_rename(const char *from, const char *to)
{
	return rename(from, to) == -1 ? io_err("rename to", to)
				      : io_sync_folder_of(to);
}

int
io_begin(struct io_file *f, const char *path, mode_t mode)
{
	f->tmp = xasprintf("%s.XXXXXX", path);
	f->path = xstrdup(path);
	if ((f->fd = mkostemp(f->tmp, O_CLOEXEC)) != -1 &&
	    fchmod(f->fd, mode) == 0)
		return 0;
	io_err("create", f->tmp);
	(void)io_end(f, false);
	return -1;
}

int
io_end(struct io_file *f, bool keep)
{
	int rc = -1;

	if (!keep)
		rc = 0;
	else if (fsync(f->fd) == -1)
		io_err("write", f->tmp);
	else
		rc = io_rename(f->tmp, f->path);
	if (f->fd != -1) {
		(void)close(f->fd);
		if (!keep || rc == -1)
			(void)unlink(f->tmp);
	}
	free(f->tmp);
	free(f->path);
	*f = (struct io_file){ NULL, NULL, -1 };
	return rc;
}

int
io_write_file(const char *path, mode_t mode, struct span s)
{
	struct io_file f;

	if (io_begin(&f, path, mode) == -1)
		return -1;
	if (io_write_all(f.fd, s) == -1) {
		io_err("write", f.tmp);
		(void)io_end(&f, false);
		return -1;
	}
	return io_end(&f, true);
}

int
io_create_file(const char *path, mode_t mode, struct span s)
{
	struct io_file f;
	int rc = -1;

	if (io_begin(&f, path, mode) == -1)
		return -1;
	if (io_write_all(f.fd, s) == -1 || fsync(f.fd) == -1)
		io_err("write", f.tmp);
	else if (link(f.tmp, path) == 0) {
		/* One that may be gone tomorrow was not created. */
		if ((rc = io_sync_folder_of(path)) == -1)
			(void)unlink(path);
	} else if (errno == EEXIST)
		err_set(ERR_CONFLICT, "%s exists already", path);
	else
		io_err("create", path);
	(void)io_end(&f, false);
	return rc;
}

int
io_make_folder(const char *path, mode_t mode)
{
	char *part = xstrdup(path), *slash;
	int rc = -1;

	for (slash = strchr(part + 1, '/'); slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(part, mode) == -1 && errno != EEXIST) {
			io_err("make the folder", part);
			goto out;
		}
		*slash = '/';
	}
	if (mkdir(path, mode) == -1 && errno != EEXIST) {
		io_err("make the folder", path);
		goto out;
	}
	rc = 0;
out:
	free(part);
	return rc;
}

int
io_each(const char *folder, const char *pattern,
    int (*visit)(const char *name, void *), void *ctx)
{
	struct dirent **e = NULL;
	int n = scandir(folder, &e, NULL, alphasort), i, rc = 0;

	if (n == -1 && errno != ENOENT && errno != ENOTDIR)
		return io_err("read", folder);
	for (i = 0; i < n; i++) {
		if (rc == 0 && fnmatch(pattern, e[i]->d_name, FNM_PERIOD) == 0)
			rc = visit(e[i]->d_name, ctx);
		free(e[i]);
	}
	free(e);
	return rc;
}

mode_t
io_group_may(const char *path, mode_t bits)
{
	char *folder = xstrdup(path), *slash;
	struct stat st = { .st_mode = 0 };

	while ((slash = strrchr(folder, '/')) != NULL && slash != folder) {
		*slash = '\0';
		if (stat(folder, &st) == 0)
			break;
	}
	free(folder);
	return (st.st_mode & S_ISGID) != 0 ? bits : 0;
}
