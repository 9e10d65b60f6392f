/*
 * --help: of one command, of a noun, of all.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/cli/commands.h"

#define COLUMNS 80
#define LEFT	29 /* where what is said of an option begins */

/* The text from column LEFT on, in lines that fit. */
static void
help_wrapped(const char *text, FILE *out)
{
	int column = LEFT;
	size_t n;

	while (*text != '\0') {
		n = strcspn(text, " ");
		if (column > LEFT && column + 1 + (int)n > COLUMNS) {
			fprintf(out, "\n%*s", LEFT, "");
			column = LEFT;
		}
		fprintf(out, "%s%.*s", column > LEFT ? " " : "", (int)n, text);
		column += (column > LEFT) + (int)n;
		text += n + strspn(text + n, " ");
	}
	fprintf(out, "\n");
}

static void
help_options(const struct cli_option *o, FILE *out)
{
	char left[64], *text;

	for (; o != NULL && o->name != NULL; o++) {
		(void)snprintf(left, sizeof(left), "--%s%s%s", o->name,
		    o->value != NULL ? " " : "",
		    o->value != NULL ? o->value : "");
		text =
		    xasprintf("%s%s%s", o->help, o->required ? " (needed)" : "",
			o->repeats ? " (may repeat)" : "");
		fprintf(out, "  %-*s", LEFT - 2, left);
		if (strlen(left) > LEFT - 3)
			fprintf(out, "\n%*s", LEFT, "");
		help_wrapped(text, out);
		free(text);
	}
}

static void
help_command(const struct cli_command *c, FILE *out)
{
	const char *verb = c->verb != NULL ? c->verb : "";

	fprintf(out, "assay %s%s%s%s%s%s: %s\n", c->noun,
	    c->verb != NULL ? " " : "", verb, c->args != NULL ? " " : "",
	    c->args != NULL ? c->args : "",
	    c->options != NULL ? " [options]" : "", c->summary);
	if (c->details != NULL)
		fprintf(out, "\n%s\n", c->details);
	if (c->options != NULL) {
		fprintf(out, "\nOptions:\n");
		help_options(c->options, out);
	}
	fprintf(out, "\nEverywhere:\n");
	help_options(cli_globals, out);
}

static void
help_line(const struct cli_command *c, FILE *out)
{
	char left[128];

	(void)snprintf(left, sizeof(left), "assay %s%s%s%s%s", c->noun,
	    c->verb != NULL ? " " : "", c->verb != NULL ? c->verb : "",
	    c->args != NULL ? " " : "", c->args != NULL ? c->args : "");
	fprintf(out, "  %-42s  %s\n", left, c->summary);
}

void
cli_help(const struct cli_command *const *tables, const char *noun,
    const struct cli_command *command, FILE *out)
{
	const struct cli_command *c;

	if (command != NULL) {
		help_command(command, out);
		return;
	}
	if (noun == NULL)
		fprintf(out,
		    "assay: examines, stamps and checks devices.\n"
		    "  assay [options] NOUN [VERB] [ARGUMENTS]\n\n");
	for (; *tables != NULL; tables++)
		for (c = *tables; c->noun != NULL; c++)
			if (noun == NULL || strcmp(c->noun, noun) == 0)
				help_line(c, out);
	fprintf(out, "\nEverywhere:\n");
	help_options(cli_globals, out);
	if (noun == NULL)
		fprintf(out,
		    "\nExit codes: 0 done, 1 the answer is no, 2 usage, "
		    "3 denied, 4 absent,\n5 conflict, 6 unavailable, 7 input "
		    "refused, 8 internal error.\n");
}
