/*
 * Claims with evidence.
 */

#include "api/cli/claim.h"
#include "api/cli/detail.h"

int
claim_post(struct cli *cli, const char *name, const char *verb)
{
	json_t *body = json_object(), *evidence = json_array();
	const char *sha256;
	size_t i;

	json_object_set_new(body, name, json_string(cli_option(cli, name)));
	for (i = 0; (sha256 = cli_option_at(cli, "evidence", i)) != NULL; i++)
		json_array_append_new(evidence, json_string(sha256));
	if (json_array_size(evidence) > 0)
		json_object_set(body, "evidence", evidence);
	json_decref(evidence);
	return cli_show_parts(cli,
	    cli_post(cli, body, "/v1/measures/%s/%s",
		cli_escape(cli_arg(cli, 0)), verb));
}
