/*
 * Words for facts.
 */

#include <string.h>

#include "policy/facts.h"

static const char *const purpose_words[] = {
	[PURPOSE_NONE] = "",
	[PURPOSE_INITIAL_DOWNLOAD] = "initial_download",
	[PURPOSE_CHANGE_OF_OPERATOR] = "change_of_operator",
	[PURPOSE_REPROVISION] = "reprovision",
	[PURPOSE_PRECHECK] = "precheck",
};

static const char *const coc_words[] = {
	[COC_IS_ABSENT] = "absent",
	[COC_IS_PROVISIONAL] = "provisional",
	[COC_IS_CERTIFIED] = "certified",
	[COC_IS_SUSPENDED] = "suspended",
	[COC_IS_WITHDRAWN] = "withdrawn",
	[COC_IS_EXPIRED] = "expired",
};

static const char *const validation_words[] = {
	[VALIDATION_NONE] = "",
	[VALIDATION_AUTONOMOUS] = "autonomous",
	[VALIDATION_SEMI_AUTONOMOUS] = "semi_autonomous",
	[VALIDATION_REMOTE] = "remote",
};

/* The word's number; 0, which permits nothing, when it is none of them. */
static int
find(const char *const *words, int n, const char *word)
{
	int i;

	for (i = n - 1; i > 0; i--)
		if (word != NULL && strcmp(words[i], word) == 0)
			break;
	return i;
}

enum purpose
purpose_find(const char *word)
{
	return (enum purpose)find(purpose_words, PURPOSE_PRECHECK + 1, word);
}

const char *
coc_fact_text(enum coc_fact c)
{
	return coc_words[c];
}

enum coc_fact
coc_fact_find(const char *word)
{
	return (enum coc_fact)find(coc_words, COC_IS_EXPIRED + 1, word);
}

const char *
validation_text(enum validation v)
{
	return validation_words[v];
}

enum validation
validation_find(const char *word)
{
	return (enum validation)find(
	    validation_words, VALIDATION_REMOTE + 1, word);
}
