/*
 * requests.json, written, and read again before anybody gets it.
 */

#include <stdlib.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/enc.h"
#include "base/err.h"
#include "ceremony/requests.h"
#include "policy/canon.h"
#include "x509/oid.h"

static json_t *
time_json(int64_t t)
{
	char text[CLOCK_TEXT_MAX];

	return json_string(clock_write(t, text));
}

/* Octets as text; null when there are none. */
static json_t *
encoded(struct span octets, void (*encode)(struct buf *, struct span))
{
	struct buf text = BUF_EMPTY;
	json_t *v;

	if (octets.n == 0)
		return json_null();
	encode(&text, octets);
	v = json_string(buf_str(&text));
	buf_free(&text);
	return v;
}

static json_t *
sha256_json(const uint8_t digest[32], bool is_there)
{
	return encoded(span_of(digest, is_there ? 32 : 0), hex_encode);
}

static int
not_utf8(void)
{
	return err_set_code(ERR_INPUT, "REQUESTS_REFUSED",
	    "the requests are refused: a name in them is no UTF-8");
}

static json_t *
certificate_json(const struct requests_certificate *c)
{
	return json_pack("{s:s, s:s, s:I, s:o, s:s, s:s, s:s, s:o, s:o}",
	    "name", c->name, "profile", c->profile, "issuer_id",
	    (json_int_t)c->issuer_id, "serial",
	    encoded(span_of(c->serial, c->serial_length), hex_encode),
	    "country", c->country, "organisation", c->organisation,
	    "common_name", c->common_name, "role",
	    c->role[0] != '\0' ? json_string(c->role) : json_null(), "csr",
	    encoded(buf_span(&c->csr), base64_encode));
}

static json_t *
crl_json(const struct requests *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->nrevoked; i++) {
		const struct crl_entry *e = &r->revoked[i];

		json_array_append_new(list,
		    json_pack("{s:o, s:o, s:i}", "serial",
			encoded(
			    span_of(e->serial, e->serial_length), hex_encode),
			"date", time_json(e->when), "reason", e->reason));
	}
	return json_pack("{s:I, s:o, s:o, s:o}", "number",
	    (json_int_t)r->crl_number, "this_update", time_json(r->this_update),
	    "next_update", time_json(r->next_update), "revoked", list);
}

/* NULL when a text is no UTF-8. */
static json_t *
content_json(const struct requests *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->n; i++)
		if (json_array_append_new(
			list, certificate_json(&r->certificates[i])) == -1) {
			json_decref(list);
			return NULL;
		}
	return json_pack(
	    "{s:s, s:I, s:o, s:s, s:s, s:o, s:o, s:o, s:I, s:o, s:o}", "assay",
	    REQUESTS_FORM, "number", (json_int_t)r->number, "made",
	    time_json(r->made), "public_url", r->public_url, "oid_arc",
	    r->oid_arc[0] != '\0' ? r->oid_arc : oid_arc(), "root",
	    sha256_json(r->root, r->has_root), "previous_root",
	    sha256_json(r->previous_root, r->has_previous_root),
	    "root_algorithm",
	    r->root_algorithm[0] != '\0' ? json_string(r->root_algorithm)
					 : json_null(),
	    "root_id", (json_int_t)r->root_id, "certificates", list, "crl",
	    r->has_crl ? crl_json(r) : json_null());
}

int
requests_content(const struct requests *r, struct buf *out)
{
	json_t *o = content_json(r);
	int rc = o != NULL ? canon_write(out, o) : not_utf8();

	json_decref(o);
	return rc;
}

int
requests_write(const struct requests *r, struct buf *out)
{
	json_t *o = content_json(r);
	struct requests again;
	char *text = NULL;
	int rc;

	if (o != NULL) {
		json_object_set_new(o, "signature",
		    r->signature.n == 0
			? json_null()
			: json_stringn(
			      (const char *)r->signature.p, r->signature.n));
		text = json_dumps(o, JSON_INDENT(1));
	}
	json_decref(o);
	if (text == NULL)
		return not_utf8();
	rc = requests_parse(span_str(text), &again);
	requests_free(&again);
	if (rc == 0) {
		buf_puts(out, text);
		buf_putc(out, '\n');
	}
	free(text);
	return rc;
}
