/*
 * Random acts, legal and illegal, by everybody on everything, while time goes
 * by: no CoC comes into force without all that it needs, and no decision is a
 * permit without a CoC in force or in grace.  What "needs" means is written
 * once more in tests/lib/acts_never.sql, so that the rules are judged by
 * others.
 *
 * The same chance each time, so that what fails can be looked at; ASSAY_SEED
 * sets another.
 */

#include "cluster.h"

#include <libpq-fe.h>

#include "base/io.h"
#include "db/decision.h"
#include "db/migrate.h"
#include "db/ruleset.h"
#include "db/tre_kind.h"
#include "key/hash.h"
#include "policy/decide.h"

#define WORLDS 25
#define ACTS   400 /* in each */

static PGconn *
connect_as(const char *role)
{
	char info[sizeof(cluster_conninfo) + 32];
	PGconn *c;

	(void)snprintf(
	    info, sizeof(info), "%s user=%s", cluster_conninfo, role);
	c = PQconnectdb(info);
	assert_int_equal(PQstatus(c), CONNECTION_OK);
	return c;
}

static PGresult *
run(PGconn *c, const char *sql)
{
	PGresult *r = PQexec(c, sql);

	if (PQresultStatus(r) != PGRES_TUPLES_OK &&
	    PQresultStatus(r) != PGRES_COMMAND_OK)
		fail_msg("%.60s: %s", sql, PQerrorMessage(c));
	return r;
}

static void
do_sql(PGconn *c, const char *sql)
{
	PQclear(run(c, sql));
}

static int
make_world(void **state)
{
	static const char *const scripts[] = { "tests/lib/acts_world.sql",
		"tests/lib/acts.sql", "tests/lib/acts_never.sql" };
	struct buf script = BUF_EMPTY;
	struct db *db;
	PGconn *c;

	if (cluster_begin(state) == -1)
		return -1;
	db = cluster_open("tester");
	if (db_migrate(db, "db/schema") == -1 ||
	    db_ruleset_load(db, "policy/rulesets") == -1 ||
	    db_tre_kind_load(db, "policy/tre-kinds.json") == -1)
		return -1;
	db_close(db);
	c = connect_as("tester");
	for (size_t i = 0; i < 3; i++) {
		buf_clear(&script);
		if (io_read_file(scripts[i], 1 << 20, &script) == -1)
			return -1;
		do_sql(c, buf_str(&script));
	}
	PQfinish(c);
	buf_free(&script);
	return 0;
}

struct world {
	PGconn *api, *owner;
	struct db *facts;
	struct buf tre, ter; /* SHA-256 of the certificates at hand */
	int permits, done, refused, in_force;
	const char *last;
};

/* The first column of the first row; "" for none.  Till the next call. */
static const char *
text_of(PGconn *c, const char *sql)
{
	static char text[512];
	PGresult *r = run(c, sql);

	(void)snprintf(text, sizeof(text), "%s",
	    PQntuples(r) > 0 ? PQgetvalue(r, 0, 0) : "");
	PQclear(r);
	return text;
}

static void
issue(struct world *w)
{
	PGresult *r = run(w->owner,
	    "SELECT encode(tre, 'hex'), encode(ter, 'hex') FROM t.issue()");

	if (PQgetisnull(r, 0, 1) == 0) {
		buf_free(&w->tre);
		buf_free(&w->ter);
		buf_puts(&w->tre, PQgetvalue(r, 0, 0));
		buf_puts(&w->ter, PQgetvalue(r, 0, 1));
	}
	PQclear(r);
}

static struct span
octets(const char *hex, uint8_t out[32])
{
	unsigned b;
	int i;

	for (i = 0; i < 32; i++) {
		assert_int_equal(sscanf(hex + (size_t)2 * i, "%2x", &b), 1);
		out[i] = (uint8_t)b;
	}
	return span_of(out, 32);
}

/* What the device shows is flawless: what the record says must decide. */
static void
show_flawless(struct side_facts *s)
{
	s->shown = s->path_judged = s->registered = s->possession = true;
}

