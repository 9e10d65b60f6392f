/*
 * What a ceremony rests on, read and named by one digest.
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/enc.h"
#include "base/err.h"
#include "base/io.h"
#include "ceremony/ceremony_inside.h"
#include "x509/oid.h"
#include "x509/pem.h"

#define CERT_FILE_MAX (64 << 10)
#define CRL_FILE_MAX  (4 << 20)
#define PROFILES_MAX  (256 << 10)

int
ceremony_refuse(const char *fmt, ...)
{
	char text[600];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_set_code(ERR_INPUT, "CEREMONY_REFUSED", "%s", text);
}

char *
ceremony_path(const char *script, const char *path)
{
	const char *slash = strrchr(script, '/');

	if (path[0] == '/' || slash == NULL)
		return xstrdup(path);
	return xasprintf("%.*s/%s", (int)(slash - script), script, path);
}

char *
ceremony_root_public(const struct script *s, const char *script)
{
	char *name, *path;

	if (s->root_public != NULL)
		return ceremony_path(script, s->root_public);
	name = xasprintf("%s.pub", s->root_key.file);
	path = ceremony_path(script, name);
	free(name);
	return path;
}

int
ceremony_has_key(const struct ceremony *c)
{
	if (!c->script.new_root || c->in.root_key.n > 0)
		return 0;
	return err_set_code(ERR_DENIED, "ROOT_KEY_MISSING",
	    "the new root's key is yet to be made, so that what is confirmed "
	    "is this key and no other: assay ca ceremony key SCRIPT");
}

static int
read_file(const char *script, const char *name, size_t most, struct buf *out)
{
	char *path = ceremony_path(script, name);
	int rc = io_read_file(path, most, out);

	free(path);
	return rc;
}

/* DER, or PEM with that label. */
static int
read_der(const char *script, const char *name, const char *label, size_t most,
    struct buf *der)
{
	struct buf file = BUF_EMPTY;
	struct span text;
	int rc = -1;

	if (read_file(script, name, most, &file) == -1)
		goto out;
	text = buf_span(&file);
	rc = 0;
	if (text.n > 0 && text.p[0] == 0x30)
		buf_put_span(der, text);
	else if (pem_read(label, &text, der) == -1)
		rc = ceremony_refuse("%s: %s", name, err_text());
out:
	buf_free(&file);
	return rc;
}

/* A certificate's key, or a bare one, as SubjectPublicKeyInfo. */
static int
read_spki(const char *script, const char *name, struct buf *spki)
{
	struct buf der = BUF_EMPTY;
	struct key *key = NULL;
	struct cert c;
	int rc = -1;

	if (read_der(script, name, "PUBLIC KEY", CERT_FILE_MAX, &der) == 0)
		key = key_from_spki(buf_span(&der));
	buf_clear(&der);
	if (key == NULL &&
	    read_der(script, name, "CERTIFICATE", CERT_FILE_MAX, &der) == 0 &&
	    cert_parse(buf_span(&der), &c) == 0)
		key = key_from_spki(c.spki);
	if (key == NULL)
		ceremony_refuse("%s is neither a certificate nor a public key "
				"of an algorithm that we have: %s",
		    name, err_text());
	else {
		buf_put_span(spki, key_spki(key));
		rc = 0;
	}
	key_free(key);
	buf_free(&der);
	return rc;
}

int
ceremony_has_custodian(const struct ceremony *c, const char *script, size_t i)
{
	const char *name = c->script.custodians[i].key;
	char *path = ceremony_path(script, name);
	struct buf spki = BUF_EMPTY;
	int rc = -1;

	if (access(path, F_OK) == -1)
		(void)err_set(ERR_ABSENT, "there is no %s", path);
	else if (read_spki(script, name, &spki) == 0)
		rc =
		    span_equal(buf_span(&spki), buf_span(&c->in.custodians[i]));
	buf_free(&spki);
	free(path);
	return rc;
}

/* A new root's key may be yet to be made. */
static int
read_root_key(struct ceremony *c, const char *script)
{
	char *path;
	int rc = 0;

	if (!c->script.new_root)
		return 0;
	path = ceremony_root_public(&c->script, script);
	if (access(path, F_OK) == 0)
		rc = read_spki("", path, &c->in.root_key);
	free(path);
	return rc;
}

/* All that the script names; the script itself has been read. */
static int
read_inputs(struct ceremony *c, const char *path, const char *default_profiles)
{
	const struct script *s = &c->script;
	struct ceremony_inputs *in = &c->in;

	if (read_file(path, s->requests, REQUESTS_MAX, &in->requests) == -1 ||
	    (s->profiles != NULL
		    ? read_file(path, s->profiles, PROFILES_MAX, &in->profiles)
		    : io_read_file(
			  default_profiles, PROFILES_MAX, &in->profiles)) == -1)
		return -1;
	if (!s->new_root &&
	    read_der(path, s->root_certificate, "CERTIFICATE", CERT_FILE_MAX,
		&in->root) == -1)
		return -1;
	if (s->has_previous &&
	    read_der(path, s->previous_certificate, "CERTIFICATE",
		CERT_FILE_MAX, &in->previous_root) == -1)
		return -1;
	if (s->previous_crl != NULL &&
	    read_der(path, s->previous_crl, "X509 CRL", CRL_FILE_MAX,
		&in->previous_crl) == -1)
		return -1;
	if (read_root_key(c, path) == -1)
		return -1;
	for (size_t i = 0; i < s->ncustodians; i++)
		if (read_spki(path, s->custodians[i].key, &in->custodians[i]) ==
		    -1)
			return -1;
	return 0;
}

