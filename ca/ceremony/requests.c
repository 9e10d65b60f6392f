/*
 * requests.json, read strictly.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/err.h"
#include "ceremony/requests_inside.h"
#include "key/key.h"
#include "policy/canon.h"
#include "x509/csr.h"
#include "x509/oid.h"

#define ISSUER_MAX UINT32_MAX

static void
copy(char *out, size_t size, const char *text)
{
	(void)snprintf(out, size, "%s", text != NULL ? text : "");
}

void
requests_read_serial(
    struct fields *f, const char *name, uint8_t out[20], size_t *length)
{
	const char *text = fields_text(f, name, 2, 40);
	struct buf b = BUF_EMPTY;

	*length = 0;
	if (text == NULL)
		return;
	if (strpbrk(text, "ABCDEF") != NULL ||
	    hex_decode(&b, span_str(text)) == -1 || b.p[0] == 0 ||
	    (b.n == 20 && b.p[0] >= 0x80))
		fields_refuse(f, name,
		    "must be lower-case hex digits, two an octet: a positive "
		    "number of 1 to 20 octets without leading zeroes (RFC 5280 "
		    "section 4.1.2.2)");
	else {
		memcpy(out, b.p, b.n);
		*length = b.n;
	}
	buf_free(&b);
}

int64_t
requests_read_time(struct fields *f, const char *name)
{
	int64_t t = fields_time(f, name);

	if (t < 0)
		fields_refuse(f, name, "must not be before 1970");
	return t;
}

static void
read_country(struct fields *f, char out[3])
{
	const char *text = fields_text(f, "country", 2, 2);

	copy(out, 3, text);
	if (text != NULL && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 2)
		fields_refuse(f, "country", "must be two capital letters");
}

/* Which names and profiles have a key of their own at the ceremony. */
static const struct {
	const char *name, *profile;
} keyless[] = {
	{ REQUESTS_ROOT, "root" },
	{ REQUESTS_OLD_WITH_NEW, "root_link" },
	{ REQUESTS_NEW_WITH_OLD, "root_link" },
};

static bool
is_keyless(const struct requests_certificate *c)
{
	for (size_t i = 0; i < sizeof(keyless) / sizeof(keyless[0]); i++)
		if (strcmp(c->name, keyless[i].name) == 0)
			return true;
	return false;
}

/* The three names go with their profiles, and those with the names. */
static bool
name_fits(const struct requests_certificate *c)
{
	bool wanted = strcmp(c->profile, "root") == 0 ||
	    strcmp(c->profile, "root_link") == 0;

	for (size_t i = 0; i < sizeof(keyless) / sizeof(keyless[0]); i++)
		if (strcmp(c->name, keyless[i].name) == 0)
			return strcmp(c->profile, keyless[i].profile) == 0;
	return !wanted;
}

static void
read_csr(struct fields *f, struct requests_certificate *c)
{
	bool none = fields_is_null(f, "csr");

	if (f->failed)
		return;
	if (none != is_keyless(c))
		fields_refuse(f, "csr",
		    none ? "must be a request: only the root and links have "
			   "their keys at the ceremony"
			 : "must be null: this key is at the ceremony");
	else if (!none)
		fields_base64(f, "csr", 1, CSR_MAX, &c->csr);
}

static int
read_certificate(json_t *o, const char *where, struct requests_certificate *c)
{
	struct fields f;

	fields_of(&f, o, where);
	copy(c->name, sizeof(c->name), fields_handle(&f, "name"));
	copy(c->profile, sizeof(c->profile), fields_text(&f, "profile", 1, 31));
	c->issuer_id = (uint32_t)fields_int(&f, "issuer_id", 0, ISSUER_MAX);
	requests_read_serial(&f, "serial", c->serial, &c->serial_length);
	read_country(&f, c->country);
	copy(c->organisation, sizeof(c->organisation),
	    fields_text(&f, "organisation", 1, 256));
	copy(c->common_name, sizeof(c->common_name),
	    fields_text(&f, "common_name", 1, 256));
	if (!fields_is_null(&f, "role"))
		copy(c->role, sizeof(c->role),
		    fields_word(&f, "role", "tre|terminal"));
	if (!f.failed && !name_fits(c))
		fields_refuse(&f, "name",
		    "must go with its profile: root with \"root\", root_link "
		    "with \"" REQUESTS_OLD_WITH_NEW
		    "\" or \"" REQUESTS_NEW_WITH_OLD "\", no other with these");
	read_csr(&f, c);
	return fields_end(&f);
}

static bool
same_serial(
    const struct requests_certificate *a, const struct requests_certificate *b)
{
	return span_equal(span_of(a->serial, a->serial_length),
	    span_of(b->serial, b->serial_length));
}

/* The nth is none of those before it. */
static int
check_once(const struct requests *r, size_t n, const char *where)
{
	const struct requests_certificate *c = &r->certificates[n];

	for (size_t i = 0; i < n; i++) {
		if (strcmp(c->name, r->certificates[i].name) == 0)
			return err_set(ERR_INPUT,
			    "the field %s.name is there already: "
			    "certificates[%zu] "
			    "is \"%s\", too",
			    where, i, c->name);
		if (same_serial(c, &r->certificates[i]))
			return err_set(ERR_INPUT,
			    "the field %s.serial is there already, of \"%s\"",
			    where, r->certificates[i].name);
	}
	return 0;
}

