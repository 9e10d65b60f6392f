#ifndef API_CLI_LIST_H
#define API_CLI_LIST_H

#include "api/cli/cli.h"

/*
 * Lists that the server gives a hundred at a time, newest first.  Every option
 * of a list's command but --all is a query of its address: --scope-kind is
 * scope_kind, --search is q.
 */
#define LIST_STATE                                                             \
	{                                                                      \
		"state", "STATE", "only those in this state", false, false     \
	}
#define LIST_SEARCH                                                            \
	{                                                                      \
		"search", "TEXT", "only those whose handle or name begins so", \
		    false, false                                               \
	}
#define LIST_ORGANISATION                                                      \
	{                                                                      \
		"organisation", "HANDLE", "only this organisation's", false,   \
		    false                                                      \
	}
/* The last two of every list, and its end. */
#define LIST_PAGES                                                             \
	{ "before", "NAME", "the next hundred after this one", false, false }, \
	    { "all", NULL, "all of them, however many", false, false },        \
	{                                                                      \
		.name = NULL                                                   \
	}

/* --state and those two: of lists that take no more. */
extern const struct cli_option list_options[];

/*
 * The first hundred at path, as the options ask for it, shown by these columns
 * (cli_show()), and how to get on; with --all, one hundred after the other
 * until there are no more.
 */
int list_show(struct cli *, const char *path, const char *columns);
/* With each row changed before it is shown to people. */
int list_show_each(struct cli *, const char *path, const char *columns,
    void (*each)(json_t *row));

#endif
