/*
 * Roles: words and bits.
 */

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "api/role.h"

static const struct {
	const char *word;
	unsigned bit;
} roles[] = {
	{ "officer", ROLE_OFFICER },
	{ "decider", ROLE_DECIDER },
	{ "auditor", ROLE_AUDITOR },
	{ "supplier", ROLE_SUPPLIER },
	{ "operator", ROLE_OPERATOR },
	{ "security", ROLE_SECURITY },
	{ "reader", ROLE_READER },
};

#define NROLES (sizeof(roles) / sizeof(roles[0]))

unsigned
role_parse(const char *word)
{
	size_t i;

	for (i = 0; i < NROLES; i++)
		if (strcmp(roles[i].word, word) == 0)
			return roles[i].bit;
	return 0;
}

const char *
role_write(unsigned set, char *text)
{
	unsigned left = set & ROLE_ANY;
	size_t i, n = 0;

	text[0] = '\0';
	for (i = 0; i < NROLES; i++) {
		if ((left & roles[i].bit) == 0)
			continue;
		left &= ~roles[i].bit;
		n += (size_t)snprintf(text + n, ROLE_TEXT_MAX - n, "%s%s",
		    n == 0	    ? ""
			: left == 0 ? " or "
				    : ", ",
		    roles[i].word);
	}
	return text;
}
