#ifndef BASE_IO_H
#define BASE_IO_H

#include <sys/types.h>

#include <stdbool.h>

#include "base/buf.h"

/*
 * Whole files.  ERR_ABSENT when there is none, ERR_INPUT when one is longer
 * than it may be, what io_err() says otherwise.
 */

/*
 * err_set() of what a system call on that path said, by errno: ERR_ABSENT,
 * ERR_BUSY with the code STORAGE_FULL when there is no room, ERR_INTERNAL.
 */
int io_err(const char *what, const char *path);

/* Append the file to buf; at most most octets. */
int io_read_file(const char *path, size_t most, struct buf *);
/*
 * The same of a file in another user's folder, who may have laid a pipe there,
 * whose end nobody ever writes to, or a link to what only we can read.
 */
int io_read_theirs(const char *path, size_t most, struct buf *);

/*
 * Write path as a whole or not at all: a temporary beside it, fsync, rename,
 * fsync of the folder.
 */
int io_write_file(const char *path, mode_t, struct span);

/*
 * The same for what comes bit by bit: io_begin() gives the temporary's
 * descriptor to write to, and its name; io_end() has it take path's place, or
 * takes it away again if it shall not be kept.  Both names are freed.
 */
struct io_file {
	char *path, *tmp;
	int fd;
};
int io_begin(struct io_file *, const char *path, mode_t);
int io_end(struct io_file *, bool keep);

/* The same for a file that must not exist yet: ERR_CONFLICT if it does. */
int io_create_file(const char *path, mode_t, struct span);

/*
 * What the group may of a file that is to be there: these bits, where its
 * folder, or the first one above it that exists, gives its group to all in it
 * (setgid): whom that is shared with is told by it.  Elsewhere nothing.
 */
mode_t io_group_may(const char *path, mode_t);

/* mkdir -p; folders made get the mode. */
int io_make_folder(const char *path, mode_t);

/* A name that was made is there after a crash, too: fsync of its folder. */
int io_sync_folder_of(const char *path);
/* The same of a file that is given another name. */
int io_rename(const char *from, const char *to);

/*
 * Each name in a folder that is like the pattern (of fnmatch(3), for names
 * only: whatever is in the folder's own path), in their order, till visit
 * returns other than 0, which is given back.  What is no folder has none; -1:
 * one that cannot be read.
 */
int io_each(const char *folder, const char *pattern,
    int (*visit)(const char *name, void *), void *ctx);

int io_write_all(int fd, struct span);

#endif
