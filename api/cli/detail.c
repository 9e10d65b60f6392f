/*
 * A record for people: what they look for first, and its parts behind it.
 */

#include <stdio.h>

#include "api/cli/detail.h"

bool
cli_is_nothing(const json_t *v)
{
	return v == NULL || json_is_null(v) ||
	    (json_is_array(v) && json_array_size(v) == 0) ||
	    (json_is_string(v) && json_string_length(v) == 0);
}

static bool
is_part(const json_t *v)
{
	return json_is_object(v) ||
	    (json_is_array(v) && json_is_object(json_array_get(v, 0)));
}

/* A certificate, a receipt: nobody reads what comes behind it on a screen. */
#define LONG 200

static bool
is_long(const json_t *v)
{
	return json_string_length(v) > LONG;
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

/* What people look for first; JSON has no order of its own. */
static const char *const first[] = { "proposal", "act", "subject", "decision",
	"verdict", "custody", "dispute", "number", "handle", "device", "serial",
	"sha256", "name", "version", "kind", "type", "role", "model",
	"organisation", "scope_kind", "scope", "level", "state",
	"accreditation", "coc", "emergency", "lapses", "effective",
	"valid_from", "expires", "site", "lot", "quota", "used", "count",
	"checked", "issued", "refused", "declaration", "ruleset", "missing",
	"reach", "components", "proposals" };

static void
add_member(json_t *to, json_t *from, const char *name)
{
	json_t *v = json_object_get(from, name);

	if (v != NULL)
		json_object_set(to, name, v);
}

json_t *
cli_in_order(json_t *o)
{
	json_t *ordered = json_object(), *v;
	const char *name;
	size_t i;

	for (i = 0; i < sizeof(first) / sizeof(first[0]); i++)
		add_member(ordered, o, first[i]);
	json_object_foreach(o, name, v)
	{
		if (!is_long(v) && json_object_get(ordered, name) == NULL)
			add_member(ordered, o, name);
	}
	json_object_foreach(o, name, v)
	{
		if (json_object_get(ordered, name) == NULL)
			add_member(ordered, o, name);
	}
	return ordered;
}

void
cli_show_record(json_t *o)
{
	json_t *ordered = cli_in_order(o), *plain = json_object(), *v;
	const char *name;

	json_object_foreach(ordered, name, v)
	{
		if (!is_part(v) && !cli_is_nothing(v))
			json_object_set(plain, name, v);
	}
	cli_show_lines(plain);
	json_object_foreach(ordered, name, v)
	{
		if (!is_part(v) ||
		    json_object_size(v) + json_array_size(v) == 0)
			continue;
		show_title(name);
		if (json_is_array(v))
			cli_show_table(v, NULL);
		else
			cli_show_lines(v);
	}
	json_decref(plain);
	json_decref(ordered);
}

int
cli_show_parts(struct cli *cli, json_t *o)
{
	if (cli->json || cli->quiet || !json_is_object(o))
		return cli_show(cli, o, NULL);
	cli_show_record(o);
	json_decref(o);
	return CLI_OK;
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
