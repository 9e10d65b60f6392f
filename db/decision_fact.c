/*
 * What the record's JSON says of accreditations, measures and custody.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "db/decision_inside.h"
#include "policy/decide.h"

int
db_word_find(const struct word *words, const char *text)
{
	for (; words->text != NULL; words++)
		if (text != NULL && strcmp(words->text, text) == 0)
			return words->value;
	return 0;
}

/* of a CoC: there is none in force, or the newer one would be read */
static enum coc_fact
read_state(const char *text)
{
	return text != NULL && strcmp(text, "superseded") == 0
	    ? COC_IS_EXPIRED
	    : coc_fact_find(text);
}

static const struct word holder_words[] = {
	{ "nobody", CUSTODY_IS_NOBODYS },
	{ "asker", CUSTODY_IS_OWN },
	{ "another", CUSTODY_IS_ANOTHERS },
	{ NULL, 0 },
};

static const struct word effect_words[] = {
	{ "permit", EFFECT_PERMIT },
	{ "permit_if_issued_before", EFFECT_PERMIT_IF_ISSUED_BEFORE },
	{ "hold", EFFECT_HOLD },
	{ "refuse", EFFECT_REFUSE },
	{ NULL, 0 },
};

static const struct word declaration_words[] = {
	{ "in_force", DECLARATION_IS_IN_FORCE },
	{ "challenged", DECLARATION_IS_CHALLENGED },
	{ "expired", DECLARATION_IS_EXPIRED },
	{ "superseded", DECLARATION_IS_EXPIRED },
	{ NULL, 0 },
};

static const struct word measure_words[] = {
	{ "issuance_freeze", MEASURE_ISSUANCE_FREEZE },
	{ "download_freeze", MEASURE_DOWNLOAD_FREEZE },
	{ "hold", MEASURE_HOLD },
	{ "mass_revocation", MEASURE_MASS_REVOCATION },
	{ "minimum_firmware", MEASURE_MINIMUM_FIRMWARE },
	{ "withdrawal", MEASURE_WITHDRAWAL },
	{ "ban", MEASURE_BAN },
	{ NULL, 0 },
};

static const char *
member(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static int64_t
number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

#define COPY_MEMBER(array, object, name)                                       \
	(void)snprintf(array, sizeof(array), "%s",                             \
	    member(object, name) != NULL ? member(object, name) : "")

static void
read_coc(const char *text, struct coc_facts *c)
{
	json_t *j = json_loads(text, 0, NULL);

	memset(c, 0, sizeof(*c));
	if (member(j, "number") == NULL) {
		json_decref(j);
		return;
	}
	COPY_MEMBER(c->number, j, "number");
	COPY_MEMBER(c->model, j, "model");
	COPY_MEMBER(c->supplier, j, "supplier_handle");
	c->level = (int)number(j, "level");
	c->audited = number(j, "audited");
	c->self_declared = !json_is_false(json_object_get(j, "self_declared"));
	c->at_issue = read_state(member(j, "at_issue"));
	c->now = read_state(member(j, "now"));
	c->since = number(j, "since");
	c->expires = number(j, "expires");
	c->grace_days = (int)number(j, "grace_days");
	c->on_expired =
	    (enum effect)db_word_find(effect_words, member(j, "on_expired"));
	c->on_suspended =
	    (enum effect)db_word_find(effect_words, member(j, "on_suspended"));
	c->on_withdrawn =
	    (enum effect)db_word_find(effect_words, member(j, "on_withdrawn"));
	c->declaration = (enum declaration_fact)db_word_find(
	    declaration_words, member(j, "declaration"));
	c->supplier_active = member(j, "supplier") != NULL &&
	    strcmp(member(j, "supplier"), "active") == 0;
	json_decref(j);
}

/*
 * Most devices are of few models: what was read last is kept by its very text,
 * so that it is read once.
 */
#define READ_MOST 16

void
db_coc_read(const char *text, struct coc_facts *c)
{
	static struct {
		char *text;
		struct coc_facts facts;
	} kept[READ_MOST];
	static size_t next;
	size_t i;

	for (i = 0; i < READ_MOST && kept[i].text != NULL; i++)
		if (strcmp(kept[i].text, text) == 0) {
			*c = kept[i].facts;
			return;
		}
	read_coc(text, c);
	i = next++ % READ_MOST;
	free(kept[i].text);
	kept[i].text = xstrdup(text);
	kept[i].facts = *c;
}

static struct measure_fact *
find_measure(struct facts *f, const char *name)
{
	int i;

	for (i = 0; i < f->nmeasures; i++)
		if (strcmp(f->measures[i].number, name) == 0)
			return &f->measures[i];
	return NULL;
}

static void
read_measure(const json_t *m, struct measure_fact *fact)
{
	memset(fact, 0, sizeof(*fact));
	COPY_MEMBER(fact->number, m, "number");
	fact->reason =
	    (enum reason)db_word_find(measure_words, member(m, "kind"));
	fact->effect =
	    (enum effect)db_word_find(effect_words, member(m, "effect"));
	fact->since = number(m, "since");
	fact->issued = number(m, "issued");
	fact->least = fact->reason == MEASURE_MINIMUM_FIRMWARE;
	COPY_MEMBER(fact->least_firmware, m, "least_firmware");
	COPY_MEMBER(fact->from, m, "firmware_from");
	COPY_MEMBER(fact->to, m, "firmware_to");
}

int
db_measure_read(const char *text, struct measure_fact *fact)
{
	json_t *m = json_loads(text, 0, NULL);

	read_measure(m, fact);
	json_decref(m);
	return fact->reason == REASON_NONE ? -1 : 0;
}

bool
db_measures_read(const char *text, struct facts *f)
{
	struct measure_fact fact, *same;
	json_t *list, *m;
	bool known;
	size_t i;

	if (strcmp(text, "[]") == 0)
		return true;
	list = json_loads(text, 0, NULL);
	known = json_is_array(list);
	json_array_foreach(list, i, m)
	{
		read_measure(m, &fact);
		if (fact.reason == REASON_NONE)
			continue; /* what it takes away shows elsewhere */
		if ((same = find_measure(f, fact.number)) != NULL) {
			/* on both devices: the later certificate counts */
			if (same->issued < fact.issued)
				same->issued = fact.issued;
		} else if (f->nmeasures < FACTS_MEASURES)
			f->measures[f->nmeasures++] = fact;
		else
			known = false;
	}
	json_decref(list);
	return known;
}

bool
db_measures_forbid(const char *text)
{
	struct measure_fact fact;
	json_t *list, *m;
	bool any;
	size_t i;

	if (strcmp(text, "[]") == 0)
		return false;
	list = json_loads(text, 0, NULL);
	any = !json_is_array(list);
	json_array_foreach(list, i, m)
	{
		read_measure(m, &fact);
		any = any || measure_forbids(&fact);
	}
	json_decref(list);
	return any;
}

void
db_custody_read(const char *text, struct custody_facts *c)
{
	json_t *j = json_loads(text, 0, NULL);

	c->holder =
	    (enum custody_fact)db_word_find(holder_words, member(j, "holder"));
	c->locked_until = number(j, "locked_until");
	c->disputed = !json_is_false(json_object_get(j, "disputed"));
	json_decref(j);
}