static enum verdict_kind
ask(struct world *w)
{
	struct facts f = { .form_good = true,
		.purpose = PURPOSE_INITIAL_DOWNLOAD,
		.mode = MODE_TRE_AND_PLATFORM,
		.challenge = CHALLENGE_IS_GOOD,
		.bound_by_certificate = true,
		.bound_by_register = true,
		.device_id_fits = true,
		.evidence = { .shown = EVIDENCE_TRANSCRIPT,
		    .well_formed = true,
		    .measurement = MEASUREMENT_IS_NOT_ASKED } };
	struct decision_record record;
	struct verdict v;
	uint8_t tre[32], ter[32];

	assert_int_equal(
	    db_begin_as(w->facts,
		strtoll(text_of(w->owner,
			    "SELECT id FROM assay.principal WHERE handle = "
			    "'operator-1'"),
		    NULL, 10)),
	    0);
	memset(&record, 0, sizeof(record));
	show_flawless(&f.tre);
	show_flawless(&f.platform);
	assert_int_equal(
	    db_decision_facts(w->facts,
		strtoll(text_of(w->owner,
			    "SELECT id FROM assay.organisation WHERE handle = "
			    "'operator'"),
		    NULL, 10),
		"initial_download", octets(buf_str(&w->tre), tre),
		octets(buf_str(&w->ter), ter), &f, &record),
	    0);
	f.signed_at = record.now;
	decide(&f, record.now, &v);
	decision_record_free(&record);
	db_rollback(w->facts);
	return v.kind;
}

/* Nothing is in force that must not be, and nothing permitted. */
static void
judge(struct world *w)
{
	const char *why = text_of(w->owner, "SELECT * FROM t.broken()");
	char sql[256];

	if (*why != '\0')
		fail_msg("after %s: %s", w->last, why);
	if (w->tre.n == 0)
		return;
	if (ask(w) != VERDICT_PERMIT)
		return;
	w->permits++;
	(void)snprintf(sql, sizeof(sql),
	    "SELECT * FROM t.bars('\\x%s', '\\x%s')", buf_str(&w->tre),
	    buf_str(&w->ter));
	why = text_of(w->owner, sql);
	if (*why != '\0')
		fail_msg("after %s: a permit, although: %s", w->last, why);
}

static void
act(struct world *w)
{
	static char said[512];

	(void)snprintf(
	    said, sizeof(said), "%s", text_of(w->api, "SELECT t.step()"));
	w->last = said;
	if (strncmp(said, "DEFECT", 6) == 0)
		fail_msg("%s", said);
	if (strchr(said, ':') != NULL)
		w->refused++;
	else
		w->done++;
	do_sql(w->owner, "SELECT t.pass()");
}

static void
run_world(struct world *w)
{
	int i;

	do_sql(w->owner, "SELECT t.new_world()");
	buf_free(&w->tre);
	buf_free(&w->ter);
	for (i = 0; i < ACTS; i++) {
		act(w);
		if (i % 10 == 9)
			issue(w);
		judge(w);
	}
}

static void
never_grants_without_what_it_takes(void **state)
{
	const char *said = getenv("ASSAY_SEED");
	unsigned seed = said != NULL ? (unsigned)strtoul(said, NULL, 10) : 2027;
	struct world w = { .facts = cluster_open("assay_api") };
	char sql[64];
	int i;

	(void)state;
	w.api = connect_as("assay_api");
	w.owner = connect_as("tester");
	print_message("ASSAY_SEED=%u\n", seed);
	(void)snprintf(
	    sql, sizeof(sql), "SELECT setseed(%u / 4294967296.0)", seed);
	do_sql(w.api, sql);
	do_sql(w.owner, sql);
	for (i = 0; i < WORLDS; i++)
		run_world(&w);
	w.in_force = atoi(text_of(w.owner,
	    "SELECT count(*) FROM assay.history WHERE entity = 'coc' AND "
	    "to_state IN ('provisional', 'certified')"));
	print_message("%d acts done, %d refused; CoCs came into force %d "
		      "times, %d permits\n",
	    w.done, w.refused, w.in_force, w.permits);
	/* else it has shown nothing */
	assert_true(w.in_force >= WORLDS);
	assert_true(w.permits > 0);
	buf_free(&w.tre);
	buf_free(&w.ter);
	PQfinish(w.api);
	PQfinish(w.owner);
	db_close(w.facts);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(never_grants_without_what_it_takes),
	};

	return cmocka_run_group_tests(tests, make_world, cluster_end);
}
