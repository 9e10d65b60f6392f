/*
 * /v1/custody-proofs, /v1/consents, /v1/signers: what was signed about custody,
 * as it came, for the body's people to verify on a machine of theirs.
 */

#include "api/forward.h"
#include "api/route.h"
#include "base/enc.h"
#include "base/err.h"
#include "key/hash.h"

static const char *const pages[] = { "before", NULL };

static int
list(struct request *req, struct reply *reply)
{
	return forward_search(req, reply, "custody_proof_list", pages);
}

static int
consents(struct request *req, struct reply *reply)
{
	return forward_search(req, reply, "consent_list", pages);
}

static int
signer(struct request *req, struct reply *reply)
{
	struct span hex = span_str(request_param(req, "signer"));
	struct db_args args = DB_ARGS_EMPTY;
	struct buf sha256 = BUF_EMPTY;
	int rc;

	if (hex.n != 2 * HASH_SIZE || hex_decode(&sha256, hex) == -1) {
		rc = err_set_code(ERR_INPUT, "SHA256_MALFORMED",
		    "a signer is named by the SHA-256 of its certificate: 64 "
		    "hexadecimal digits");
	} else {
		db_arg_bytes(&args, buf_span(&sha256));
		rc = forward(req, reply, 200, "signer_get", &args);
	}
	buf_free(&sha256);
	return rc;
}

const struct route custody_proof_routes[] = {
	{ METHOD_GET, "/v1/custody-proofs", ROLE_BODY, 0, 0, list,
	    "What was signed about each custody, for whoever verifies it" },
	{ METHOD_GET, "/v1/consents", ROLE_BODY, 0, 0, consents,
	    "The consents that permits have used up, as they were signed" },
	{ METHOD_GET, "/v1/signers/{signer}", ROLE_BODY, 0, 0, signer,
	    "Whose certificate signed something, and when it was good" },
	ROUTE_END,
};
