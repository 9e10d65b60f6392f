/*
 * Imports of results: what an officer signed and sent holds what the root
 * signed.
 */

#include <stdio.h>
#include <string.h>

#include "authority/ca_result.h"
#include "authority/signer.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/err.h"
#include "base/log.h"

static int64_t retry_at; /* after one that failed for no fault of its own */

static int
read_results(const struct act *act, struct results *res)
{
	json_t *list = json_object_get(act->json, "certificates"), *one;
	const char *crl = act_text(act, "crl"), *root = act_text(act, "root");
	size_t i;

	json_array_foreach(list, i, one)
	{
		const char *text = json_string_value(one);

		if (text == NULL ||
		    base64_decode(results_add(res, ""), span_str(text)) == -1)
			return err_set_code(ERR_INPUT, "RESULT_DIFFERS",
			    "certificate %zu is no base64", i + 1);
	}
	if (root[0] != '\0' && base64_decode(&res->root, span_str(root)) == -1)
		return err_set_code(
		    ERR_INPUT, "RESULT_DIFFERS", "the root is no base64");
	if (crl[0] != '\0' && base64_decode(&res->crl, span_str(crl)) == -1)
		return err_set_code(
		    ERR_INPUT, "RESULT_DIFFERS", "the CRL is no base64");
	return 0;
}

static int
take(struct authority *a, int64_t statement, struct buf *passed_over)
{
	struct results res;
	struct act act;
	int rc = -1;

	memset(&res, 0, sizeof(res));
	if (act_get(a, statement, &act) == -1)
		return -1;
	if (strcmp(act.url, "/v1/ca/imports") != 0 ||
	    (strcmp(act.by.role, "officer") != 0 &&
		strcmp(act.by.role, "security") != 0))
		err_set_code(ERR_DENIED, "SIGNER_ROLE",
		    "the import is not signed by an officer or by security");
	else if (read_results(&act, &res) == 0)
		rc = ca_result_take(a, &res, passed_over);
	results_free(&res);
	act_free(&act);
	return rc;
}

static int
finish(struct authority *a, int64_t id, const char *state, const char *why)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_int(&args, id);
	db_arg_text(&args, state);
	db_arg_text(&args, why);
	return db_exec(a->db, "ca_import_set_do", &args) == -1 ? -1 : 0;
}

static int
refuse(struct authority *a, const struct db_rows *r)
{
	char why[1024];

	db_rollback(a->db);
	if (err_kind() == ERR_BUSY || err_kind() == ERR_INTERNAL)
		return -1;
	(void)snprintf(why, sizeof(why), "%s: %s", err_code(), err_text());
	log_write(LOG_WARN, "import %s is refused: %s", row_text(r, 0, 1), why);
	return finish(a, row_int(r, 0, 0), "refused", why);
}

static int
judge(struct authority *a, const struct db_rows *r)
{
	struct buf passed_over = BUF_EMPTY;
	char why[1024];
	int rc = take(a, row_int(r, 0, 2), &passed_over);

	(void)snprintf(why, sizeof(why), "withdrawn, and passed over: %s",
	    buf_str(&passed_over));
	if (rc == 0)
		rc = finish(a, row_int(r, 0, 0), "accepted",
		    passed_over.n > 0 ? why : NULL);
	else
		rc = refuse(a, r);
	buf_free(&passed_over);
	return rc;
}

int
ca_import_run(struct authority *a, bool *busy)
{
	struct db_rows *r;
	int rc = 0;

	if (clock_ms() < retry_at)
		return 0;
	if ((r = db_query(a->db, "ca_import_received", NULL)) == NULL)
		return -1;
	if (rows_count(r) > 0) {
		*busy = true;
		if ((rc = judge(a, r)) == -1) {
			log_err("take an import");
			retry_at = clock_ms() + 2000;
			rc = err_kind() == ERR_BUSY && db_lost(a->db) ? -1 : 0;
		}
	}
	rows_free(r);
	return rc;
}
