#ifndef BASE_STOP_H
#define BASE_STOP_H

#include <stdbool.h>

/* SIGTERM and SIGINT, as a wish that a daemon's loop heeds when it can. */

/* From now on they stop nothing by themselves; SIGPIPE does nothing at all. */
int stop_catch(void);
bool stop_asked(void);
/* To poll beside others: readable once we were asked to stop. */
int stop_fd(void);

#endif
