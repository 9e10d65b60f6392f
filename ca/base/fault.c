/*
 * Reading what somebody else may take away.
 */

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>

#include "base/err.h"
#include "base/fault.h"

static sigjmp_buf *volatile back; /* NULL: nobody is on guard */

static void
on_fault(int sig, siginfo_t *info, void *context)
{
	(void)context;
	/* sent by somebody, or nobody's: it is what it always was */
	if (back == NULL || info->si_code <= 0) {
		(void)signal(sig, SIG_DFL);
		(void)raise(sig);
		return;
	}
	siglongjmp(*back, 1);
}

int
fault_catch(void)
{
	/* not blocked meanwhile, so that there is no mask to put back */
	struct sigaction act = { .sa_sigaction = on_fault,
		.sa_flags = SA_SIGINFO | SA_NODEFER };

	if (sigaction(SIGBUS, &act, NULL) == -1)
		return err_set(ERR_INTERNAL, "could not catch SIGBUS: %s",
		    strerror(errno));
	return 0;
}

bool
fault_guard(void (*reads)(void *), void *ctx)
{
	sigjmp_buf *before = back;
	sigjmp_buf here;

	if (sigsetjmp(here, 0) != 0) {
		back = before;
		return false;
	}
	back = &here;
	reads(ctx);
	back = before;
	return true;
}
