#ifndef UNIT_CEREMONY_WORLD_H
#define UNIT_CEREMONY_WORLD_H

/*
 * Everything that a ceremony needs, in a private folder: three custodians, the
 * keys of those who ask, requests.json and script.yaml.  What a test wants
 * otherwise it changes in `script` or `requests` and writes again.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/enc.h"
#include "base/err.h"
#include "base/io.h"
#include "ceremony/confirmation.h"
#include "ceremony/run.h"
#include "ceremony/run_key.h"
#include "ceremony/transcript.h"
#include "issue/template.h"
#include "tests/unit/folder.h"
#include "x509/csr.h"
#include "x509/pem.h"

#define WORLD_FUNCTION __attribute__((unused)) static

#define WORLD_PROFILES "conf/profiles.cnf"

static const char *const world_names[] = { "anna", "bert", "cleo" };
static struct key *custodians[3], *stranger, *issuer_key;
static struct key *signer_key; /* of requests, under the access CA */
static char script[8192];      /* with %s for the SHA-256 of the requests */
static json_t *requests;

WORLD_FUNCTION void
must(bool ok)
{
	if (!ok)
		fail_msg("[%s] %s", err_code(), err_text());
}

WORLD_FUNCTION void
write_text(const char *name, const char *text)
{
	must(io_write_file(in_folder(name), 0600, span_str(text)) == 0);
}

WORLD_FUNCTION void
read_back(const char *name, struct buf *out)
{
	buf_clear(out);
	must(io_read_file(in_folder(name), 1 << 20, out) == 0);
}

WORLD_FUNCTION json_t *
one_request(const char *name, const char *profile, int id, const char *cn,
    const char *role, const struct key *key)
{
	static unsigned serial;
	struct buf der = BUF_EMPTY, text = BUF_EMPTY;
	char hex[40];
	json_t *o;

	(void)snprintf(hex, sizeof(hex), "01%032x", 0xabc0000u + serial++);
	if (key != NULL) {
		must(csr_build(key, "x", &der) == 0);
		base64_encode(&text, buf_span(&der));
	}
	o = json_pack("{s:s, s:s, s:i, s:s, s:s, s:s, s:s, s:o, s:o}", "name",
	    name, "profile", profile, "issuer_id", id, "serial", hex, "country",
	    "DE", "organisation", "Aufsicht", "common_name", cn, "role",
	    role != NULL ? json_string(role) : json_null(), "csr",
	    key != NULL ? json_string(buf_str(&text)) : json_null());
	buf_free(&der);
	buf_free(&text);
	return o;
}

/* A new root, an issuing CA, an OCSP key, the access CA, a CRL with one entry.
 */
WORLD_FUNCTION void
world_requests(void)
{
	char now[CLOCK_TEXT_MAX], later[CLOCK_TEXT_MAX];

	json_decref(requests);
	(void)clock_write(clock_now(), now);
	(void)clock_write(clock_now() + 180 * 86400, later);
	requests = json_pack(
	    "{s:s, s:i, s:s, s:s, s:s, s:n, s:n, s:n, s:i, s:[o, o, o, o], "
	    "s:{s:i, s:s, s:s, s:[{s:s, s:s, s:i}]}, s:n}",
	    "assay", "ca-requests/1", "number", 1, "made", now, "public_url",
	    "http://pki.example", "oid_arc", "2.999.33812", "root",
	    "previous_root", "root_algorithm", "root_id", 1, "certificates",
	    one_request("root", "root", 1, "Root CA", NULL, NULL),
	    one_request(
		"issuer-3", "issuing_ca", 3, "TrE CA 3", "tre", issuer_key),
	    one_request(
		"root-ocsp", "ocsp_signer", 0, "OCSP", NULL, issuer_key),
	    one_request(
		"access", "access_ca", 2, "Access CA", NULL, issuer_key),
	    "crl", "number", 5, "this_update", now, "next_update", later,
	    "revoked", "serial", "01ff", "date", "2026-11-01T00:00:00Z",
	    "reason", 4, "signature");
	assert_non_null(requests);
}

WORLD_FUNCTION void
world_script(void)
{
	char now[CLOCK_TEXT_MAX];

	(void)snprintf(script, sizeof(script),
	    "title: The first root\n"
	    "date: %s\n"
	    "requests: {file: requests.json, sha256: %%s}\n"
	    "root: {new: true, algorithm: P-256, key: {file: root.key}}\n"
	    "certify: [{name: root}, {name: issuer-3}, {name: root-ocsp},\n"
	    "  {name: access}]\n"
	    "crl: {number: 5, previous: none}\n"
	    "custodians:\n"
	    "  - {name: anna, key: anna.pem}\n"
	    "  - {name: bert, key: bert.pem}\n"
	    "  - {name: cleo, key: cleo.pem}\n"
	    "needed: 2\n"
	    "results: results\n",
	    clock_write(clock_now(), now));
}

/* Every from in the script becomes to. */
WORLD_FUNCTION void
in_script(const char *from, const char *to)
{
	char *at = strstr(script, from), *rest;

	assert_non_null(at);
	rest = xstrdup(at + strlen(from));
	(void)snprintf(
	    at, sizeof(script) - (size_t)(at - script), "%s%s", to, rest);
	free(rest);
}

WORLD_FUNCTION void
world_write(void)
{
	char *text = json_dumps(requests, JSON_INDENT(1)), whole[9000];
	json_t *digest = ceremony_sha256(span_str(text));

	write_text("requests.json", text);
	/* the one %s in it is our own */
	_Pragma("GCC diagnostic push") _Pragma(
	    "GCC diagnostic ignored \"-Wformat-nonliteral\"")(void)
	    snprintf(whole, sizeof(whole), script, json_string_value(digest));
	_Pragma("GCC diagnostic pop") write_text("script.yaml", whole);
	json_decref(digest);
	free(text);
}

