/*
 * Nothing from a server may steer the terminal: neither what it calls things
 * nor what it says of them, wherever that is shown.
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/cli/cli.h"
#include "base/err.h"
#include "base/text.h"

static char *
plain_of(const char *text)
{
	char *s = xstrdup(text);

	text_make_plain(s, strlen(s), true);
	return s;
}

static void
make_plain(json_t *v)
{
	const char *name;
	json_t *part, *named;
	void *at;
	size_t i;
	char *s;

	if (json_is_string(v)) {
		s = plain_of(json_string_value(v));
		(void)json_string_set(v, s);
		free(s);
	}
	json_array_foreach(v, i, part)
	{
		make_plain(part);
	}
	named = json_is_object(v) ? json_object() : NULL;
	json_object_foreach_safe(v, at, name, part)
	{
		make_plain(part);
		if (text_is_plain(span_str(name)))
			continue;
		s = plain_of(name);
		(void)json_object_set(named, s, part);
		(void)json_object_del(v, name);
		free(s);
	}
	if (named != NULL)
		(void)json_object_update_missing(v, named);
	json_decref(named);
}

const char *
cli_why(void)
{
	return text_of_err(true);
}

/* A program, which asks for JSON, gets it as it came. */
json_t *
cli_plain(const struct cli *cli, json_t *v)
{
	if (v != NULL && (!cli->json || isatty(STDOUT_FILENO)))
		make_plain(v);
	return v;
}

json_t *
client_reply_json(const struct cli *cli, const struct client_reply *reply)
{
	json_error_t why;
	json_t *v;

	if (reply->body.n == 0)
		return json_object();
	v = json_loadb((const char *)reply->body.p, reply->body.n,
	    JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &why);
	if (v == NULL)
		err_set(ERR_INTERNAL, "the server's answer is no JSON: %s",
		    why.text);
	return cli_plain(cli, v);
}
