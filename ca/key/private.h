#ifndef KEY_PRIVATE_H
#define KEY_PRIVATE_H

#include "base/buf.h"

/*
 * Files that hold secrets.  Read only when the path is a regular file that
 * nobody but its owner can read or write (0600, 0400): ERR_DENIED otherwise.
 * Release what was read with buf_wipe().
 */
int private_read(const char *path, size_t most, struct buf *);

/*
 * Such a file is no more: each octet is written over, on the disk before its
 * name goes.  What the disk keeps of it elsewhere (a journal, worn-out blocks)
 * is for whoever wipes the disk.
 */
int private_destroy(const char *path);

/*
 * The passphrase, or a token's PIN: the first line of what the source names;
 * ERR_INPUT when it is empty.
 *
 *	/path			a file as above
 *	credential:NAME		$CREDENTIALS_DIRECTORY/NAME (systemd.exec(5))
 *	fd:N			descriptor N, from 3: read once, closed, kept
 */
int private_passphrase(const char *source, struct buf *);

/*
 * For whoever starts programs that read it, one after another: what is on a
 * source's descriptor is read now, and put back there so that it can be read
 * again (after lseek(2)).  The descriptor; 0: the source has none; -1.
 */
int private_keep(const char *source);

/*
 * From now on a core of this program, or of one that it starts, has no secret
 * in it, however it falls.
 */
void private_no_cores(void);

#endif
