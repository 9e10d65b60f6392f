/*
 * What help and documents show as a command is one: their examples are parsed,
 * options and arguments and all.
 */

#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

#include "api/cli/commands.h"
#include "base/err.h"
#include "base/io.h"

#define LINE_MOST  1024
#define WORDS_MOST 64

/* One example: from "  assay " to the end of its line, and on behind "\". */
static const char *
read_example(const char *at, char line[LINE_MOST])
{
	size_t n = 0;

	for (; *at != '\0' && n + 1 < LINE_MOST; at++) {
		if (at[0] == '\\' && at[1] == '\n') {
			at += 1 + strspn(at + 2, " ");
			line[n++] = ' ';
		} else if (*at == '\n')
			break;
		else
			line[n++] = *at;
	}
	line[n] = '\0';
	return at;
}

/* Words as a shell has them, to what ends the command. */
static int
split(char *line, char *argv[WORDS_MOST])
{
	char *out, quote;
	int argc = 0;

	while (*(line += strspn(line, " ")) != '\0' &&
	    strchr("|>#;&", *line) == NULL && argc < WORDS_MOST - 1) {
		for (argv[argc++] = out = line; *line != '\0' && *line != ' ';)
			if (*line == '"' || *line == '\'') {
				quote = *line;
				while (*++line != '\0' && *line != quote)
					*out++ = *line;
				line += *line == quote;
			} else if (line[0] == '$' && line[1] == '(') {
				while (*line != '\0' && *line++ != ')')
					;
				*out++ = '0';
			} else if (*line == '$') {
				line += 1 +
				    strspn(line + 1,
					"abcdefghijklmnopqrstuvwxyz0123456789");
				*out++ = 'x';
			} else
				*out++ = *line++;
		line += *line == ' ';
		*out = '\0';
	}
	argv[argc] = NULL;
	return argc;
}

static int
check_example(const char *where, char *line)
{
	static struct cli cli;
	char *argv[WORDS_MOST], said[LINE_MOST];
	FILE *nowhere = fopen("/dev/null", "w");
	int rc;

	(void)snprintf(said, sizeof(said), "%s", line);
	rc = cli_parse(&cli, cli_tables, split(line, argv), argv, nowhere);
	(void)fclose(nowhere);
	if (rc != -1)
		return 0;
	print_error("%s: %s\n	%s\n", where, said, err_text());
	return 1;
}

static void
every_example_is_understood(void **state)
{
	const struct cli_command *const *table, *c;
	char line[LINE_MOST];
	const char *at;
	int wrong = 0, examples = 0;

	(void)state;
	for (table = cli_tables; *table != NULL; table++)
		for (c = *table; c->noun != NULL; c++)
			for (at = c->details; at != NULL &&
			     (at = strstr(at, "  assay ")) != NULL;) {
				at = read_example(at + 2, line);
				wrong += check_example(c->summary, line);
				examples++;
			}
	assert_true(examples > 100);
	assert_int_equal(wrong, 0);
}

/* Lines that begin with "assay ", whatever stands before it of blanks. */
static int
check_document(const char *path, int *examples)
{
	struct buf text = BUF_EMPTY;
	char line[LINE_MOST];
	const char *at;
	int wrong = 0;

	assert_int_equal(io_read_file(path, 1 << 20, &text), 0);
	for (at = buf_str(&text); at != NULL;
	     at = strchr(at, '\n') != NULL ? strchr(at, '\n') + 1 : NULL) {
		at += strspn(at, " ");
		if (strncmp(at, "assay ", 6) != 0)
			continue;
		at = read_example(at, line);
		wrong += check_example(path, line);
		(*examples)++;
	}
	buf_free(&text);
	return wrong;
}

static void
so_is_what_documents_show(void **state)
{
	static const char *const paths[] = { "README.md", "deploy/README.md",
		"policy/custody.md", "policy/evidence.md", "policy/feed.md",
		"policy/offline-kit.md", "policy/receipt.md", "api/webhooks.md",
		"ca/ceremony/README.md" };
	size_t i;
	int wrong = 0, examples = 0;

	(void)state;
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		wrong += check_document(paths[i], &examples);
	assert_true(examples > 50);
	assert_int_equal(wrong, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_example_is_understood),
		cmocka_unit_test(so_is_what_documents_show),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
