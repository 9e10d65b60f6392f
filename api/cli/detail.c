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

/* What people look for first; JSON has no order of its own. */
static const char *const first[] = { "number", "handle", "name", "version",
	"kind", "model", "organisation", "scope_kind", "scope", "level",
	"state", "accreditation", "coc", "emergency", "lapses", "effective",
	"valid_from", "expires", "site", "quota", "used", "declaration",
	"ruleset", "missing", "reach", "components", "proposals" };

static void
add_member(json_t *to, json_t *from, const char *name)
{
	json_t *v = json_object_get(from, name);

	if (v != NULL && !json_is_null(v) && !is_empty(v))
		json_object_set(to, name, v);
}

/* The same members in a better order, without the empty ones. */
static json_t *
in_order(json_t *o)
{
	json_t *ordered = json_object(), *v;
	const char *name;
	size_t i;

	for (i = 0; i < sizeof(first) / sizeof(first[0]); i++)
		add_member(ordered, o, first[i]);
	json_object_foreach(o, name, v)
	{
		if (json_object_get(ordered, name) == NULL)
			add_member(ordered, o, name);
	}
	json_decref(o);
	return ordered;
}

int
cli_show_parts(struct cli *cli, json_t *o)
{
	json_t *plain, *v;
	const char *name;
	int rc;

	if (cli->json || cli->quiet || !json_is_object(o))
		return cli_show(cli, o, NULL);
	o = in_order(o);
	plain = json_object();
	json_object_foreach(o, name, v)
	{
		if (!is_part(v))
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

int
cli_show_proposed(struct cli *cli, json_t *o, const char *subject)
{
	int rc = cli_show_parts(cli, o);

	if (rc == CLI_OK)
		cli_say(cli,
		    "\nAnother decider approves or rejects it: "
		    "assay approve %s",
		    subject);
	return rc;
}
