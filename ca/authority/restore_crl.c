/*
 * What published CRLs know better than a restored database.
 */

#include "authority/restore_crl.h"
#include "authority/authority.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/stop.h"
#include "db/issuer.h"
#include "revoke/crl_walk.h"
#include "x509/crl_read.h"

#define BATCH	1000
#define TURN_MS 5000

struct listed {
	struct authority *a;
	struct buf json;
	int n;
	int64_t until; /* clock_ms() */
};

static int
send(struct listed *l)
{
	struct db_args args = DB_ARGS_EMPTY;
	int rc = 0;

	if (l->n == 0)
		return 0;
	buf_puts(&l->json, "]");
	db_arg_text(&args, buf_str(&l->json));
	if (db_exec(l->a->db, "restore_claim_listed_do", &args) == -1)
		rc = -1;
	buf_clear(&l->json);
	l->n = 0;
	return rc;
}

static int
add(uint32_t by, const struct crl_entry *e, void *ctx)
{
	struct listed *l = ctx;
	uint32_t issuer;
	uint64_t index;

	if (serial_open(l->a->serials, span_of(e->serial, e->serial_length),
		&issuer, &index) == -1 ||
	    issuer != by)
		return CRL_WALK_ON; /* a supplier's own CA numbers its own */
	buf_printf(&l->json,
	    "%s{\"issuer\":%u,\"index\":%llu,\"state\":\"%s\",\"reason\":%d,"
	    "\"since\":%lld",
	    l->n++ == 0 ? "[" : ",", issuer, (unsigned long long)index,
	    e->reason == 6 ? "on_hold" : "revoked", e->reason,
	    (long long)e->when);
	if (e->invalidity != 0)
		buf_printf(
		    &l->json, ",\"invalidity\":%lld", (long long)e->invalidity);
	buf_puts(&l->json, "}");
	if (l->n < BATCH)
		return CRL_WALK_ON;
	if (send(l) == -1)
		return -1;
	return stop_asked() || clock_ms() >= l->until ? CRL_WALK_STOP
						      : CRL_WALK_KEPT;
}

/* By a CA that the database knows; of others nothing is left to be revoked. */
static int
is_signed(uint32_t issuer, const struct crl *c, void *ctx)
{
	struct authority *a = ((struct listed *)ctx)->a;
	struct issuer_row row = { .id = 0 };
	struct key *key = NULL;
	struct cert cert;
	int rc = -1;

	if (db_issuer_get(a->db, issuer, &row) == 0 &&
	    cert_parse(buf_span(&row.cert), &cert) == 0 &&
	    (key = key_from_spki(cert.spki)) != NULL)
		rc = crl_verify(c, &cert, key);
	key_free(key);
	db_issuer_free(&row);
	if (rc == 0)
		return 1;
	if (err_kind() == ERR_BUSY || err_kind() == ERR_INTERNAL)
		return -1;
	log_write(LOG_WARN, "a published CRL of issuer %u is passed over: %s",
	    issuer, err_text());
	return 0;
}

int
restore_claim_crls(struct authority *a, bool anew)
{
	static const struct crl_walker walker = { is_signed, add };
	static struct crl_walk at;
	struct listed l = {
		.a = a, .json = BUF_EMPTY, .until = clock_ms() + TURN_MS
	};
	int rc;

	if (anew)
		at = (struct crl_walk){ .entries = 0 };
	if ((rc = crl_walk(a->in.var, &at, &walker, &l)) == 0)
		rc = send(&l);
	buf_free(&l.json);
	return rc == CRL_WALK_STOP ? 1 : rc;
}
