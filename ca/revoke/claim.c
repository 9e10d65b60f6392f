/*
 * What the index knows better than a restored database.
 */

#include "revoke/claim.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/stop.h"
#include "db/restore.h"
#include "revoke/status.h"

#define BATCH 1000

struct claims {
	struct db *db;
	const char *witness;
	struct buf json;
	int n;
};

static int
send(struct claims *c)
{
	int rc;

	if (c->n == 0)
		return 0;
	buf_puts(&c->json, "]");
	rc = db_restore_claim(c->db, c->witness, buf_str(&c->json));
	buf_free(&c->json);
	c->n = 0;
	return rc;
}

static int
add(const struct status_known *k, void *ctx)
{
	const struct status_answer *a = &k->answer;
	struct claims *c = ctx;

	buf_puts(&c->json, c->n++ == 0 ? "[" : ",");
	if (k->is_cohort)
		buf_printf(&c->json, "{\"cohort\":\"%s\",\"id\":%llu",
		    status_cohort_name(k->cohort_kind),
		    (unsigned long long)k->cohort_id);
	else
		buf_printf(&c->json, "{\"issuer\":%u,\"index\":%llu", k->issuer,
		    (unsigned long long)k->index);
	buf_printf(&c->json, ",\"state\":\"%s\",\"reason\":%d,\"since\":%lld}",
	    a->state == STATUS_HOLD ? "on_hold" : "revoked", a->reason,
	    (long long)a->when);
	if (c->n < BATCH)
		return 0;
	if (stop_asked())
		return err_set(ERR_BUSY, "asked to stop");
	return send(c);
}

int
claim_send(struct db *db, struct status *index, const char *witness)
{
	struct claims c = { .db = db, .witness = witness };
	int rc = status_each_known(index, add, &c);

	if (rc == 0)
		rc = send(&c);
	buf_free(&c.json);
	return rc;
}
