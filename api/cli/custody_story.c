/*
 * One custody: that each word was signed, and that all it says it is follows
 * from them.
 */

#include <stdlib.h>
#include <string.h>

#include "api/cli/custody_story.h"
#include "base/err.h"

int
story_tell(struct story *s, const char *what, const char *name, int rc)
{
	json_t *line;

	if (rc == -1 && !witness_found())
		return -1;
	if (rc == 0)
		s->held++;
	else
		s->failed++;
	if (s->cli->json) {
		line = json_pack("{s:s, s:s, s:b}", "what", what, "name", name,
		    "held", rc == 0);
		if (rc == -1) {
			json_object_set_new(
			    line, "code", json_string(err_code()));
			json_object_set_new(
			    line, "detail", json_string(err_text()));
		}
		(void)json_dumpf(line, stdout, JSON_COMPACT);
		printf("\n");
		json_decref(line);
	} else if (rc == -1)
		printf("FAILED  %-8s %s: %s [%s]\n", what, name, err_text(),
		    err_code());
	else if (!s->cli->quiet)
		printf("holds   %-8s %s\n", what, name);
	return 0;
}

static json_t *
without_nulls(const json_t *o)
{
	json_t *v, *plain = json_object();
	const char *name;

	json_object_foreach((json_t *)(uintptr_t)o, name, v)
	{
		if (!json_is_null(v))
			json_object_set(plain, name, v);
	}
	return plain;
}

/* Is it, but for nulls? */
static bool
is_same(const json_t *said, const json_t *terms)
{
	json_t *a = without_nulls(said), *b = without_nulls(terms);
	bool same = json_is_object(said) && json_equal(a, b);

	json_decref(a);
	json_decref(b);
	return same;
}

int
story_word(struct story *s, const json_t *statement, const char *url,
    const char *organisation, json_t *terms)
{
	json_t *said = NULL;
	const char *by;
	int rc;

	rc = witness_statement(
	    s->witness, statement, url, organisation, "operator", &said, &by);
	if (rc == 0 && !is_same(said, terms))
		rc = err_set_code(ERR_DENIED, "STATEMENT_DIFFERS",
		    "the record does not have what %s signed", by);
	json_decref(said);
	json_decref(terms);
	return rc;
}

/* ---- an operator's words */

struct words {
	const json_t *first, *last; /* confirmations */
	char *locked_until;	    /* NULL: not locked */
	bool released;
};

static void
set_lock(struct words *words, const json_t *said)
{
	const char *until = cli_text(said, "locked_until");

	if (*until == '\0')
		return;
	free(words->locked_until);
	words->locked_until = xstrdup(until);
}

static int
confirmation(const json_t *w, const json_t *said, struct words *words)
{
	json_t *terms = json_pack("{s:O*, s:O*}", "reference",
	    json_object_get(w, "reference"), "locked_until",
	    json_object_get(w, "locked_until"));
	bool same = is_same(said, terms);

	json_decref(terms);
	if (words->first == NULL)
		words->first = w;
	words->last = w;
	set_lock(words, said);
	return same ? 0
		    : err_set_code(ERR_DENIED, "STATEMENT_DIFFERS",
			  "the record does not have the reference or the lock "
			  "that was signed");
}

static int
verify_word(
    struct story *s, const json_t *c, const json_t *w, struct words *words)
{
	const char *act = cli_text(w, "act"), *by;
	bool confirms = strcmp(act, "confirm") == 0;
	json_t *said = NULL;
	char url[160];
	int rc;

	if (confirms)
		(void)snprintf(url, sizeof(url), "/v1/decisions/%s/confirm",
		    cli_text(w, "decision"));
	else
		(void)snprintf(url, sizeof(url), "/v1/custody/%s/%s",
		    cli_text(c, "custody"), act);
	rc = witness_statement(s->witness, w, url, cli_text(c, "operator"),
	    "operator", &said, &by);
	if (rc == 0 && confirms)
		rc = confirmation(w, said, words);
	else if (rc == 0 && strcmp(act, "lock") == 0)
		set_lock(words, said);
	else if (rc == 0)
		words->released = true;
	json_decref(said);
	return rc;
}

static int
each_word(struct story *s, const json_t *c, struct words *words)
{
	const json_t *w;
	char *name;
	size_t i;
	int rc = 0;

	json_array_foreach(json_object_get(c, "words"), i, w)
	{
		name = xasprintf("%s of %s, %s %s", cli_text(c, "device"),
		    cli_text(c, "operator"), cli_text(w, "at"),
		    cli_text(w, "by"));
		if (rc == 0)
			rc = story_tell(s, cli_text(w, "act"), name,
			    verify_word(s, c, w, words));
		free(name);
	}
	return rc;
}

/* ---- the whole */

