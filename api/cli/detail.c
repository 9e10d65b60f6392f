/*
 * A record with parts, for people.
 */

#include <stdio.h>

#include "api/cli/detail.h"

static bool
is_part(const json_t *v)
{
	return json_is_object(v) ||
	    (json_is_array(v) && json_is_object(json_array_get(v, 0)));
}

/* "site_scope" as "site scope:" */
static void
show_title(const char *name)
{
	printf("\n");
	for (; *name != '\0'; name++)
		(void)putchar(*name == '_' ? ' ' : *name);
	printf(":\n");
}

static bool
is_empty(const json_t *v)
{
	return json_is_array(v) && json_array_size(v) == 0;
}

int
cli_show_parts(struct cli *cli, json_t *o)
{
	json_t *plain, *v;
	const char *name;
	int rc;

	if (cli->json || cli->quiet || !json_is_object(o))
		return cli_show(cli, o, NULL);
	plain = json_object();
	json_object_foreach(o, name, v)
	{
		if (!is_part(v) && !is_empty(v) && !json_is_null(v))
			json_object_set(plain, name, v);
	}
	rc = cli_show(cli, plain, NULL);
	json_object_foreach(o, name, v)
	{
		if (!is_part(v) ||
		    json_object_size(v) + json_array_size(v) == 0)
			continue;
		show_title(name);
		rc = cli_show(cli, json_incref(v), NULL);
	}
	json_decref(o);
	return rc;
}
