/*
 * /v1/open-lots: what a supplier allows its devices to ask for, one at a time
 * (api/est.c).  Once made, an open lot is a lot: /v1/lots has it.
 */

#include <string.h>

#include "api/forward.h"
#include "api/route.h"
#include "api/signed_header.h"
#include "base/enc.h"
#include "base/err.h"
#include "db/lot.h"
#include "issue/open_lot.h"
#include "key/hash.h"

#define MEDIA_TYPE "application/jose"

/* The hashes as an array literal. */
static void
write_secrets(const struct open_lot *h, struct buf *out)
{
	uint8_t digest[HASH_SIZE];
	int i;

	buf_putc(out, '{');
	for (i = 0; i < h->nsecrets + h->nmacs; i++) {
		/* of a MAC's key in the form of a secret */
		if (i < h->nsecrets)
			memcpy(digest, h->secrets[i], sizeof(digest));
		else
			open_lot_secret_hash(
			    span_str(h->macs[i - h->nsecrets].device),
			    span_str(h->macs[i - h->nsecrets].key), digest);
		buf_puts(out, i == 0 ? "\"\\\\x" : ",\"\\\\x");
		hex_encode(out, span_of(digest, sizeof(digest)));
		buf_putc(out, '"');
	}
	buf_putc(out, '}');
}

static int
begin(struct request *req, const struct open_lot *h, const char *jws,
    struct lot_begun *lot)
{
	struct buf secrets = BUF_EMPTY;
	struct lot_open in = { .model = h->model,
		.site = h->site,
		.reference = h->reference,
		.header_jws = jws,
		.count = h->count,
		.until = h->until,
		.renewal = h->renewal };
	int rc;

	write_secrets(h, &secrets);
	in.secrets = buf_str(&secrets);
	rc = db_lot_open(req->db, &in, lot);
	buf_free(&secrets);
	return rc;
}

static int
answer(struct request *req, struct reply *reply, const struct lot_begun *lot)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_text(&args, lot->number);
	reply_header(reply, "Location", "/v1/lots/%s", lot->number);
	return forward(req, reply, lot->existing ? 200 : 201, "lot_one", &args);
}

static int
open_lot_post(struct request *req, struct reply *reply)
{
	struct open_lot *h;
	struct lot_begun lot;
	struct buf text = BUF_EMPTY;
	struct jws j;
	int rc;

	if (!request_has_type(req, MEDIA_TYPE))
		return err_set_code(ERR_INPUT, "MEDIA_TYPE",
		    "an open lot is sent as its signed header, " MEDIA_TYPE);
	h = xcalloc(1, sizeof(*h));
	buf_put_span(&text, req->body);
	rc = signed_header(req, req->body, OPEN_LOT_JWS_MAX, OPEN_LOT_TYP, &j);
	if (rc == 0)
		rc = open_lot_parse(buf_span(&j.payload), h);
	if (rc == 0)
		rc = begin(req, h, buf_str(&text), &lot);
	if (rc == 0)
		rc = answer(req, reply, &lot);
	jws_free(&j);
	buf_wipe(&text);
	open_lot_free(h);
	return rc;
}

static int
lot_close(struct request *req, struct reply *reply)
{
	return forward_act(req, reply, 200, "lot_close_do", "number");
}

const struct route open_lot_routes[] = {
	{ METHOD_POST, "/v1/open-lots", ROLE_SUPPLIER, ROUTE_ANY_TYPE,
	    OPEN_LOT_JWS_MAX, open_lot_post,
	    "Open a lot: its devices ask one at a time" },
	{ METHOD_POST, "/v1/lots/{number}/close",
	    ROLE_SUPPLIER | ROLE_OFFICER | ROLE_SECURITY, ROUTE_SIGNED, 0,
	    lot_close, "Close an open lot: no device asks any more" },
	ROUTE_END,
};
