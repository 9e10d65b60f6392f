/*
 * The command line: global options, noun, verb, arguments, options.
 */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/cli/commands.h"
#include "base/err.h"

#define USAGE "USAGE"

int
cli_usage(const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_set_code(ERR_INPUT, USAGE, "%s", text);
}

int
cli_exit_of_err(void)
{
	if (strcmp(err_code(), USAGE) == 0)
		return CLI_USAGE;
	switch (err_kind()) {
	case ERR_INPUT:
		return CLI_INPUT;
	case ERR_DENIED:
		return CLI_DENIED;
	case ERR_ABSENT:
		return CLI_ABSENT;
	case ERR_CONFLICT:
		return CLI_CONFLICT;
	case ERR_BUSY:
		return CLI_UNAVAILABLE;
	default:
		return CLI_INTERNAL;
	}
}

/* One row for each option that every command takes. */
const struct cli_option cli_globals[] = {
	{ "as", "NAME", "act with the credential NAME (or $ASSAY_AS)", false,
	    false },
	{ "var", "FOLDER", "the instance's folder (or $ASSAY_VAR; ./var)",
	    false, false },
	{ "url", "URL", "the API's address (else from FOLDER/assay.cnf)", false,
	    false },
	{ "json", NULL, "print what the server sent, unchanged", false, false },
	{ "quiet", NULL, "print less", false, false },
	{ "help", NULL, "this help", false, false },
	CLI_OPTION_END,
};

static const struct cli_option *
find_option(const struct cli_option *o, const char *name, size_t n)
{
	for (; o != NULL && o->name != NULL; o++)
		if (strlen(o->name) == n && memcmp(o->name, name, n) == 0)
			return o;
	return NULL;
}

static const struct cli_command *
find_command(
    const struct cli_command *const *tables, const char *noun, const char *verb)
{
	const struct cli_command *c;

	for (; *tables != NULL; tables++)
		for (c = *tables; c->noun != NULL; c++)
			if (strcmp(c->noun, noun) == 0 &&
			    (c->verb == NULL || verb == NULL ||
				strcmp(c->verb, verb) == 0))
				return c;
	return NULL;
}

/* A value that stands by itself.  One like an option is more often the next
 * option, behind a value that was forgotten. */
static const char *
next_word(const struct cli_option *o, char **argv, int *i)
{
	const char *word = argv[*i + 1]; /* NULL behind the last */

	if (word == NULL)
		cli_usage("--%s needs a value: %s", o->name, o->value);
	else if (strncmp(word, "--", 2) == 0)
		cli_usage("--%s needs a value, and \"%.60s\" is like an "
			  "option: if it is meant, --%s=%.60s",
		    o->name, word, o->name, word);
	else
		return argv[++*i];
	return NULL;
}

/* --name, --name=value or --name value, at argv[*i]. */
static int
take_option(struct cli *cli, char **argv, int *i, bool *help)
{
	const char *word = argv[*i] + 2, *equals = strchr(word, '=');
	size_t n = equals != NULL ? (size_t)(equals - word) : strlen(word);
	const struct cli_option *o = NULL;
	const char *value = "";

	if (cli->command != NULL)
		o = find_option(cli->command->options, word, n);
	if (o == NULL)
		o = find_option(cli_globals, word, n);
	if (o == NULL)
		return cli_usage(
		    "there is no option --%.*s here", (int)n, word);
	if (o->value == NULL && equals != NULL)
		return cli_usage("--%s takes no value", o->name);
	if (equals != NULL)
		value = equals + 1;
	else if (o->value != NULL && (value = next_word(o, argv, i)) == NULL)
		return -1;
	if (strcmp(o->name, "help") == 0)
		*help = true;
	if (cli_option(cli, o->name) != NULL && !o->repeats)
		return cli_usage("--%s is given twice", o->name);
	if (cli->ngiven == sizeof(cli->given) / sizeof(cli->given[0]))
		return cli_usage("too many options");
	cli->given[cli->ngiven] = o;
	cli->values[cli->ngiven++] = value;
	return 0;
}