int
ceremony_open(
    struct ceremony *c, const char *script, const char *default_profiles)
{
	memset(c, 0, sizeof(*c));
	if (io_read_file(script, SCRIPT_MAX, &c->in.script) == -1 ||
	    script_parse(buf_span(&c->in.script), &c->script) == -1 ||
	    read_inputs(c, script, default_profiles) == -1)
		return -1;
	script_free(&c->script);
	return ceremony_take(c);
}

static void
put_line(struct buf *out, const char *what, const struct buf *octets)
{
	uint8_t digest[HASH_SIZE];

	if (octets->n == 0)
		return;
	hash_sha256(buf_span(octets), digest);
	buf_printf(out, "%s ", what);
	hex_encode(out, span_of(digest, sizeof(digest)));
	buf_putc(out, '\n');
}

void
ceremony_statement(const struct ceremony *c, struct buf *out)
{
	char what[64];

	buf_puts(out, "assay-ceremony/1\n");
	put_line(out, "script", &c->in.script);
	put_line(out, "requests", &c->in.requests);
	put_line(out, "profiles", &c->in.profiles);
	put_line(out, "root", &c->in.root);
	put_line(out, "previous-root", &c->in.previous_root);
	put_line(out, "previous-crl", &c->in.previous_crl);
	put_line(out, "root-key", &c->in.root_key);
	for (size_t i = 0; i < c->script.ncustodians; i++) {
		(void)snprintf(what, sizeof(what), "custodian %s",
		    c->script.custodians[i].name);
		put_line(out, what, &c->in.custodians[i]);
	}
}

static void
make_digest(struct ceremony *c)
{
	struct buf text = BUF_EMPTY;

	ceremony_statement(c, &text);
	hash_sha256(buf_span(&text), c->digest);
	buf_free(&text);
}

void
ceremony_digest_text(const struct ceremony *c, char text[65])
{
	struct buf hex = BUF_EMPTY;

	hex_encode(&hex, span_of(c->digest, sizeof(c->digest)));
	memcpy(text, buf_str(&hex), 65);
	buf_free(&hex);
}

/* A root: a CA that signed itself. */
static int
take_root(const struct buf *der, const char *what, struct cert *c)
{
	struct key *key;
	int rc;

	if (der->n == 0)
		return 0;
	if (cert_parse(buf_span(der), c) == -1)
		return ceremony_refuse("the %s: %s", what, err_text());
	if ((key = key_from_spki(c->spki)) == NULL)
		return ceremony_refuse("the %s: %s", what, err_text());
	rc = c->ca && c->path_length == 1 &&
		span_equal(c->subject.der, c->issuer.der) &&
		cert_verify(c, key) == 0
	    ? 0
	    : ceremony_refuse("the %s is no root of this PKI", what);
	key_free(key);
	return rc;
}

static bool
is_text(const struct buf *b)
{
	json_t *text = json_stringn((const char *)b->p, b->n);
	bool is = b->n > 0 && text != NULL && memchr(b->p, '\0', b->n) == NULL;

	json_decref(text);
	return is;
}

int
ceremony_take(struct ceremony *c)
{
	uint8_t digest[HASH_SIZE];

	if (script_parse(buf_span(&c->in.script), &c->script) == -1)
		return -1;
	/* or no transcript could hold them */
	if (!is_text(&c->in.script) || !is_text(&c->in.requests) ||
	    !is_text(&c->in.profiles))
		return ceremony_refuse("script, requests and profiles must be "
				       "texts in UTF-8");
	hash_sha256(buf_span(&c->in.requests), digest);
	if (memcmp(digest, c->script.requests_sha256, sizeof(digest)) != 0)
		return ceremony_refuse("the requests are not those that the "
				       "script names by their SHA-256");
	if (requests_parse(buf_span(&c->in.requests), &c->requests) == -1 ||
	    oid_set_arc(c->requests.oid_arc) == -1)
		return -1;
	c->profiles = profiles_parse(buf_span(&c->in.profiles), "the profiles");
	if (c->profiles == NULL ||
	    take_root(&c->in.root, "root", &c->root) == -1 ||
	    take_root(&c->in.previous_root, "previous root", &c->previous) ==
		-1)
		return -1;
	make_digest(c);
	return ceremony_check(c);
}

void
ceremony_inputs_free(struct ceremony_inputs *in)
{
	buf_free(&in->script);
	buf_free(&in->requests);
	buf_free(&in->profiles);
	buf_free(&in->root);
	buf_free(&in->previous_root);
	buf_free(&in->previous_crl);
	buf_free(&in->root_key);
	for (size_t i = 0; i < SCRIPT_CUSTODIANS_MAX; i++)
		buf_free(&in->custodians[i]);
}

void
ceremony_free(struct ceremony *c)
{
	script_free(&c->script);
	requests_free(&c->requests);
	requests_signer_free(&c->signer);
	profiles_free(c->profiles);
	ceremony_inputs_free(&c->in);
	memset(c, 0, sizeof(*c));
}