static int
not_signed(const char *what)
{
	return err_set_code(ERR_DENIED, "CUSTODY_UNSIGNED", "%s", what);
}

/* By the body: two deciders say that it is this operator's. */
static int
check_award(struct story *s, const json_t *c, const json_t *dispute)
{
	json_t *said = NULL;
	int rc = dispute_judged(s, dispute, &said);

	if (rc == 0 &&
	    strcmp(cli_text(said, "operator"), cli_text(c, "operator")) != 0)
		rc = not_signed("the body has awarded it to another");
	json_decref(said);
	return rc;
}

static int
check_beginning(struct story *s, const json_t *c, const struct words *words)
{
	const json_t *from = json_object_get(c, "from");
	const json_t *award = json_object_get(from, "awarded");

	if (json_is_object(award))
		return check_award(s, c, award);
	if (words->first == NULL)
		return not_signed("nobody has signed that it began");
	if (json_is_object(from) && *cli_text(words->first, "consent") == '\0')
		return err_set_code(ERR_DENIED, "CONSENT_ABSENT",
		    "it was taken over from %s, and there is no consent",
		    cli_text(from, "operator"));
	return 0;
}

static int
check_now(const json_t *c, const struct words *words)
{
	const char *lock =
	    words->locked_until != NULL ? words->locked_until : "";

	if (words->last != NULL &&
	    (strcmp(cli_text(c, "reference"),
		 cli_text(words->last, "reference")) != 0 ||
		strcmp(cli_text(c, "decision"),
		    cli_text(words->last, "decision")) != 0))
		return err_set_code(ERR_DENIED, "CUSTODY_DIFFERS",
		    "it has another reference or permit than was confirmed "
		    "last");
	if (words->last == NULL && *cli_text(c, "reference") != '\0')
		return not_signed("nobody has signed its reference");
	if (strcmp(cli_text(c, "locked_until"), lock) != 0)
		return err_set_code(ERR_DENIED, "CUSTODY_DIFFERS",
		    "it is locked until another time than was signed");
	return 0;
}

static bool
is_dispute(const json_t *c, const char *state)
{
	const json_t *x;
	size_t i;

	json_array_foreach(json_object_get(c, "disputes"), i, x)
	{
		if (strcmp(cli_text(x, "state"), state) == 0)
			return true;
	}
	return false;
}

/* By an act of two of the body's, since its operator is no more. */
static int
check_released_by_body(struct story *s, const json_t *c)
{
	const char *operator= cli_text(c, "operator");
	json_t *said = NULL;
	char url[128];
	int rc;

	(void)snprintf(
	    url, sizeof(url), "/v1/organisations/%s/release-custody", operator);
	rc = story_of_two(
	    s, json_object_get(c, "ended"), operator, url, "officer", &said);
	json_decref(said);
	return rc;
}

static int
check_end(struct story *s, const json_t *c, const struct words *words)
{
	const char *state = cli_text(c, "state");
	bool released = strcmp(state, "released") == 0;

	if (words->released != released && words->released)
		return err_set_code(ERR_DENIED, "CUSTODY_DIFFERS",
		    "its operator has given it up, and it is %s", state);
	if (strcmp(state, "moved") == 0 && *cli_text(c, "to") == '\0')
		return not_signed("it has moved, and nobody has it");
	if ((strcmp(state, "disputed") == 0) != is_dispute(c, "open"))
		return err_set_code(ERR_DENIED, "CUSTODY_DIFFERS",
		    "it is %s, and the disputes say otherwise", state);
	if (!released || words->released)
		return 0;
	if (json_is_object(json_object_get(c, "ended")))
		return check_released_by_body(s, c);
	return is_dispute(c, "released")
	    ? 0
	    : not_signed("nobody has signed that it was given up");
}

static int
each_dispute(struct story *s, const json_t *c)
{
	const json_t *x;
	size_t i;
	int rc = 0;

	json_array_foreach(json_object_get(c, "disputes"), i, x)
	{
		if (rc == 0)
			rc = story_tell(s, "dispute", cli_text(x, "dispute"),
			    dispute_story(s, x));
	}
	return rc;
}

int
custody_story(struct story *s, const json_t *c)
{
	struct words words = { .first = NULL };
	char *name = xasprintf("%s of %s, %s", cli_text(c, "device"),
	    cli_text(c, "operator"), cli_text(c, "custody"));
	int rc = -1;

	if (each_word(s, c, &words) == 0 && each_dispute(s, c) == 0) {
		rc = check_beginning(s, c, &words);
		if (rc == 0)
			rc = check_now(c, &words);
		if (rc == 0)
			rc = check_end(s, c, &words);
		rc = story_tell(s, "custody", name, rc);
	}
	free(words.locked_until);
	free(name);
	return rc;
}
