/*
 * Who may do what, and when: every role, every route, every state, held
 * against policy/roles.txt.  Real handlers behind the real router, real
 * signatures, a real database; each call is rolled back.
 *
 * A line that is missing or wrong is printed as it should be.
 */

#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <jansson.h>
#include <libpq-fe.h>

#include "api/auth.h"
#include "api/routes.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/err.h"
#include "base/io.h"
#include "base/log.h"
#include "db/migrate.h"
#include "db/ruleset.h"
#include "key/hash.h"
#include "policy/role.h"
#include "policy/state.h"
#include "registry/instance.h"
#include "registry/statement.h"
#include "tests/unit/db/cluster.h"
#include "tests/unit/pki.h"
#include "x509/cert.h"
#include "x509/csr.h"

#include "tests/unit/api/matrix.h"

#define NACTS (sizeof(matrix_acts) / sizeof(matrix_acts[0]))

/* ---- who */

static struct caller {
	const char *role;
	unsigned bit;
	struct key *key;
	struct buf der;
	struct buf escaped; /* as nginx passes it on */
	struct principal principal;
} callers[] = {
	{ .role = "officer", .bit = ROLE_OFFICER },
	{ .role = "decider", .bit = ROLE_DECIDER },
	{ .role = "auditor", .bit = ROLE_AUDITOR },
	{ .role = "supplier", .bit = ROLE_SUPPLIER },
	{ .role = "operator", .bit = ROLE_OPERATOR },
	{ .role = "security", .bit = ROLE_SECURITY },
	{ .role = "reader", .bit = ROLE_READER },
};

#define NCALLERS (sizeof(callers) / sizeof(callers[0]))

static struct pki pki;
static struct db *api;
static PGconn *owner;
/* What bodies may ask for in braces. */
static struct buf csr, paper, report, day, later, nothing;
static int nwrong;

/* A line of the report; the test goes on, so that all are seen at once. */
static void __attribute__((format(printf, 1, 2))) wrong(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	nwrong++;
}

/* One value, "" where there is none; good until the next call. */
static const char *
ask_owner(const char *sql, const char *a, const char *b, const char *c)
{
	static struct buf text;
	const char *const values[] = { a, b, c };
	PGresult *r = PQexecParams(owner, sql, 3, NULL, values, NULL, NULL, 0);

	buf_clear(&text);
	if (PQresultStatus(r) != PGRES_TUPLES_OK)
		fail_msg("%s: %s", sql, PQresultErrorMessage(r));
	if (PQntuples(r) > 0 && !PQgetisnull(r, 0, 0))
		buf_puts(&text, PQgetvalue(r, 0, 0));
	PQclear(r);
	return buf_str(&text);
}

static void
escape_certificate(struct caller *c)
{
	struct buf pem = BUF_EMPTY;
	size_t i;

	cert_write_pem(buf_span(&c->der), &pem);
	for (i = 0; i < pem.n; i++)
		if (pem.p[i] == '\n')
			buf_puts(&c->escaped, "%0A");
		else
			buf_putc(&c->escaped, (char)pem.p[i]);
	buf_free(&pem);
}

static void
certify(struct caller *c, uint64_t index)
{
	struct template_spec s = pki_spec(&pki, PROFILE_ACCESS, &pki.access);
	struct buf hex = BUF_EMPTY;
	char number[24];

	c->key = key_generate(KEY_P256);
	s.unit = c->role;
	s.common_name = c->role;
	pki_build(&pki, &s, index, key_point(c->key), &c->der);
	escape_certificate(c);
	hex_encode(&hex, buf_span(&c->der));
	(void)snprintf(
	    number, sizeof(number), "%llu", (unsigned long long)index);
	(void)ask_owner("WITH p AS (UPDATE assay.principal SET cert_der = "
			"decode($2, 'hex') WHERE handle = $1 RETURNING id) "
			"INSERT INTO assay.certificate (issuer_id, index, "
			"profile, serial, der, der_sha256, spki_sha256, "
			"not_before) SELECT 2, $3::bigint, 'access', 'x', "
			"decode($2, 'hex'), sha256(decode($2, 'hex')), "
			"sha256(decode($2, 'hex')), now() FROM p RETURNING 1",
	    c->role, buf_str(&hex), number);
	c->principal.id = strtoll(
	    ask_owner("SELECT id FROM assay.principal WHERE handle = $1 AND "
		      "coalesce($2, $3) IS NULL",
		c->role, NULL, NULL),
	    NULL, 10);
	buf_free(&hex);
}

