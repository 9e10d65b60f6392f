/*
 * CMP, RFC 9810 over HTTP as RFC 9811 has it: /.well-known/cmp/p/LOT, perhaps
 * with the operation behind it, where LOT is the number of an open lot.
 *
 * A message is believed for its protection: a signature under a certificate of
 * a factory that the lot's header names, a MAC with a device's key of that
 * header, or the signature of a device of the register.  What a request asks
 * for becomes a row of the lot (api/enrol.h), and the message is kept with it,
 * since the authority verifies it again.
 *
 * What cannot be read as a message is refused by HTTP; all else is answered by
 * a message, with 200 (RFC 9811 section 3.4).
 */

#include <string.h>

#include "api/cmp_reply.h"
#include "api/cmp_request.h"
#include "api/cmp_wait.h"
#include "api/route.h"
#include "base/err.h"
#include "db/conn.h"
#include "policy/never.h"
#include "x509/cert.h"

/* Labels of RFC 9483 section 6.1 and the message that each is for. */
static const struct {
	const char *label;
	int type;
} operations[] = {
	{ "initialization", CMP_IR },
	{ "certification", CMP_CR },
	{ "pkcs10", CMP_P10CR },
	{ "keyupdate", CMP_KUR },
	{ "revocation", CMP_RR },
	{ "getcacerts", CMP_GENM },
	{ "getcrls", CMP_GENM },
};

/* ---- revocation, information */

static int
revoke(struct cmp_call *c)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_array anchors = { .n = 0 };
	struct db_rows *r = NULL;

	if (c->secret != NULL)
		return err_set_code(ERR_DENIED, "CMP_NOT_SUPPORTED",
		    "a certificate is revoked by its device's signature or its "
		    "factory's, not by a MAC");
	db_arg_text(&args, c->lot);
	db_arg_bytes(&args, span_of(c->who, sizeof(c->who)));
	if (c->device)
		db_arg_null(&args);
	else {
		cmp_call_anchors(c, &anchors);
		db_arg_array(&args, &anchors);
	}
	db_arg_bytes(&args, c->message.issuer);
	db_arg_bytes(&args, c->message.serial);
	db_arg_int(&args, c->message.reason);
	if (db_begin(c->req->db) == 0 &&
	    (r = db_query_one(c->req->db, "cmp_revoke_do", &args)) == NULL)
		db_rollback(c->req->db);
	db_array_free(&anchors);
	if (r == NULL)
		return -1;
	rows_free(r);
	return db_commit(c->req->db);
}

static int
rr(struct cmp_call *c, struct reply *reply)
{
	struct cmp_answer a = { .status = CMP_ACCEPTED };

	if (cmp_call_begin(c) == -1)
		return -1;
	if (revoke(c) == -1)
		cmp_reject(&a);
	return cmp_reply(c, &a, -1, reply);
}

/* Of the root that they name, or the newest; NULL: it could not be asked. */
static struct db_rows *
find_update(struct cmp_call *c, struct cmp_answer *a)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int i;

	db_arg_bytes(&args, c->message.root);
	r = db_query(c->req->db, "root_update", &args);
	if (r != NULL && rows_count(r) > 0)
		for (i = 0; i < 3; i++)
			a->update[i] = row_bytes(r, 0, i);
	return r;
}

static int
genm(struct cmp_call *c, struct reply *reply)
{
	struct cmp_answer a = { .status = CMP_ACCEPTED };
	struct db_rows *update = find_update(c, &a);
	int rc;

	if (update == NULL)
		return -1;
	if (c->issuer.n > 0)
		a.cas[a.ncas++] = buf_span(&c->issuer);
	a.cas[a.ncas++] = buf_span(&c->root);
	a.crl = buf_span(&c->crl);
	rc = cmp_reply(c, &a, -1, reply);
	rows_free(update);
	return rc;
}

static const struct {
	int type;
	int (*run)(struct cmp_call *, struct reply *);
} bodies[] = {
	{ CMP_IR, cmp_certify },
	{ CMP_CR, cmp_certify },
	{ CMP_P10CR, cmp_certify },
	{ CMP_KUR, cmp_certify },
	{ CMP_RR, rr },
	{ CMP_GENM, genm },
	{ CMP_CERTCONF, cmp_certconf },
	{ CMP_POLLREQ, cmp_pollreq },
	{ CMP_ERROR, cmp_client_error },
};

