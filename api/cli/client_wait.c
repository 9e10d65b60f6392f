/*
 * Waiting as a server asks to.
 */

#include <stdio.h>
#include <unistd.h>

#include "api/cli/client.h"
#include "base/err.h"

#define TRIES  30  /* a second apart */
#define WAITED 900 /* seconds in all */

bool
client_wait(const struct cli *cli, struct client_patience *p)
{
	char why[512];
	int seconds = err_retry();

	if (err_kind() != ERR_BUSY)
		return false;
	if (seconds == 0) {
		(void)sleep(1);
		return ++p->tries < TRIES;
	}
	if (p->waited + seconds > WAITED) {
		(void)snprintf(why, sizeof(why), "%s", err_text());
		err_set_code(ERR_BUSY, err_code(),
		    "%s: it asks to be left alone for %d s", why, seconds);
		return false;
	}
	if (!cli->quiet && seconds > 2)
		fprintf(stderr, "assay: %s: going on in %d s\n", cli_why(),
		    seconds);
	p->waited += seconds;
	(void)sleep((unsigned)seconds);
	return true;
}