static int
run_sql(const char *path)
{
	struct buf text = BUF_EMPTY;
	PGresult *r;
	int rc = io_read_file(path, 1 << 20, &text);

	if (rc == 0) {
		r = PQexec(owner, buf_str(&text));
		if (PQresultStatus(r) != PGRES_TUPLES_OK &&
		    PQresultStatus(r) != PGRES_COMMAND_OK) {
			print_error("%s: %s", path, PQresultErrorMessage(r));
			rc = -1;
		}
		PQclear(r);
	}
	buf_free(&text);
	return rc;
}

static void
put_hash(struct buf *hex, const char *what)
{
	uint8_t digest[HASH_SIZE];

	hash_sha256(span_str(what), digest);
	hex_encode(hex, span_of(digest, sizeof(digest)));
}

static void
make_values(void)
{
	struct key *key = key_generate(KEY_P256);
	struct buf der = BUF_EMPTY;
	char text[CLOCK_TEXT_MAX];

	put_hash(&paper, "paper");
	put_hash(&report, "report");
	put_hash(&nothing, "nothing");
	clock_write(clock_now() + 3 * 86400, text);
	buf_put(&day, text, 10);
	clock_write(clock_now() + 60 * 86400, text);
	buf_puts(&later, text);
	pki_must(csr_build(key, "new-1", &der) == 0);
	base64_encode(&csr, buf_span(&der));
	buf_free(&der);
	key_free(key);
}

static int
start(void **state)
{
	char info[sizeof(cluster_conninfo) + 16];
	struct db *db;
	size_t i;
	int rc;

	if (cluster_begin(state) == -1)
		return -1;
	db = cluster_open("tester");
	rc = db_migrate(db, "db/schema");
	if (rc != -1)
		rc = db_ruleset_load(db, "policy/rulesets");
	db_close(db);
	if (rc == -1) {
		print_error("%s\n", err_text());
		return -1;
	}
	(void)snprintf(info, sizeof(info), "%s user=tester", cluster_conninfo);
	owner = PQconnectdb(info);
	pki_start(&pki);
	make_values();
	if (run_sql("tests/lib/matrix.sql") == -1)
		return -1;
	for (i = 0; i < NCALLERS; i++)
		certify(&callers[i], 900 + i);
	api = cluster_open("assay_api");
	log_open("test", LOG_ALARM); /* refusals are what it is about */
	return 0;
}

static int
stop(void **state)
{
	size_t i;

	for (i = 0; i < NCALLERS; i++) {
		key_free(callers[i].key);
		buf_free(&callers[i].der);
		buf_free(&callers[i].escaped);
	}
	db_close(api);
	PQfinish(owner);
	pki_stop(&pki);
	buf_free(&csr);
	buf_free(&paper);
	buf_free(&report);
	buf_free(&nothing);
	buf_free(&day);
	buf_free(&later);
	return cluster_end(state);
}

/* ---- one call */

/* The rule of the router is left out: what does the database say? */
static const struct caller *only_the_database;

static int
find_caller(const struct route *r, struct request *req)
{
	if (only_the_database == NULL)
		return auth_caller(r, req);
	req->principal = only_the_database->principal;
	req->certificate = buf_span(&only_the_database->der);
	return 0;
}

static int
begin(const struct route *r, struct request *req)
{
	return auth_guard.begin(r, req);
}

static int
undo(const struct route *r, struct request *req, int rc)
{
	(void)r;
	if (db_in_transaction(req->db))
		db_rollback(req->db);
	return rc;
}

static const struct route_guard guard = { find_caller, begin, undo, NULL };

/* The template with what stands from its first { to its last } replaced. */
static void
fill_path(const char *template, const char *name, char path[256])
{
	const char *from = strchr(template, '{'), *to = strrchr(template, '}');

	if (name[0] == '\0')
		name = from != NULL && strchr(from, '/') < to &&
			strchr(from, '/') != NULL
		    ? (strstr(from, "{version}") != NULL ? "none/1"
							 : "tre/NONE-1")
		    : buf_str(&nothing);
	if (from == NULL)
		(void)snprintf(path, 256, "%s", template);
	else
		(void)snprintf(path, 256, "%.*s%s%s", (int)(from - template),
		    template, name, to + 1);
}

