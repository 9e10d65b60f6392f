/*
 * Between a route and a statement of the database, where nothing is to be
 * decided on the way.
 */

#include <stdio.h>
#include <string.h>

#include "api/array.h"
#include "api/forward.h"
#include "base/err.h"
#include "base/text.h"
#include "policy/state.h"

int
forward(struct request *req, struct reply *reply, int status, const char *name,
    const struct db_args *args)
{
	struct buf out = BUF_EMPTY;
	int rc = db_call_json(req->db, name, args, &out);

	if (rc == 0)
		rc = reply_json(reply, status, buf_str(&out));
	buf_free(&out);
	return rc;
}

void
forward_hash(struct db_args *args, struct fields *f, const char *name,
    uint8_t sha256[32])
{
	fields_hex(f, name, sha256, 32);
	db_arg_bytes(args, span_of(sha256, 32));
}

/* What people call what the parameter names. */
static const char *
noun_of(const char *param)
{
	static const char *const nouns[][2] = { { "coc", "CoC" },
		{ "ca", "CA" }, { "name", "rule set" }, { "number", "lot" },
		{ "import", "import" } };
	size_t i;

	for (i = 0; i < sizeof(nouns) / sizeof(nouns[0]); i++)
		if (strcmp(param, nouns[i][0]) == 0)
			return nouns[i][1];
	return param;
}

/* What is not of the form of its names is not there either. */
int
forward_named(struct request *req, struct reply *reply, const char *name,
    const char *param)
{
	struct db_args args = DB_ARGS_EMPTY;
	const char *what = request_param(req, param);

	db_arg_text(&args, what);
	if (forward(req, reply, 200, name, &args) == 0)
		return 0;
	if (strcmp(err_code(), "NOT_FOUND") != 0 &&
	    strcmp(err_code(), "VALUE_MALFORMED") != 0)
		return -1;
	return err_set_code(ERR_ABSENT, "NOT_FOUND",
	    "there is no %s \"%.64s\" that you may see", noun_of(param), what);
}

int
forward_act(struct request *req, struct reply *reply, int status,
    const char *name, const char *param)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;
	int rc;

	fields_open(&f, req->body);
	if ((rc = fields_end(&f)) == 0) {
		db_arg_text(&args, request_param(req, param));
		rc = forward(req, reply, status, name, &args);
	}
	fields_free(&f);
	return rc;
}

#define SEARCH_MOST 8
#define NAME_MOST   32
#define WORD_MOST   128

/* Is the text one of "a|b|c"? */
static bool
is_word(const char *words, const char *text)
{
	size_t n;

	for (; *words != '\0'; words += n + (words[n] == '|')) {
		n = strcspn(words, "|");
		if (strlen(text) == n && memcmp(words, text, n) == 0)
			return true;
	}
	return false;
}

/* A word that cannot be would find nothing, as if there were nothing. */
static int
check_word(const char *name, const char *words, const char *text)
{
	struct buf said = BUF_EMPTY;
	int rc = 0;

	if (!is_word(words, text)) {
		text_words(&said, words);
		rc = err_set_code(ERR_INPUT, "QUERY_VALUE",
		    "the query parameter \"%s\" must be %s, not \"%.40s\"",
		    name, buf_str(&said), text);
		buf_free(&said);
	}
	return rc;
}

static int
check_device(const char *text)
{
	size_t n = strcspn(text, "/");

	if (text[n] == '/' && text[n + 1] != '\0' &&
	    (strncmp(text, "tre/", 4) == 0 ||
		strncmp(text, "terminal/", 9) == 0))
		return 0;
	return err_set_code(ERR_INPUT, "QUERY_VALUE",
	    "the query parameter \"device\" must be tre/ID or terminal/ID, not "
	    "\"%.40s\"",
	    text);
}

/* The entity of a list: of site_list the scopes, whose states it looks at. */
static const char *
entity_of(const char *list, char entity[NAME_MOST])
{
	size_t n = strlen(list);

	if (strncmp(list, "device_", 7) == 0)
		return "device";
	if (strcmp(list, "site_list") == 0)
		return "site_scope";
	if (strcmp(list, "ca_list") == 0)
		return "issuer";
	(void)snprintf(entity, NAME_MOST, "%.*s", n > 5 ? (int)(n - 5) : 0,
	    list); /* without _list */
	return entity;
}

