#ifndef API_BATCH_FILE_H
#define API_BATCH_FILE_H

#include <stdint.h>

#include "base/buf.h"
#include "key/hash.h"

/*
 * The lines of a batch, as it was sent: an open file, read some 64 KiB at a
 * time, whatever is in it.
 */

#define BATCH_LINE_MAX (96 * 1024)

/*
 * SHA-256 of all of it, and how many lines it has; reads it to its end.  -1:
 * ERR_INPUT, code BATCH_MALFORMED when one is too long, BATCH_TOO_LARGE when
 * they are more than a batch has.
 */
int batch_file_scan(int fd, uint8_t sha256[HASH_SIZE], int *lines);

struct batch_file;

/* From the start; fd stays the caller's. */
struct batch_file *batch_file_open(int fd);
void batch_file_free(struct batch_file *);

/* The next line without its newline, until the one after: 1; 0: the end; -1. */
int batch_file_line(struct batch_file *, struct span *);

#endif