/* Apostrophes as quotes, and what stands in braces filled in. */
static void
fill_body(const char *template, const char *name, struct buf *body)
{
	static const char *const words[] = { "{name}", "{paper}", "{report}",
		"{csr}", "{day}", "{later}" };
	const char *values[] = { name, buf_str(&paper), buf_str(&report),
		buf_str(&csr), buf_str(&day), buf_str(&later) };
	const size_t nwords = sizeof(words) / sizeof(words[0]);
	size_t i;

	buf_clear(body);
	while (*template != '\0') {
		for (i = 0; i < nwords; i++)
			if (strncmp(template, words[i], strlen(words[i])) == 0)
				break;
		if (i < nwords) {
			buf_puts(body, values[i]);
			template += strlen(words[i]);
		} else {
			buf_putc(body, *template == '\'' ? '"' : *template);
			template ++;
		}
	}
}

static void
add_header(struct request *req, const char *name, const char *value)
{
	req->headers[req->nheaders++] = (struct request_pair){ name, value };
}

struct outcome {
	int status;
	char code[48];
	char says[512];
};

static void
read_problem(const struct reply *reply, struct outcome *o)
{
	json_t *p =
	    json_loadb((const char *)reply->body.p, reply->body.n, 0, NULL);
	const char *type = json_string_value(json_object_get(p, "type"));
	const char *detail = json_string_value(json_object_get(p, "detail"));

	(void)snprintf(o->code, sizeof(o->code), "%s",
	    type != NULL ? strrchr(type, '/') + 1 : "");
	(void)snprintf(
	    o->says, sizeof(o->says), "%s", detail != NULL ? detail : "");
	json_decref(p);
}

/* Call it as c (NULL: without a certificate). */
static struct outcome
call(const struct route *r, const struct caller *c, const char *name,
    const char *template)
{
	static const struct instance here;
	struct buf body = BUF_EMPTY, jws = BUF_EMPTY;
	struct request req = { .id = "test",
		.method = r->method,
		.query = "",
		.body_fd = -1,
		.db = api,
		.instance = &here };
	struct outcome o = { 0 };
	struct reply reply = REPLY_EMPTY;
	char path[256];

	fill_path(r->path, name, path);
	req.path = path;
	if (r->method != METHOD_GET) {
		fill_body(template, name, &body);
		req.body = buf_span(&body);
		if (!(r->flags & ROUTE_ANY_TYPE))
			add_header(&req, "Content-Type", "application/json");
	}
	if (c != NULL) {
		add_header(&req, "X-Client-Verify", "SUCCESS");
		add_header(&req, "X-Client-Certificate",
		    buf_str((struct buf *)&c->escaped));
	}
	if (c != NULL && (r->flags & ROUTE_SIGNED)) {
		struct statement s = { .body = req.body,
			.url = path,
			.certificate = buf_span(&c->der) };

		pki_must(statement_build(&s, c->key, time(NULL), &jws) == 0);
		add_header(&req, "Assay-Statement", buf_str(&jws));
	}
	only_the_database = only_the_database != NULL ? c : NULL;
	route_serve(api_routes, &guard, &req, &reply);
	undo(r, &req, 0);
	o.status = reply.status;
	if (o.status >= 400)
		read_problem(&reply, &o);
	reply_free(&reply);
	buf_free(&body);
	buf_free(&jws);
	return o;
}

/* ---- what the table and the fixtures say */

static const struct role_rule *
rule_of(const char *method, const char *what)
{
	const struct role_rule *rule;
	size_t i;

	for (i = 0; (rule = policy_role_each(i)) != NULL; i++)
		if (strcmp(rule->method, method) == 0 &&
		    strcmp(rule->what, what) == 0)
			return rule;
	return NULL;
}

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

