/*
 * Offline kits and their answers, said.
 */

#include <stdio.h>

#include "api/cli/kit_say.h"
#include "api/cli/offline.h"
#include "base/clock.h"
#include "base/enc.h"

static json_t *
text_of_time(int64_t t)
{
	char text[CLOCK_TEXT_MAX];

	return json_string(clock_write(t, text));
}

static json_t *
about(const struct kit *k, int64_t now)
{
	return json_pack("{s:I, s:o, s:I, s:o, s:o, s:I}", "number",
	    (json_int_t)k->number, "issued", text_of_time(k->issued), "age",
	    (json_int_t)(now - k->issued), "nextUpdate",
	    text_of_time(k->next_update), "covered", text_of_time(k->covered),
	    "event", (json_int_t)k->event);
}

static const char *
standing_text(enum standing s)
{
	return s == STANDING_GOOD   ? "good"
	    : s == STANDING_ON_HOLD ? "on_hold"
	    : s == STANDING_REVOKED ? "revoked"
				    : "unknown";
}

static json_t *
issuers_of(const struct kit_chain *c)
{
	const struct kit *k = kit_chain_newest(c);
	const struct kit_issuer *full;
	json_t *list = json_array();
	struct buf hex = BUF_EMPTY;
	size_t i, j, octets;

	for (i = 0; i < k->nissuers; i++) {
		buf_clear(&hex);
		hex_encode(&hex, k->issuers[i].key_id);
		full = kit_find_issuer(&c->files[0].kit, k->issuers[i].key_id);
		octets = full == NULL ? 0 : full->listed.n;
		for (j = 0; full != NULL && j < full->nlayers; j++)
			octets += full->layers[j].n;
		json_array_append_new(list,
		    json_pack("{s:s, s:s, s:b, s:I}", "keyId", buf_str(&hex),
			"standing", standing_text(k->issuers[i].standing),
			"delegated", (int)k->issuers[i].delegated, "octets",
			(json_int_t)octets));
	}
	buf_free(&hex);
	return list;
}

static json_t *
measures_of(const struct kit *k)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < k->nmeasures; i++)
		json_array_append_new(list,
		    json_pack("{s:s, s:s, s:s}", "measure",
			k->measures[i].fact.number, "kind",
			reason_get(k->measures[i].fact.reason)->code, "scope",
			k->measures[i].scope));
	return list;
}

int
kit_say(const struct cli *cli, const struct kit_chain *c, int64_t at)
{
	const struct kit *k = kit_chain_newest(c);
	char issued[CLOCK_TEXT_MAX], next[CLOCK_TEXT_MAX];
	json_t *o = about(k, at);

	(void)json_object_set_new(o, "valid", json_true());
	(void)json_object_set_new(
	    o, "snapshot", json_integer((json_int_t)c->files[0].kit.number));
	(void)json_object_set_new(o, "issuers", issuers_of(c));
	(void)json_object_set_new(
	    o, "models", json_integer((json_int_t)k->nmodels));
	(void)json_object_set_new(o, "measures", measures_of(k));
	if (cli->json) {
		offline_json(o);
		return CLI_OK;
	}
	json_decref(o);
	printf("Kit %lld holds, %lld min old: issued %s, good until %s.\n"
	       "Snapshot %lld; deltas: %zu; CAs: %zu, models: %zu, measures in "
	       "force: %zu.\n",
	    (long long)k->number, (long long)(at - k->issued) / 60,
	    clock_write(k->issued, issued), clock_write(k->next_update, next),
	    (long long)c->files[0].kit.number, c->n - 1, k->nissuers,
	    k->nmodels, k->nmeasures);
	return CLI_OK;
}

/* ---- answers */

static json_t *
codes(const enum reason *list, int n)
{
	json_t *o = json_array();
	int i;

	for (i = 0; i < n; i++)
		json_array_append_new(
		    o, json_string(reason_get(list[i])->code));
	return o;
}

static const char *
gap_text(enum kit_gap gap)
{
	switch (gap) {
	case KIT_TOO_OLD:
		return "the kit is older than the certificate";
	case KIT_DELEGATED:
		return "its supplier's own CA may have issued what it did not "
		       "report";
	case KIT_LOT:
		return "its lot is under a measure that the kit cannot tell";
	case KIT_KNOWS:
		break;
	}
	return NULL;
}

static json_t *
answer_json(const struct kit_chain *c, int64_t at, const struct kit_answer *a)
{
	const struct verdict *v = &a->verdict;

	return json_pack("{s:s, s:o, s:o, s:s*, s:s*, s:o, s:[iiiiiiii], "
			 "s:[ii]}",
	    "verdict", verdict_text(v->kind), "reasons",
	    codes(v->reasons, v->nreasons), "warnings",
	    codes(v->warnings, v->nwarnings), "tre", gap_text(a->tre),
	    "terminal", gap_text(a->terminal), "kit",
	    about(kit_chain_newest(c), at), "notEvaluated", 0, 1, 2, 8, 9, 12,
	    13, 14, "inPart", 5, 7);
}

static void
say_answer(const struct kit_chain *c, const struct kit_answer *a)
{
	const struct verdict *v = &a->verdict;
	int i;

	printf("%s, by kit %lld, %lld min old\n", verdict_text(v->kind),
	    (long long)kit_chain_newest(c)->number, (long long)a->age / 60);
	for (i = 0; i < v->nreasons; i++)
		printf("  %s: %s\n", reason_get(v->reasons[i])->code,
		    reason_get(v->reasons[i])->sentence);
	for (i = 0; i < v->nwarnings; i++)
		printf("  warning %s: %s\n", reason_get(v->warnings[i])->code,
		    reason_get(v->warnings[i])->sentence);
	if (gap_text(a->tre) != NULL)
		printf("  of the TrE: %s\n", gap_text(a->tre));
	if (gap_text(a->terminal) != NULL)
		printf("  of the terminal: %s\n", gap_text(a->terminal));
	printf("  not looked at: operator, challenge, possession, claims, "
	       "incidents, consent, policy\n");
}

void
kit_say_answer(const struct cli *cli, const struct kit_chain *c, int64_t at,
    const struct kit_answer *a)
{
	if (cli->json)
		offline_json(answer_json(c, at, a));
	else if (!cli->quiet)
		say_answer(c, a);
}
