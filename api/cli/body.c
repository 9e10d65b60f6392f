/*
 * Options into the JSON that a request carries.
 */

#include "api/cli/body.h"

void
body_put(json_t *body, struct cli *cli, const char *member, const char *option)
{
	const char *s = cli_option(cli, option);

	if (s != NULL)
		json_object_set_new(body, member, json_string(s));
}

void
body_put_all(
    json_t *body, struct cli *cli, const char *member, const char *option)
{
	json_t *list;
	const char *s;
	size_t i;

	if (cli_option_at(cli, option, 0) == NULL)
		return;
	list = json_array();
	for (i = 0; (s = cli_option_at(cli, option, i)) != NULL; i++)
		json_array_append_new(list, json_string(s));
	json_object_set_new(body, member, list);
}
