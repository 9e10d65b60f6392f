/*
 * What the server refused, as our own error.
 */

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "api/cli/client.h"
#include "base/err.h"
#include "base/text.h"

static enum err_kind
kind_of(long status)
{
	switch (status) {
	case 401:
	case 403:
		return ERR_DENIED;
	case 404:
	case 405:
		return ERR_ABSENT;
	case 409:
		return ERR_CONFLICT;
	case 429:
	case 502:
	case 503:
	case 504:
	case 507:
		return ERR_BUSY;
	default:
		return status >= 400 && status < 500 ? ERR_INPUT : ERR_INTERNAL;
	}
}

/* What stands behind the type's last slash, when it looks like a code. */
static const char *
code_of(const char *type)
{
	const char *slash = type != NULL ? strrchr(type, '/') : NULL;

	return slash != NULL && text_is_code(slash + 1) ? slash + 1 : "";
}

int
client_problem(long status, struct span body)
{
	json_t *o = json_loadb((const char *)body.p, body.n, 0, NULL);
	const char *said = json_string_value(json_object_get(o, "detail"));
	char *detail = said != NULL ? xstrdup(said) : NULL;
	const char *type = json_string_value(json_object_get(o, "type"));

	if (detail == NULL)
		err_set(kind_of(status), "the server answered with status %ld",
		    status);
	else {
		text_make_plain(detail, strlen(detail), false);
		err_set_code(kind_of(status), code_of(type), "%s", detail);
	}
	free(detail);
	json_decref(o);
	return -1;
}
