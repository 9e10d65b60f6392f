/*
 * GET /v1/whoami: who the server takes the caller for.
 */

#include <stdlib.h>

#include <jansson.h>

#include "api/route.h"
#include "base/enc.h"

static int
whoami(struct request *req, struct reply *reply)
{
	const struct principal *p = &req->principal;
	struct buf hash = BUF_EMPTY;
	char role[ROLE_TEXT_MAX], *text;
	json_t *o;

	hex_encode(&hash, span_of(p->cert_sha256, sizeof(p->cert_sha256)));
	o = json_pack("{s:s, s:s, s:s, s:s, s:s}", "principal", p->handle,
	    "role", role_write(p->role, role), "organisation", p->organisation,
	    "organisation_kind", p->organisation_kind, "certificate_sha256",
	    buf_str(&hash));
	text = json_dumps(o, JSON_COMPACT);
	reply_json(reply, 200, text);
	free(text);
	json_decref(o);
	buf_free(&hash);
	return 0;
}

const struct route whoami_routes[] = {
	{ METHOD_GET, "/v1/whoami", ROLE_ANY, ROUTE_NO_TRANSACTION, 0, whoami,
	    "Who the server takes you for" },
	ROUTE_END,
};
