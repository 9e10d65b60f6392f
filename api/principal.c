/*
 * Principals: the people and systems that act, each by a certificate of the
 * access CA.  An officer sends the request for it; the authority certifies it
 * by itself, from the table of orders.
 */

#include "api/forward.h"
#include "api/route.h"
#include "registry/fields.h"

#define ROLES "officer|decider|auditor|supplier|operator|security|reader"
#include "x509/csr.h"

static int
principal_list(struct request *req, struct reply *reply)
{
	static const char *const queries[] = { "state", "before",
		"organisation", "role=" ROLES, "q", NULL };

	return forward_search(req, reply, "principal_list", queries);
}

static int
principal_get(struct request *req, struct reply *reply)
{
	return forward_named(req, reply, "principal_get", "principal");
}

static int
principal_new(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf der = BUF_EMPTY;
	struct csr csr;
	struct fields f;
	int rc = -1;

	fields_open(&f, req->body);
	db_arg_text(&args, fields_handle(&f, "handle"));
	db_arg_text(&args, fields_handle(&f, "organisation"));
	db_arg_text(&args, fields_word(&f, "role", ROLES));
	fields_base64(&f, "csr", 1, CSR_MAX, &der);
	if (fields_end(&f) == -1 || csr_parse(buf_span(&der), &csr) == -1 ||
	    csr_verify(&csr) == -1)
		goto out;
	db_arg_bytes(&args, buf_span(&der));
	rc = forward(req, reply, 202, "principal_new_do", &args);
out:
	fields_free(&f);
	buf_free(&der);
	return rc;
}

/* Whoever asks gets another certificate for themselves, for a new key. */
static int
principal_renew(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf der = BUF_EMPTY;
	struct csr csr;
	struct fields f;
	int rc = -1;

	fields_open(&f, req->body);
	fields_base64(&f, "csr", 1, CSR_MAX, &der);
	if (fields_end(&f) == 0 && csr_parse(buf_span(&der), &csr) == 0 &&
	    csr_verify(&csr) == 0) {
		db_arg_bytes(&args, buf_span(&der));
		rc = forward(req, reply, 202, "principal_renew_do", &args);
	}
	fields_free(&f);
	buf_free(&der);
	return rc;
}

static int
principal_lock(struct request *req, struct reply *reply)
{
	return forward_reason(
	    req, reply, 200, "principal_lock_do", "principal");
}

static int
principal_unlock(struct request *req, struct reply *reply)
{
	return forward_act(req, reply, 202, "principal_unlock_do", "principal");
}

static int
principal_remove(struct request *req, struct reply *reply)
{
	return forward_reason(
	    req, reply, 200, "principal_remove_do", "principal");
}

#define ONE	"/v1/principals/{principal}"
#define CHANGES (ROLE_OFFICER | ROLE_SECURITY)

const struct route principal_routes[] = {
	{ METHOD_GET, "/v1/principals", ROLE_ANY, 0, 0, principal_list,
	    "The principals that the caller may see" },
	{ METHOD_POST, "/v1/principals", ROLE_OFFICER, ROUTE_SIGNED, 0,
	    principal_new,
	    "Ask for a principal and its certificate; a decider approves, but "
	    "for readers" },
	{ METHOD_GET, ONE, ROLE_ANY, 0, 0, principal_get,
	    "One principal, with its certificate as soon as it is made, and "
	    "the links between roots" },
	{ METHOD_POST, ONE "/lock", CHANGES, ROUTE_SIGNED, 0, principal_lock,
	    "Lock it: from now on it can do nothing" },
	{ METHOD_POST, ONE "/unlock", CHANGES, ROUTE_SIGNED, 0,
	    principal_unlock, "Propose to unlock it; a decider approves" },
	{ METHOD_POST, ONE "/remove", CHANGES, ROUTE_SIGNED, 0,
	    principal_remove, "Remove it, for good" },
	{ METHOD_POST, "/v1/whoami/renew", ROLE_ANY, ROUTE_SIGNED, 0,
	    principal_renew,
	    "Ask for another certificate for yourself, for a new key; its "
	    "first use supersedes the one before" },
	ROUTE_END,
};
