/*
 * The end of a CA's key.
 */

#include <stdio.h>

#include "authority/ca_key.h"
#include "authority/issuer.h"
#include "authority/own_key.h"
#include "authority/publish.h"
#include "authority/signer.h"
#include "base/enc.h"
#include "base/err.h"
#include "base/log.h"

static int
judge(struct authority *a, const char *subject, int64_t id)
{
	char url[64];
	struct four_eyes want = { .subject = subject,
		.act = "ca_key_destroy",
		.proposer = "security",
		.approver = "decider",
		.url = url };
	struct act act;

	(void)snprintf(
	    url, sizeof(url), "/v1/cas/%lld/destroy-key", (long long)id);
	if (four_eyes_find(a, &want, &act) == -1)
		return -1;
	act_free(&act);
	return 0;
}

/*
 * What was revoked until now its CRLs say, for good.  One whose key cannot be
 * used any more makes none.
 */
static int
say_last(struct authority *a, int64_t id)
{
	if (issuer_get(a, id) == NULL)
		return err_kind() == ERR_BUSY ? -1 : 0;
	return publish_last_crls(a, id);
}

/* On record first, and nothing that was loaded goes on to sign with it. */
static int
record(struct authority *a, int64_t id)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_int(&args, id);
	if (db_exec(a->db, "ca_key_destroy_do", &args) == -1)
		return -1;
	issuer_forget(a, id);
	return 0;
}

static int
destroy(struct authority *a, int64_t id)
{
	struct issuer_row row = { .id = id };
	char name[ISSUER_KEY_NAME];
	struct buf key_id = BUF_EMPTY;
	int rc = -1;

	if (db_issuer_get(a->db, id, &row) == 0 &&
	    own_key_destroy(
		a, issuer_key_name(&row, name), buf_span(&row.spki)) == 0) {
		hex_encode(&key_id, span_of(row.key_id, sizeof(row.key_id)));
		log_write(LOG_NOTE,
		    "the key %s of CA %lld, subjectKeyIdentifier %s, is "
		    "destroyed",
		    name, (long long)id, buf_str(&key_id));
		rc = 0;
	}
	buf_free(&key_id);
	db_issuer_free(&row);
	return rc;
}

int
ca_key_destroy(struct authority *a, int64_t proposal)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int64_t id;
	int rc = -1;

	db_arg_int(&args, proposal);
	if ((r = db_query_one(a->db, "ca_key_order", &args)) == NULL)
		return -1;
	id = row_int(r, 0, 0);
	if (judge(a, row_text(r, 0, 1), id) == 0 && say_last(a, id) == 0 &&
	    record(a, id) == 0)
		rc = destroy(a, id);
	rows_free(r);
	return rc;
}
