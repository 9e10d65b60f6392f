/*
 * Words for evidence.
 */

#include <string.h>

#include "policy/evidence.h"

static const char *const kind_words[] = {
	[EVIDENCE_NONE] = "",
	[EVIDENCE_TRANSCRIPT] = "transcript",
	[EVIDENCE_TPM_QUOTE] = "tpm_quote",
	[EVIDENCE_DICE] = "dice",
};

static const char *const measurement_words[] = {
	[MEASUREMENT_IS_UNKNOWN] = "unknown",
	[MEASUREMENT_IS_BAD] = "bad",
	[MEASUREMENT_IS_GOOD] = "good",
	[MEASUREMENT_IS_NOT_ASKED] = "not_asked",
};

static const char *const order_words[] = {
	[ORDER_IS_UNKNOWN] = "unknown",
	[ORDER_IS_GOOD] = "good",
	[ORDER_IS_OVERTAKEN] = "overtaken",
	[ORDER_IS_BACK] = "back",
};

const char *
evidence_kind_text(enum evidence_kind kind)
{
	return kind_words[kind];
}

enum evidence_kind
evidence_kind_find(const char *word)
{
	int i;

	for (i = EVIDENCE_DICE; i > EVIDENCE_NONE; i--)
		if (word != NULL && strcmp(kind_words[i], word) == 0)
			break;
	return (enum evidence_kind)i;
}

enum measurement_fact
measurement_fact_find(const char *word)
{
	int i;

	for (i = MEASUREMENT_IS_NOT_ASKED; i > MEASUREMENT_IS_UNKNOWN; i--)
		if (word != NULL && strcmp(measurement_words[i], word) == 0)
			break;
	return (enum measurement_fact)i;
}

enum order_fact
order_fact_find(const char *word)
{
	int i;

	for (i = ORDER_IS_BACK; i > ORDER_IS_UNKNOWN; i--)
		if (word != NULL && strcmp(order_words[i], word) == 0)
			break;
	return (enum order_fact)i;
}

bool
evidence_at_hand(const struct evidence_facts *e)
{
	return e->asked != EVIDENCE_NONE && e->shown == e->asked &&
	    e->well_formed;
}
