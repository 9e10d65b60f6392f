#ifndef API_CLI_OUT_H
#define API_CLI_OUT_H

#include <sys/types.h>

#include <stdbool.h>

#include "base/buf.h"

/*
 * Where --out says that a result goes.  "-", /dev/stdout, /dev/stderr and
 * /dev/fd/N (what a shell makes of >(command)) are open already, and written to
 * as they are.  Others are names of files.
 */
bool out_is_open(const char *path);

/*
 * A descriptor to write to, bit by bit; a file that is there is emptied.  Where
 * others may write, a link could make that another file: none is followed.
 * -1 with ERR_INPUT.
 */
int out_open(const char *path);

/*
 * All of it, into a file as io_write_file() does, which takes the place of one
 * that is there; but into what is none (a pipe, a device), which stays.
 */
int out_write(const char *path, mode_t, struct span);

#endif