/* ... in that state: one that such a thing can have? */
static int
check_state(const char *list, const char *state)
{
	char entity[NAME_MOST];
	const char *of = entity_of(list, entity);
	struct buf words = BUF_EMPTY;
	const struct transition *t;
	size_t i;
	int rc;

	for (i = 0; (t = policy_transition_each(i)) != NULL; i++)
		if (strcmp(t->entity, of) == 0 &&
		    !is_word(buf_str(&words), t->to))
			buf_printf(
			    &words, "%s%s", words.n > 0 ? "|" : "", t->to);
	rc = check_word("state", buf_str(&words), state);
	buf_free(&words);
	return rc;
}

static int
check_query(
    const char *list, const char *name, const char *words, const char *text)
{
	if (*words != '\0')
		return check_word(name, words, text);
	if (strcmp(name, "state") == 0)
		return check_state(list, text);
	if (strcmp(name, "device") == 0)
		return check_device(text);
	return 0;
}

static int
is_malformed(const char *name)
{
	return err_set_code(ERR_INPUT, "QUERY_VALUE",
	    "the query parameter \"%s\" is not of the form that it must have%s",
	    name,
	    strcmp(name, "before") == 0 ? ": give the \"next\" of an answer"
					: "");
}

/*
 * A name that nobody has would find nothing, either.  One that others have, and
 * the caller may not see, is no other case.
 */
static int
check_named(struct request *req, const char *name, const char *text)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;

	if (!is_word("organisation|operator|model|site|lot|device|act", name))
		return 0;
	db_arg_text(&args, name);
	db_arg_text(&args, text);
	if ((rows = db_query_one(req->db, "search_named", &args)) != NULL) {
		rows_free(rows);
		return 0;
	}
	if (strcmp(err_code(), "VALUE_MALFORMED") == 0)
		return is_malformed(name);
	if (err_kind() != ERR_ABSENT)
		return -1;
	return err_set_code(ERR_ABSENT, "NOT_FOUND",
	    "the query parameter \"%s\": there is no %s \"%.64s\" that you "
	    "may see",
	    name, name, text);
}

int
forward_search(struct request *req, struct reply *reply, const char *list,
    const char *const *queries)
{
	char words[SEARCH_MOST][WORD_MOST], names[SEARCH_MOST][NAME_MOST];
	const char *known[SEARCH_MOST + 1] = { NULL };
	struct db_args args = DB_ARGS_EMPTY;
	size_t i, n;
	const char *at = NULL; /* what only its list can read */
	int given;

	for (i = 0; queries[i] != NULL && i < SEARCH_MOST; i++) {
		(void)snprintf(names[i], NAME_MOST, "%.*s",
		    (int)strcspn(queries[i], "="), queries[i]);
		known[i] = names[i];
	}
	if (request_query_known(req, known) == -1)
		return -1;
	for (i = 0; known[i] != NULL; i++) {
		given = request_query(req, known[i], words[i], WORD_MOST);
		if (given == -1)
			return -1;
		n = strlen(known[i]);
		if (given == 1 &&
		    check_query(list, known[i],
			queries[i] + n + (queries[i][n] == '='),
			words[i]) == -1)
			return -1;
		db_arg_text(&args, given == 1 ? words[i] : NULL);
		if (given == 1 &&
		    (at == NULL || strcmp(known[i], "before") == 0))
			at = known[i];
	}
	for (i = 0; known[i] != NULL; i++)
		if (args.value[i] != NULL &&
		    check_named(req, known[i], words[i]) == -1)
			return -1;
	if (forward(req, reply, 200, list, &args) == 0)
		return 0;
	return at != NULL && strcmp(err_code(), "VALUE_MALFORMED") == 0
	    ? is_malformed(at)
	    : -1;
}

int
forward_reason(struct request *req, struct reply *reply, int status,
    const char *name, const char *param)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;
	int rc;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, param));
	db_arg_text(&args, fields_text(&f, "reason", 1, 1000));
	if ((rc = fields_end(&f)) == 0)
		rc = forward(req, reply, status, name, &args);
	fields_free(&f);
	return rc;
}

int
forward_claim(struct request *req, struct reply *reply, const char *name,
    const char *param, const char *field)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf evidence = BUF_EMPTY;
	struct fields f;
	int rc;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, param));
	db_arg_text(&args, fields_text(&f, field, 1, 4000));
	db_arg_text(&args,
	    array_text(fields_hashes(&f, "evidence", 0, 100), &evidence));
	if ((rc = fields_end(&f)) == 0)
		rc = forward(req, reply, 201, name, &args);
	fields_free(&f);
	buf_free(&evidence);
	return rc;
}

int
forward_list(struct request *req, struct reply *reply, const char *name)
{
	static const char *const queries[] = { "state", "before", NULL };

	return forward_search(req, reply, name, queries);
}