static int
check_required(const struct cli *cli)
{
	const struct cli_option *o = cli->command->options;

	for (; o != NULL && o->name != NULL; o++)
		if (o->required && cli_option(cli, o->name) == NULL)
			return cli_usage("--%s %s is needed", o->name,
			    o->value != NULL ? o->value : "");
	return 0;
}

/* Does the number of arguments fit "A B [C] [D...]"? */
static int
check_args(const struct cli *cli)
{
	const char *s = cli->command->args != NULL ? cli->command->args : "";
	size_t least = 0, most = 0, n;

	for (; *s != '\0'; s += n + strspn(s + n, " ")) {
		n = strcspn(s, " ");
		if (*s != '[')
			least++;
		most = memmem(s, n, "...", 3) != NULL ? CLI_ARGS_MAX : most + 1;
	}
	if (cli->nargs >= least && cli->nargs <= most)
		return 0;
	s = cli->command->args != NULL ? cli->command->args : "none";
	if (cli->nargs < least)
		return cli_usage("an argument is missing: %s", s);
	return cli_usage(
	    "\"%s\" is one argument too many: it takes %s", cli->args[most], s);
}

/* A credential's name becomes part of a path: it is a handle, and no more. */
static bool
is_credential_name(const char *s)
{
	return strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(s);
}

static int
put_globals(struct cli *cli)
{
	const char *s;

	cli->as = (s = cli_option(cli, "as")) != NULL ? s : getenv("ASSAY_AS");
	if (cli->as == NULL)
		cli->as = "";
	cli->var =
	    (s = cli_option(cli, "var")) != NULL ? s : getenv("ASSAY_VAR");
	if (cli->var == NULL || cli->var[0] == '\0')
		cli->var = "var";
	cli->url = cli_option(cli, "url");
	cli->json = cli_switch(cli, "json");
	cli->quiet = cli_switch(cli, "quiet");
	if (!is_credential_name(cli->as))
		return cli_usage(
		    "--as takes the name of a credential, like officer-1");
	return 0;
}

/* The command whose verb is these two words. */
static const struct cli_command *
find_longer(const struct cli_command *const *tables, const char *noun,
    const char *verb, const char *word)
{
	char *both = xasprintf("%s %s", verb, word);
	const struct cli_command *c = find_command(tables, noun, both);

	free(both);
	return c;
}

/* Does a verb of two words begin like that? */
static bool
begins_verb(
    const struct cli_command *const *tables, const char *noun, const char *word)
{
	const struct cli_command *c;
	size_t n = strlen(word);

	for (; *tables != NULL; tables++)
		for (c = *tables; c->noun != NULL; c++)
			if (strcmp(c->noun, noun) == 0 && c->verb != NULL &&
			    strncmp(c->verb, word, n) == 0 && c->verb[n] == ' ')
				return true;
	return false;
}

/* Noun and verb from the first words that are no options. */
static int
take_word(struct cli *cli, const struct cli_command *const *tables,
    const char **noun, const char **verb, const char *word)
{
	const struct cli_command *longer;

	if (*noun == NULL) {
		*noun = word;
		cli->command = find_command(tables, word, NULL);
		if (cli->command == NULL)
			return cli_usage("there is no \"%s\"; try `assay "
					 "--help`",
			    word);
		if (cli->command->verb != NULL)
			cli->command = NULL; /* which one, the verb tells */
		return 0;
	}
	if (*verb != NULL && cli->nargs == 0 &&
	    (longer = find_longer(tables, *noun, *verb, word)) != NULL) {
		cli->command = longer;
		*verb = NULL;
		return 0;
	}
	if (cli->command == NULL) {
		cli->command = find_command(tables, *noun, word);
		if (cli->command == NULL &&
		    (*verb != NULL || !begins_verb(tables, *noun, word)))
			return cli_usage("there is no `assay %s %s%s%s`; try "
					 "`assay %s --help`",
			    *noun, *verb != NULL ? *verb : "",
			    *verb != NULL ? " " : "", word, *noun);
		*verb = word;
		return 0;
	}
	if (cli->nargs == CLI_ARGS_MAX)
		return cli_usage("more than %d arguments", CLI_ARGS_MAX);
	cli->args[cli->nargs++] = word;
	return 0;
}

