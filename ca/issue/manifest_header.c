/*
 * What a supplier signs of a lot: the payload of its manifest's header.
 */

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/enc.h"
#include "base/err.h"
#include "issue/manifest.h"

static int member(struct manifest_header *, const char *, json_t *);
static int text(const char *, json_t *, char *, size_t);
static int number(const char *, json_t *, int64_t, int64_t *);
static int wrong(const char *, const char *);

static const char *const names[] = { "model", "site", "count", "kind",
	"rows_sha256", "reference", "iat" };

int
manifest_header_parse(struct span payload, struct manifest_header *h)
{
	json_error_t why;
	json_t *o, *value;
	const char *name;
	size_t i;
	int rc = -1;

	memset(h, 0, sizeof(*h));
	o = json_loadb(
	    (const char *)payload.p, payload.n, JSON_REJECT_DUPLICATES, &why);
	if (!json_is_object(o)) {
		err_set_code(ERR_INPUT, "MANIFEST_HEADER",
		    "the header's payload is no JSON object: %.80s",
		    o == NULL ? why.text : "something else stands there");
		goto out;
	}
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (json_object_get(o, names[i]) == NULL) {
			wrong(names[i], "is missing");
			goto out;
		}
	json_object_foreach(o, name, value)
	{
		if (member(h, name, value) == -1)
			goto out;
	}
	if ((h->kind == MANIFEST_CERTIFICATE) != (h->ca[0] != '\0')) {
		wrong("ca", "belongs to kind \"certificate\", and to no other");
		goto out;
	}

	rc = 0;
out:
	json_decref(o);
	return rc;
}

static int
member(struct manifest_header *h, const char *name, json_t *value)
{
	struct buf digest = BUF_EMPTY;
	int64_t n;
	int rc;

	if (strcmp(name, "model") == 0)
		return text(name, value, h->model, sizeof(h->model));
	if (strcmp(name, "site") == 0)
		return text(name, value, h->site, sizeof(h->site));
	if (strcmp(name, "reference") == 0)
		return text(name, value, h->reference, sizeof(h->reference));
	if (strcmp(name, "ca") == 0)
		return text(name, value, h->ca, sizeof(h->ca));
	if (strcmp(name, "iat") == 0)
		return number(name, value, INT64_C(1) << 53, &h->iat);
	if (strcmp(name, "count") == 0) {
		if (number(name, value, MANIFEST_ROWS_MAX, &n) == -1)
			return -1;
		h->count = (int)n;
		return 0;
	}
	if (strcmp(name, "kind") == 0)
		return json_is_string(value) &&
			manifest_kind_parse(
			    json_string_value(value), &h->kind) == 0
		    ? 0
		    : wrong(name,
			  "must be \"csr\", \"key\" or "
			  "\"certificate\"");
	if (strcmp(name, "rows_sha256") != 0)
		return wrong(name, "is not known here");
	rc = json_is_string(value) && json_string_length(value) == 64 &&
		hex_decode(&digest, span_str(json_string_value(value))) == 0
	    ? 0
	    : wrong(name, "must be a SHA-256 in 64 hexadecimal digits");
	if (rc == 0)
		memcpy(h->rows_sha256, digest.p, sizeof(h->rows_sha256));
	buf_free(&digest);
	return rc;
}

static int
wrong(const char *name, const char *why)
{
	return err_set_code(ERR_INPUT, "MANIFEST_HEADER",
	    "line 1: the header's \"%.40s\" %s", name, why);
}

/* Printable, without a NUL, and short enough for its place. */
static int
text(const char *name, json_t *value, char *to, size_t size)
{
	const char *p = json_string_value(value);
	size_t i, n = json_string_length(value);

	if (p == NULL)
		return wrong(name, "must be a string");
	if (n >= size)
		return wrong(name, "is too long");
	for (i = 0; i < n; i++)
		if ((unsigned char)p[i] < ' ' || p[i] == 0x7f)
			return wrong(name, "holds a control character");
	memcpy(to, p, n + 1);
	return 0;
}

static int
number(const char *name, json_t *value, int64_t most, int64_t *to)
{
	if (!json_is_integer(value))
		return wrong(name, "must be a whole number");
	*to = json_integer_value(value);
	if (*to < 1 || *to > most)
		return wrong(name, "is out of range");
	return 0;
}

void
manifest_header_write(struct buf *out, const struct manifest_header *h)
{
	struct buf digest = BUF_EMPTY;
	json_t *o;
	char *dump;

	hex_encode(&digest, span_of(h->rows_sha256, sizeof(h->rows_sha256)));
	o = json_pack("{s:s,s:s,s:i,s:s,s:s,s:s,s:I}", "model", h->model,
	    "site", h->site, "count", h->count, "kind",
	    manifest_kind_name(h->kind), "rows_sha256", buf_str(&digest),
	    "reference", h->reference, "iat", (json_int_t)h->iat);
	if (h->ca[0] != '\0')
		json_object_set_new(o, "ca", json_string(h->ca));
	dump = json_dumps(o, JSON_COMPACT);
	buf_puts(out, dump != NULL ? dump : "");
	free(dump);
	json_decref(o);
	buf_free(&digest);
}
