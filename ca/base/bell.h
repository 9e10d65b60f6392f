#ifndef BASE_BELL_H
#define BASE_BELL_H

#include <stdbool.h>

#include "base/buf.h"

/*
 * A bell: a named pipe by which one process of an instance has another look, or
 * tells it what it could as well have looked up.  It spares the way through the
 * database, where a notification wakes everybody who listens to anything.
 *
 * Whoever is not there does not hear it, and what does not fit is lost: a bell
 * is never the only way.
 */

/* To listen: what to poll, or -1.  The pipe is made if it is not there. */
int bell_open(const char *path);
/* Append what has come, as much as a pipe has room for; true if there was
 * anything. */
bool bell_hear(int fd, struct buf *);

struct bell {
	char path[128];
	int fd; /* -1: nobody listened when it was looked for last */
};

void bell_name(struct bell *, const char *path);
void bell_close(struct bell *);
bool bell_listens(struct bell *);
/*
 * Ring: these octets arrive whole and behind each other, or not at all.  false:
 * nobody listens, or they are more than BELL_MOST.
 */
#define BELL_MOST 4096
bool bell_ring(struct bell *, struct span);

#endif
