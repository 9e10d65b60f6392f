#ifndef UNIT_API_MATRIX_CALLERS_H
#define UNIT_API_MATRIX_CALLERS_H

/*
 * A caller of each role, with a key and a certificate, in a real database with
 * the subjects of tests/lib/matrix.sql.  start() and stop() are a fixture.
 */

#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "api/principal.h"
#include "api/role.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/err.h"
#include "base/io.h"
#include "base/log.h"
#include "db/migrate.h"
#include "db/ruleset.h"
#include "key/hash.h"
#include "tests/unit/db/cluster.h"
#include "tests/unit/pki.h"
#include "x509/cert.h"
#include "x509/csr.h"

#define MATRIX_FUNCTION __attribute__((unused)) static

static struct caller {
	const char *role;
	unsigned bit;
	struct key *key;
	struct buf der;
	struct buf escaped; /* as nginx passes it on */
	char known_by[2 * HASH_SIZE + 1];
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

/* One value, "" where there is none; good until the next call. */
MATRIX_FUNCTION const char *
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

MATRIX_FUNCTION void
escape_certificate(struct caller *c)
{
	struct buf pem = BUF_EMPTY, hex = BUF_EMPTY;
	uint8_t digest[HASH_SIZE];
	size_t i;

	cert_write_pem(buf_span(&c->der), &pem);
	for (i = 0; i < pem.n; i++)
		if (pem.p[i] == '\n')
			buf_puts(&c->escaped, "%0A");
		else
			buf_putc(&c->escaped, (char)pem.p[i]);
	hash_sha256(buf_span(&c->der), digest);
	hex_encode(&hex, span_of(digest, sizeof(digest)));
	(void)snprintf(c->known_by, sizeof(c->known_by), "%s", buf_str(&hex));
	buf_free(&hex);
	buf_free(&pem);
}

MATRIX_FUNCTION void
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

MATRIX_FUNCTION int
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

MATRIX_FUNCTION void
put_hash(struct buf *hex, const char *what)
{
	uint8_t digest[HASH_SIZE];

	hash_sha256(span_str(what), digest);
	hex_encode(hex, span_of(digest, sizeof(digest)));
}

MATRIX_FUNCTION void
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

MATRIX_FUNCTION int
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
	if (run_sql("tests/lib/matrix_cast.sql") == -1 ||
	    run_sql("tests/lib/matrix_accreditation.sql") == -1 ||
	    run_sql("tests/lib/matrix.sql") == -1)
		return -1;
	for (i = 0; i < NCALLERS; i++)
		certify(&callers[i], 900 + i);
	api = cluster_open("assay_api");
	log_open("test", LOG_ALARM); /* refusals are what it is about */
	return 0;
}

MATRIX_FUNCTION int
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

#endif
