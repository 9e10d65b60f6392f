/*
 * The TSS library asks the environment once how much it shall say.
 */

#include <pthread.h>
#include <stdlib.h>

#include "tpm/inside.h"

static void
say_nothing(void)
{
	(void)setenv("TSS2_LOG", "all+NONE", 0);
}

void
tpm_quiet(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, say_nothing);
}