/* ---- in */

/* What its address says that the message is; -1: anything. */
static int
read_operation(struct request *req, int *type)
{
	const char *label;
	size_t i, n = sizeof(operations) / sizeof(operations[0]);

	*type = -1;
	if (req->nparams < 2)
		return 0;
	label = request_param(req, "operation");
	for (i = 0; i < n; i++)
		if (strcmp(operations[i].label, label) == 0) {
			*type = operations[i].type;
			return 0;
		}
	return err_set_code(ERR_ABSENT, "NO_SUCH_ADDRESS",
	    "there is no operation \"%.32s\" here (RFC 9483 section 6.1)",
	    label);
}

/* What goes on with a transaction comes to where that began. */
static int
check_operation(const struct cmp_call *c)
{
	int type = c->message.type;

	return c->operation == -1 || type == c->operation ||
		type == CMP_CERTCONF || type == CMP_POLLREQ || type == CMP_ERROR
	    ? 0
	    : err_set_code(ERR_INPUT, "CMP_OPERATION",
		  "the address is that of another operation");
}

static int
run(struct cmp_call *c, struct reply *reply)
{
	size_t i, n = sizeof(bodies) / sizeof(bodies[0]);

	for (i = 0; i < n; i++)
		if (bodies[i].type == c->message.type)
			return bodies[i].run(c, reply);
	return err_set_code(ERR_INPUT, "CMP_NOT_SUPPORTED",
	    "messages with body [%d] are not taken here", c->message.type);
}

static int
judge(struct cmp_call *c)
{
	c->believed = cmp_call_judge(c) == 0;
	return c->believed ? check_operation(c) : -1;
}

/* Everything that can be said of it by a message is. */
static int
answer(struct cmp_call *c, int rc, struct reply *reply)
{
	if (rc == 0)
		rc = run(c, reply);
	if (rc == -1 && err_kind() == ERR_BUSY)
		return -1;
	return rc == 0 ? 0 : cmp_reply_error(c, reply);
}

static int
come(struct cmp_call *c, struct reply *reply)
{
	struct err unread;
	int rc;

	if (!request_has_type(c->req, PKIXCMP))
		return err_set_code(ERR_INPUT, "MEDIA_TYPE",
		    "a message is sent as " PKIXCMP " (RFC 9811)");
	if (never_refuse(never_der(c->req->body), "the message") == -1 ||
	    read_operation(c->req, &c->operation) == -1)
		return -1;
	if ((rc = cmp_read(c->req->body, &c->message)) == -1)
		err_keep(&unread);
	if (cmp_call_lot(c) == -1)
		return -1;
	if (rc == -1 && c->message.transaction.n == 0)
		return err_again(&unread);
	if (c->own.n == 0)
		return err_set_code(ERR_BUSY, "NO_CMP_SIGNER",
		    "the key that signs answers waits for its certificate");
	return answer(c, rc == -1 ? err_again(&unread) : judge(c), reply);
}

static int
cmp_post(struct request *req, struct reply *reply)
{
	struct cmp_call c = { .req = req, .lot = request_param(req, "lot") };
	int rc;

	if (cmp_turn_waits_on(req, c.lot, reply))
		return 0;
	rc = cmp_kept_take(req, &c) ? answer(&c, 0, reply) : come(&c, reply);
	if (rc == 0 && reply->nresume > 0)
		cmp_kept_put(&c, reply);
	else
		cmp_call_free(&c);
	return rc;
}

#define ASK (ROUTE_PUBLIC | ROUTE_ANY_TYPE | ROUTE_NO_TRANSACTION)

const struct route cmp_routes[] = {
	{ METHOD_POST, "/.well-known/cmp/p/{lot}", 0, ASK, CMP_MAX, cmp_post,
	    "CMP: a message about an open lot's devices" },
	{ METHOD_POST, "/.well-known/cmp/p/{lot}/{operation}", 0, ASK, CMP_MAX,
	    cmp_post, "CMP: a message, at the address of its operation" },
	ROUTE_END,
};