/* A root that is yet to be made is the first, and its number is root_id. */
static int
check_root(const struct requests *r, size_t n, const char *where)
{
	const struct requests_certificate *c = &r->certificates[n];
	bool is_root = strcmp(c->name, REQUESTS_ROOT) == 0;

	if (is_root != (n == 0 && !r->has_root))
		return err_set(ERR_INPUT,
		    "the field %s.name must%s be \"root\": where root is null, "
		    "the first certificate is the root's, and no other",
		    where, is_root ? " not" : "");
	if (is_root && c->issuer_id != r->root_id)
		return err_set(ERR_INPUT,
		    "the field %s.issuer_id must be root_id, the root's number",
		    where);
	return 0;
}

static int
read_certificates(json_t *list, struct requests *r)
{
	char where[40];
	json_t *o;
	size_t i;

	r->certificates =
	    xcalloc(json_array_size(list) + 1, sizeof(r->certificates[0]));
	json_array_foreach(list, i, o)
	{
		(void)snprintf(where, sizeof(where), "certificates[%zu]", i);
		r->n = i + 1;
		if (read_certificate(o, where, &r->certificates[i]) == -1 ||
		    check_once(r, i, where) == -1 ||
		    check_root(r, i, where) == -1)
			return -1;
	}
	if (!r->has_root && r->n == 0)
		return err_set(ERR_INPUT,
		    "the field certificates must begin with the root's, since "
		    "root is null");
	return 0;
}

static void
read_previous_root(struct fields *f, struct requests *r)
{
	r->has_previous_root = !fields_is_null(f, "previous_root");
	if (!r->has_previous_root)
		return;
	fields_hex(
	    f, "previous_root", r->previous_root, sizeof(r->previous_root));
	if (!f->failed && r->has_root)
		fields_refuse(f, "previous_root",
		    "must be null where root is not: only a new root comes "
		    "after one");
}

static void
read_algorithm(struct fields *f, struct requests *r)
{
	enum key_kind kind;
	const char *text;

	if (fields_is_null(f, "root_algorithm"))
		return;
	text = fields_text(f, "root_algorithm", 1, 15);
	copy(r->root_algorithm, sizeof(r->root_algorithm), text);
	if (text != NULL && r->has_root)
		fields_refuse(f, "root_algorithm",
		    "must be null where root is not: its key is there");
	else if (text != NULL && key_by_name(span_str(text), &kind) == -1)
		fields_refuse(f, "root_algorithm", "is none: %s", err_text());
}

/* What is signed is all but the signature. */
static void
read_signature(struct fields *f, struct requests *r)
{
	json_t *content;
	const char *text = NULL;

	if (!fields_is_null(f, "signature"))
		text = fields_text(f, "signature", 1, REQUESTS_SIGNATURE_MAX);
	if (f->failed)
		return;
	if (text != NULL && !r->has_root && !r->has_previous_root) {
		fields_refuse(f, "signature",
		    "must be null in an instance's first file: there is no "
		    "root yet that its signer could be under");
		return;
	}
	buf_puts(&r->signature, text != NULL ? text : "");
	content = json_copy(f->root);
	json_object_del(content, "signature");
	if (canon_write(&r->content, content) == -1)
		fields_refuse(
		    f, "signature", "cannot be verified: %s", err_text());
	json_decref(content);
}

static int
read_all(struct fields *f, struct requests *r)
{
	json_t *certificates, *crl = NULL;
	struct oid arc;

	(void)fields_word(f, "assay", REQUESTS_FORM);
	r->number = fields_int(f, "number", 1, NUMBER_MAX);
	r->made = requests_read_time(f, "made");
	copy(r->public_url, sizeof(r->public_url),
	    fields_text(f, "public_url", 8, 255));
	copy(r->oid_arc, sizeof(r->oid_arc), fields_text(f, "oid_arc", 1, 64));
	if (!f->failed && oid_parse(r->oid_arc, &arc) == -1)
		fields_refuse(
		    f, "oid_arc", "must be an arc, dotted: %s", err_text());
	r->has_root = !fields_is_null(f, "root");
	if (r->has_root)
		fields_hex(f, "root", r->root, sizeof(r->root));
	read_previous_root(f, r);
	read_algorithm(f, r);
	r->root_id = (uint32_t)fields_int(f, "root_id", 1, ISSUER_MAX);
	certificates =
	    fields_array(f, "certificates", 0, REQUESTS_CERTIFICATES_MAX);
	if (!fields_is_null(f, "crl"))
		crl = fields_object(f, "crl");
	read_signature(f, r);
	if (fields_end(f) == -1 || read_certificates(certificates, r) == -1)
		return -1;
	return crl == NULL ? 0 : requests_read_crl(crl, r);
}

int
requests_parse(struct span json, struct requests *r)
{
	struct fields f;
	int rc;

	memset(r, 0, sizeof(*r));
	fields_open(&f, json);
	rc = read_all(&f, r);
	if (rc == -1)
		(void)err_set_code(err_kind(), "REQUESTS_REFUSED",
		    "the requests are refused: %s", err_text());
	fields_free(&f);
	return rc;
}

void
requests_free(struct requests *r)
{
	for (size_t i = 0; i < r->n; i++)
		buf_free(&r->certificates[i].csr);
	free(r->certificates);
	free(r->revoked);
	buf_free(&r->content);
	buf_free(&r->signature);
	memset(r, 0, sizeof(*r));
}

const struct requests_certificate *
requests_find(const struct requests *r, const char *name)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->certificates[i].name, name) == 0)
			return &r->certificates[i];
	return NULL;
}
