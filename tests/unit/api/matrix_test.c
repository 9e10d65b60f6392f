/*
 * Who may do what, and when: every role, every route, every state, held
 * against policy/roles.txt.  Real handlers behind the real router, real
 * signatures, a real database; each call is rolled back.
 *
 * A line that is missing or wrong is printed as it should be.
 */

#include "tests/unit/test.h"

#include "tests/unit/api/matrix.h"
#include "tests/unit/api/matrix_call.h"
#include "tests/unit/api/roles_table.h"

#define NACTS (sizeof(matrix_acts) / sizeof(matrix_acts[0]))

static const struct matrix_act *
act_of(const struct route *r)
{
	size_t i;

	for (i = 0; i < NACTS; i++)
		if (strcmp(matrix_acts[i].method, method_text(r->method)) ==
			0 &&
		    strcmp(matrix_acts[i].path, r->path) == 0)
			return &matrix_acts[i];
	return NULL;
}

static bool
among(const char *list, const char *word)
{
	size_t n = strlen(word);
	const char *p = list;

	for (; (p = strstr(p, word)) != NULL; p += n)
		if ((p == list || p[-1] == ',') &&
		    (p[n] == ',' || p[n] == '\0'))
			return true;
	return false;
}

/* The subject's name; *body gets its own body, if it has one. */
static bool
subject(const char *kind, const char *state, const char *role, char name[128],
    struct buf *body)
{
	static const char where[] =
	    "FROM t.subject WHERE kind = $1 AND state = $2 AND "
	    "(role IS NULL OR role = $3) LIMIT 1";
	char sql[256];

	(void)snprintf(sql, sizeof(sql), "SELECT name %s", where);
	(void)snprintf(name, 128, "%s", ask_owner(sql, kind, state, role));
	(void)snprintf(sql, sizeof(sql), "SELECT body %s", where);
	buf_clear(body);
	buf_puts(body, ask_owner(sql, kind, state, role));
	return name[0] != '\0';
}

/* ---- the tests */

/* Does the router let the caller in where it should, and nobody else? */
static void
check_gate(const struct route *r, const struct caller *c)
{
	const struct matrix_act *a = act_of(r);
	bool may = (r->flags & ROUTE_PUBLIC) ||
	    (c != NULL && (r->roles & c->bit) != 0);
	struct outcome o =
	    call(r, c, "", a != NULL && a->body != NULL ? a->body : "{}");
	bool let_in = strcmp(o.code, "ROLE_NOT_ALLOWED") != 0 &&
	    strcmp(o.code, "UNAUTHENTICATED") != 0;

	if (may != let_in)
		wrong("%s %s as %s: %d %s\n", method_text(r->method), r->path,
		    c != NULL ? c->role : "nobody", o.status, o.code);
	if (o.status == 500)
		wrong("%s %s as %s fails\n", method_text(r->method), r->path,
		    c != NULL ? c->role : "nobody");
}

static void
the_router_lets_in_whom_the_table_names(void **state)
{
	const struct route *r;
	size_t i;

	(void)state;
	nwrong = 0;
	only_the_database = NULL;
	EACH_ROUTE(r)
	{
		/* these need more around them than a database */
		if (r->flags & ROUTE_NO_TRANSACTION)
			continue;
		check_gate(r, NULL);
		for (i = 0; i < NCALLERS; i++)
			check_gate(r, &callers[i]);
	}
	assert_int_equal(nwrong, 0);
}

/* One call in one state; is it done? */
static bool
is_done(const struct route *r, const struct matrix_act *a,
    const struct caller *c, const char *kind, const char *state,
    const char *listed)
{
	struct buf own = BUF_EMPTY;
	struct outcome o;
	char name[128] = "";
	bool may = listed == NULL || among(listed, state);
	bool done;

	if (kind != NULL && !subject(kind, state, c->role, name, &own)) {
		wrong(
		    "tests/lib/matrix.sql has no %s that is %s\n", kind, state);
		return may;
	}
	o = call(r, c, name,
	    a->body != NULL ? a->body
		: own.n > 0 ? buf_str(&own)
			    : "{}");
	done = a->code != NULL ? strcmp(o.code, a->code) == 0 : o.status < 300;
	if (done != may || (!done && o.status != 409))
		wrong("%s %s as %s%s%s: %d %s %s\n", method_text(r->method),
		    r->path, c->role, kind != NULL ? ", when it is " : "",
		    kind != NULL ? state : "", o.status, o.code, o.says);
	buf_free(&own);
	return done;
}

/* The line of the table, made of what happened. */
static void
check_states(const struct route *r, const struct matrix_act *a,
    const struct role_rule *rule)
{
	const char *states[32];
	char done[256] = "";
	size_t i, j, n, was = (size_t)nwrong, times;
	const char *kind = a->kind != NULL ? a->kind : rule->subject;

	n = states_of(rule->subject, states);
	for (i = 0; i < n; i++) {
		for (j = 0, times = 0; j < NCALLERS; j++)
			if (r->roles & callers[j].bit)
				times += is_done(r, a, &callers[j], kind,
				    states[i], rule->states);
		if (times > 0)
			(void)snprintf(done + strlen(done),
			    sizeof(done) - strlen(done), "%s%s",
			    done[0] != '\0' ? "," : "", states[i]);
	}
	if ((size_t)nwrong != was)
		wrong("policy/roles.txt: %-6s %-45s %-28s %s %s\n",
		    rule->method, rule->what, rule->roles, rule->subject, done);
}

