#include <stddef.h>

#include "api/cli/client.h"
#include "base/err.h"

char *
client_statement(struct cli *cli, const char *path, struct span body)
{
	(void)cli;
	(void)path;
	(void)body;
	err_set(ERR_INTERNAL, "pending");
	return NULL;
}
