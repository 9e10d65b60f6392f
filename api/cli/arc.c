/*
 * The arc of this PKI's object identifiers.
 */

#include <stdlib.h>

#include "api/cli/arc.h"
#include "base/err.h"
#include "registry/instance.h"
#include "x509/oid.h"

int
arc_set(const struct cli *cli)
{
	const char *arc = cli_option(cli, "oid-arc");
	struct instance in;
	char *path;
	int rc;

	if (arc != NULL)
		return oid_set_arc(arc);
	path = xasprintf("%s/assay.cnf", cli->var);
	rc = instance_open(path, &in);
	free(path);
	if (rc == 0)
		return oid_set_arc(in.oid_arc);
	return err_kind() == ERR_ABSENT ? 0 : -1;
}