/* The roles of a route as the table writes them. */
static const char *
roles_text(const struct route *r)
{
	static char text[128];
	unsigned left = r->roles;
	size_t i, n = 0;

	if (r->flags & ROUTE_PUBLIC)
		return "anybody";
	if (r->roles == ROLE_ANY)
		return "all";
	text[0] = '\0';
	if ((left & ROLE_BODY) == ROLE_BODY) {
		n = (size_t)snprintf(text, sizeof(text), "body");
		left &= ~(unsigned)ROLE_BODY;
	}
	for (i = 0; i < NCALLERS; i++)
		if (left & callers[i].bit)
			n += (size_t)snprintf(text + n, sizeof(text) - n,
			    "%s%s", n > 0 ? "," : "", callers[i].role);
	return text;
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

/* Each state of the entity, from the table of transitions, once. */
static size_t
states_of(const char *entity, const char *states[32])
{
	const struct transition *t;
	size_t i, j, n = 0;

	for (i = 0; (t = policy_transition_each(i)) != NULL; i++) {
		if (strcmp(t->entity, entity) != 0)
			continue;
		for (j = 0; j < n && strcmp(states[j], t->to) != 0; j++)
			;
		if (j == n && n < 32)
			states[n++] = t->to;
	}
	return n;
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

#define EACH_ROUTE(r)                                                          \
	for (const struct route *const *table_ = api_routes; *table_ != NULL;  \
	     table_++)                                                         \
		for (r = *table_; r->path != NULL; r++)

static void
every_route_has_its_line(void **state)
{
	const struct role_rule *rule;
	const struct route *r;

	(void)state;
	nwrong = 0;
	EACH_ROUTE(r)
	{
		rule = rule_of(method_text(r->method), r->path);
		if (rule == NULL || strcmp(rule->roles, roles_text(r)) != 0)
			wrong("policy/roles.txt: %-6s %-45s %s\n",
			    method_text(r->method), r->path, roles_text(r));
	}
	assert_int_equal(nwrong, 0);
}

static bool
is_route(const struct role_rule *rule)
{
	const struct route *r;

	EACH_ROUTE(r)
	{
		if (strcmp(method_text(r->method), rule->method) == 0 &&
		    strcmp(r->path, rule->what) == 0)
			return true;
	}
	return false;
}

static void
no_line_is_about_nothing(void **state)
{
	const struct role_rule *rule;
	const char *states[32];
	size_t i;

	(void)state;
	nwrong = 0;
	for (i = 0; (rule = policy_role_each(i)) != NULL; i++) {
		if (rule_of(rule->method, rule->what) != rule)
			wrong(
			    "%s %s has two lines\n", rule->method, rule->what);
		if (strcmp(rule->method, "act") == 0)
			continue;
		if (!is_route(rule))
			wrong("%s %s is no route\n", rule->method, rule->what);
		if (rule->subject[0] != '\0' &&
		    states_of(rule->subject, states) == 0)
			wrong("%s %s: %s has no states\n", rule->method,
			    rule->what, rule->subject);
	}
	assert_int_equal(nwrong, 0);
}

/* What changes anything is signed, but for what says so here. */
static void
every_act_is_signed(void **state)
{
	static const char *const others[] = {
		"/v1/lots",		    /* its manifest's header is */
		"/v1/open-lots",	    /* all of it is */
		"/.well-known/cmp/p/{lot}", /* the message is */
		"/.well-known/cmp/p/{lot}/{operation}",
		"/.well-known/est/{lot}/simpleenroll", /* the request is */
		"/.well-known/est/{lot}/simplereenroll",
		"/.well-known/est/simpleenroll",
		"/.well-known/est/simplereenroll",
		"/.well-known/est/{lot}/serverkeygen", /* does nothing */
		"/v1/evidence/{sha256}", /* named by its own hash */
		"/v1/tamper-reports",	 /* by the device */
		"/v1/delegated-cas/{delegated_ca}/crl", /* by the CA */
		"/v1/challenges",
		"/v1/decisions", /* questions */
		"/v1/decisions/batch",
		"/v1/receipts/verify",
	};
	const struct route *r;
	size_t i;

	(void)state;
	EACH_ROUTE(r)
	{
		if (r->method == METHOD_GET || (r->flags & ROUTE_SIGNED))
			continue;
		for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
			if (strcmp(others[i], r->path) == 0)
				break;
		if (i == sizeof(others) / sizeof(others[0]))
			fail_msg("%s %s is not signed", method_text(r->method),
			    r->path);
	}
}

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_route_has_its_line),
		cmocka_unit_test(no_line_is_about_nothing),
		cmocka_unit_test(every_act_is_signed),
		cmocka_unit_test(the_router_lets_in_whom_the_table_names),
		cmocka_unit_test(
		    acts_are_done_in_the_states_that_the_table_names),
		cmocka_unit_test(
		    the_database_refuses_the_other_roles_by_itself),
		cmocka_unit_test(acts_of_two_are_as_the_database_has_them),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
