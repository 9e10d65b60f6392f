#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include <stdbool.h>

/*
 * A mapped file that is cut short, or that the disk gives back no more, is a
 * signal to whoever reads it (SIGBUS): its end, unless it says so before.
 */

/* Once, before the first guard; -1: it cannot be. */
int fault_catch(void);

/*
 * Call it; false when it was left in the middle, as something that it read was
 * gone.  So it may read and reckon, and may change nothing that must be whole,
 * nor hold anything.  By one thread of a process; one within another is well.
 * No system call.
 */
bool fault_guard(void (*reads)(void *), void *ctx);

#endif