/* In place of one that was opened before, if any: it begins as zeros. */
WORLD_FUNCTION int
world_open(struct ceremony *c)
{
	ceremony_free(c);
	world_write();
	return ceremony_open(c, in_folder("script.yaml"), WORLD_PROFILES);
}

/*
 * With confirmations of the custodians of these numbers; a new root's key is
 * made before, if there is none.
 */
WORLD_FUNCTION int
world_run(struct ceremony *c, const char *who)
{
	struct buf list[SCRIPT_CUSTODIANS_MAX], text = BUF_EMPTY;
	size_t n = strlen(who);
	int rc;

	memset(list, 0, sizeof(list));
	if (c->script.new_root && c->in.root_key.n == 0) {
		if (run_dry(c, &text) == -1 ||
		    run_key_make(c, in_folder("script.yaml"), &text) == -1) {
			buf_free(&text);
			return -1;
		}
		ceremony_free(c);
		must(ceremony_open(
			 c, in_folder("script.yaml"), WORLD_PROFILES) == 0);
	}
	for (size_t i = 0; i < n; i++)
		must(confirmation_build(
			 c, custodians[who[i] - '0'], 1, &list[i]) == 0);
	rc = run_ceremony(c, in_folder("script.yaml"), list, n, &text);
	for (size_t i = 0; i < n; i++)
		buf_free(&list[i]);
	buf_free(&text);
	return rc;
}

WORLD_FUNCTION void
write_public(const char *name, const struct key *key)
{
	struct buf pem = BUF_EMPTY;
	char file[40];

	(void)snprintf(file, sizeof(file), "%s.pem", name);
	pem_write("PUBLIC KEY", key_spki(key), &pem);
	write_text(file, buf_str(&pem));
	buf_free(&pem);
}

WORLD_FUNCTION int
world_start(void **state)
{
	if (make_folder(state) == -1)
		return -1;
	for (size_t i = 0; i < 3; i++) {
		custodians[i] = key_generate(KEY_P256);
		write_public(world_names[i], custodians[i]);
	}
	stranger = key_generate(KEY_P256);
	issuer_key = key_generate(KEY_P256);
	signer_key = key_generate(KEY_P256);
	world_requests();
	world_script();
	return 0;
}

WORLD_FUNCTION int
world_stop(void **state)
{
	for (size_t i = 0; i < 3; i++)
		key_free(custodians[i]);
	key_free(stranger);
	key_free(issuer_key);
	key_free(signer_key);
	json_decref(requests);
	requests = NULL;
	return remove_folder(state);
}

/*
 * A certificate for that key under the access CA that a ceremony certified
 * into the folder, for that purpose, valid now.
 */
WORLD_FUNCTION void
world_certify(const char *results, enum profile_kind kind,
    const struct key *key, struct buf *der)
{
	struct template_spec s = { .issuer_key = issuer_key,
		.issuer_id = 2,
		.public_url = "http://pki.example",
		.crl_shard = 65536,
		.country = "DE",
		.organisation = "Aufsicht",
		.common_name = "Requests" };
	struct template_row row = { .index = 0,
		.serial = { (const uint8_t *)"\1 sixteen octets!", 17 },
		.key = key_kind(key),
		.point = key_point(key) };
	struct profiles *profiles = profiles_load(WORLD_PROFILES);
	struct buf access = BUF_EMPTY;
	uint8_t space[CERT_MAX];
	struct template *t;
	struct cert issuer;
	struct span made;
	char file[64];

	must(profiles != NULL);
	(void)snprintf(file, sizeof(file), "%s/access.cer", results);
	read_back(file, &access);
	must(cert_parse(buf_span(&access), &issuer) == 0);
	s.profile = profile_get(profiles, kind);
	s.issuer = &issuer;
	profile_dates(s.profile, clock_now(), &s.not_before, &s.not_after);
	must((t = template_new(&s)) != NULL);
	must(template_build(t, &row, space, sizeof(space), &made) == 0);
	buf_put_span(der, made);
	template_free(t);
	profiles_free(profiles);
	buf_free(&access);
}

/* Sign the requests, by that key with these certificates. */
WORLD_FUNCTION void
world_sign_by(const struct key *key, const struct span *chain, size_t n)
{
	struct requests r;
	char *text;

	json_object_set_new(requests, "signature", json_null());
	text = json_dumps(requests, 0);
	must(requests_parse(span_str(text), &r) == 0);
	must(requests_sign(&r, key, chain, n) == 0);
	json_object_set_new(requests, "signature",
	    json_stringn((const char *)r.signature.p, r.signature.n));
	requests_free(&r);
	free(text);
}

/* As the instance does whose access CA is in that folder. */
WORLD_FUNCTION void
world_sign(const char *results)
{
	struct buf signer = BUF_EMPTY, access = BUF_EMPTY;
	char file[64];

	(void)snprintf(file, sizeof(file), "%s/access.cer", results);
	read_back(file, &access);
	world_certify(results, PROFILE_REQUEST_SIGNER, signer_key, &signer);
	world_sign_by(signer_key,
	    (struct span[]){ buf_span(&signer), buf_span(&access) }, 2);
	buf_free(&signer);
	buf_free(&access);
}

/* A refusal with that code, whose sentence has these words. */
WORLD_FUNCTION void
refused(int rc, const char *code, const char *says)
{
	if (rc != -1)
		fail_msg("taken, where %s was wanted", code);
	if (strcmp(err_code(), code) != 0 || strstr(err_text(), says) == NULL)
		fail_msg(
		    "[%s] %s, not [%s] %s", err_code(), err_text(), code, says);
}

#endif