static void
acts_are_done_in_the_states_that_the_table_names(void **state)
{
	const struct matrix_act *a;
	const struct role_rule *rule;
	const struct route *r;
	size_t i;

	(void)state;
	nwrong = 0;
	only_the_database = NULL;
	EACH_ROUTE(r)
	{
		if (r->method == METHOD_GET || (r->flags & ROUTE_PUBLIC))
			continue;
		rule = rule_of(method_text(r->method), r->path);
		if ((a = act_of(r)) == NULL || rule == NULL) {
			wrong("tests/unit/api/matrix.h lacks %s %s\n",
			    method_text(r->method), r->path);
			continue;
		}
		if (rule->subject[0] != '\0')
			check_states(r, a, rule);
		for (i = 0; i < NCALLERS && rule->subject[0] == '\0'; i++)
			if (r->roles & callers[i].bit)
				(void)is_done(
				    r, a, &callers[i], NULL, "", NULL);
	}
	assert_int_equal(nwrong, 0);
}

/* Past the router, as whoever holds the api's role in the database would. */
static void
the_database_refuses_the_other_roles_by_itself(void **state)
{
	const struct role_rule *rule;
	const struct matrix_act *a;
	struct buf own = BUF_EMPTY;
	const struct route *r;
	char name[128], first[32];
	struct outcome o;
	size_t i;

	(void)state;
	nwrong = 0;
	EACH_ROUTE(r)
	{
		a = act_of(r);
		rule = rule_of(method_text(r->method), r->path);
		if (a == NULL || rule == NULL || a->code != NULL ||
		    (r->flags & ROUTE_PUBLIC))
			continue;
		(void)snprintf(first, sizeof(first), "%.*s",
		    (int)strcspn(rule->states, ","), rule->states);
		for (i = 0; i < NCALLERS; i++) {
			if (r->roles & callers[i].bit)
				continue;
			name[0] = '\0';
			buf_clear(&own);
			if (first[0] != '\0')
				(void)subject(
				    a->kind != NULL ? a->kind : rule->subject,
				    first, "officer", name, &own);
			only_the_database = &callers[i];
			o = call(r, &callers[i], name,
			    a->body != NULL ? a->body
				: own.n > 0 ? buf_str(&own)
					    : "{}");
			if (o.status != 403)
				wrong("%s %s as %s, past the router: %d %s "
				      "%s\n",
				    rule->method, r->path, callers[i].role,
				    o.status, o.code, o.says);
		}
	}
	only_the_database = NULL;
	buf_free(&own);
	assert_int_equal(nwrong, 0);
}

static void
acts_of_two_are_as_the_database_has_them(void **state)
{
	static const char sql[] =
	    "SELECT array_to_string(proposer_roles, ',') || ' ' || "
	    "array_to_string(approver_roles, ',') FROM assay.act WHERE name = "
	    "$1 AND coalesce($2, $3) IS NULL";
	static const char others[] =
	    "SELECT string_agg(name, ' ' ORDER BY name) FROM assay.act WHERE "
	    "position(',' || name || ',' IN $1) = 0 AND coalesce($2, $3) IS "
	    "NULL";
	const struct role_rule *rule;
	struct buf known = BUF_EMPTY;
	char want[128];
	size_t i;

	(void)state;
	nwrong = 0;
	buf_putc(&known, ',');
	for (i = 0; (rule = policy_role_each(i)) != NULL; i++) {
		if (strcmp(rule->method, "act") != 0)
			continue;
		buf_printf(&known, "%s,", rule->what);
		(void)snprintf(
		    want, sizeof(want), "%s %s", rule->roles, rule->subject);
		if (strcmp(ask_owner(sql, rule->what, NULL, NULL), want) != 0)
			wrong("policy/roles.txt: act %s %s\n", rule->what,
			    ask_owner(sql, rule->what, NULL, NULL));
		if (!among(rule->states, "proposer"))
			wrong("act %s: its proposer never approves it\n",
			    rule->what);
	}
	assert_string_equal(ask_owner(others, buf_str(&known), NULL, NULL), "");
	buf_free(&known);
	assert_int_equal(nwrong, 0);
}

/* The rest of what can be asked for, by the names of all subjects there are. */
static void
read_all(const struct route *r, const struct caller *reader)
{
	static const char sql[] = "SELECT name FROM t.subject WHERE kind = $1 "
				  "AND ($2 = '' OR state = $2) AND "
				  "($3 = '' OR true) LIMIT 1";
	const char *param = strchr(r->path, '{'), *states[32];
	char kind[64];
	size_t i, n;

	if (param == NULL || strchr(param + 1, '{') != NULL)
		return;
	(void)snprintf(kind, sizeof(kind), "%.*s", (int)strcspn(param + 1, "}"),
	    param + 1);
	n = states_of(kind, states);
	for (i = 0; i < n; i++) {
		const char *name = ask_owner(sql, kind, states[i], "");

		if (name[0] != '\0')
			(void)call(r, reader, name, "{}");
	}
}

static void
answers_are_as_openapi_has_them(void **state)
{
	const struct route *r;
	size_t i;

	(void)state;
	only_the_database = NULL;
	EACH_ROUTE(r)
	{
		if (r->method != METHOD_GET ||
		    (r->flags & (ROUTE_NO_TRANSACTION | ROUTE_PUBLIC)))
			continue;
		for (i = 0; i < NCALLERS; i++)
			if (strcmp(callers[i].role, "reader") == 0 ||
			    strcmp(callers[i].role, "officer") == 0)
				read_all(r, &callers[i]);
	}
	assert_int_equal(nundescribed, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_router_lets_in_whom_the_table_names),
		cmocka_unit_test(
		    acts_are_done_in_the_states_that_the_table_names),
		cmocka_unit_test(
		    the_database_refuses_the_other_roles_by_itself),
		cmocka_unit_test(acts_of_two_are_as_the_database_has_them),
		cmocka_unit_test(answers_are_as_openapi_has_them),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
