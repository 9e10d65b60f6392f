/*
 * Being asked to stop: a flag, and a pipe that wakes who waits.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/stop.h"

static volatile sig_atomic_t asked;
static int wake[2] = { -1, -1 };

static void
on_signal(int sig)
{
	int saved = errno;

	(void)sig;
	asked = 1;
	if (write(wake[1], "", 1) == -1) {
		/* the pipe is full: it will wake */
	}
	errno = saved;
}

int
stop_catch(void)
{
	struct sigaction act = { .sa_handler = on_signal };

	if (pipe2(wake, O_CLOEXEC | O_NONBLOCK) == -1 ||
	    sigaction(SIGTERM, &act, NULL) == -1 ||
	    sigaction(SIGINT, &act, NULL) == -1)
		return err_set(ERR_INTERNAL, "could not catch signals: %s",
		    strerror(errno));
	(void)signal(SIGPIPE, SIG_IGN);
	return 0;
}

bool
stop_asked(void)
{
	return asked != 0;
}

int
stop_fd(void)
{
	return wake[0];
}
