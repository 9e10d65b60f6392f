#ifndef KEY_PRIVATE_H
#define KEY_PRIVATE_H

#include "base/buf.h"

/*
 * Files that hold secrets.  Read only when the path is a regular file that
 * nobody but its owner can read or write (0600, 0400): ERR_DENIED otherwise.
 * Release what was read with buf_wipe().
 */
int private_read(const char *path, size_t most, struct buf *);

/* The passphrase in a file's first line; ERR_INPUT when it is empty. */
int private_passphrase(const char *path, struct buf *);

#endif