/* "-h", and "help" in front: what people try first. */
static bool
is_help(const char *noun, const char *word)
{
	return strcmp(word, "-h") == 0 ||
	    (noun == NULL && strcmp(word, "help") == 0);
}

/* "--version" in front is the command.  Behind a noun it is an option of some.
 */
static bool
is_version(const char *noun, const char *word)
{
	return noun == NULL && strcmp(word, "--version") == 0;
}

int
cli_parse(struct cli *cli, const struct cli_command *const *tables, int argc,
    char **argv, FILE *out)
{
	const char *noun = NULL, *verb = NULL;
	bool help = false, options = true;
	int i, rc;

	memset(cli, 0, sizeof(*cli));
	for (i = 1; i < argc; i++) {
		if (options && strcmp(argv[i], "--") == 0) {
			options = false;
			continue;
		}
		if (is_help(noun, argv[i]) && options) {
			help = true;
			continue;
		}
		rc = options && is_version(noun, argv[i])
		    ? take_word(cli, tables, &noun, &verb, "version")
		    : options && strncmp(argv[i], "--", 2) == 0
		    ? take_option(cli, argv, &i, &help)
		    : take_word(cli, tables, &noun, &verb, argv[i]);
		if (rc == -1)
			return -1;
	}
	if (put_globals(cli) == -1)
		return -1;
	if (help || noun == NULL) {
		cli_help(tables, noun, cli->command, out);
		return 1;
	}
	if (cli->command == NULL)
		return cli_usage("`assay %s` needs a verb; try `assay %s "
				 "--help`",
		    noun, noun);
	if (check_args(cli) == -1 || check_required(cli) == -1)
		return -1;
	return 0;
}

const char *
cli_arg(const struct cli *cli, size_t i)
{
	return i < cli->nargs ? cli->args[i] : NULL;
}

const char *
cli_option_at(const struct cli *cli, const char *name, size_t at)
{
	size_t i;

	for (i = 0; i < cli->ngiven; i++)
		if (strcmp(cli->given[i]->name, name) == 0 && at-- == 0)
			return cli->values[i];
	return NULL;
}

const char *
cli_option(const struct cli *cli, const char *name)
{
	return cli_option_at(cli, name, 0);
}

const char *
cli_option_or(const struct cli *cli, const char *name, const char *otherwise)
{
	const char *s = cli_option(cli, name);

	return s != NULL ? s : otherwise;
}

bool
cli_switch(const struct cli *cli, const char *name)
{
	return cli_option(cli, name) != NULL;
}

int
cli_option_int(const struct cli *cli, const char *name, long least, long most,
    long otherwise, long *out)
{
	const char *s = cli_option(cli, name);
	char *end;

	*out = otherwise;
	if (s == NULL)
		return 0;
	errno = 0;
	*out = strtol(s, &end, 10);
	if (*s < '0' || *s > '9' || *end != '\0' || errno != 0 ||
	    *out < least || *out > most)
		return cli_usage(
		    "--%s must be a number from %ld to %ld", name, least, most);
	return 0;
}

int
cli_algorithm(const struct cli *cli, enum key_kind *kind)
{
	const char *name = cli_option(cli, "algorithm");

	*kind = KEY_P256;
	if (name != NULL && key_by_name(span_str(name), kind) == -1)
		return cli_usage("--algorithm: %s", err_text());
	return 0;
}
