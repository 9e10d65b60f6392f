#ifndef API_CLI_CLAIM_H
#define API_CLI_CLAIM_H

#include "api/cli/cli.h"

/*
 * What a supplier says of the measure that the first argument names: post the
 * text of the option `name`, and the files that --evidence lists, to the
 * measure's `verb`, and show the answer.
 */
int claim_post(struct cli *, const char *name, const char *verb);

#define CLAIM_EVIDENCE                                                         \
	{                                                                      \
		"evidence", "SHA256", "a file that was put before", false,     \
		    true                                                       \
	}

#endif
