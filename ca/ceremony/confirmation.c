/*
 * Custodians' confirmations: made, verified, counted.
 */

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "ceremony/confirmation.h"
#include "key/jws.h"
#include "registry/fields.h"

static int
denied(const char *code, const char *who, const char *why)
{
	return err_set_code(
	    ERR_DENIED, code, "the confirmation of %s %s", who, why);
}

int
confirmation_build(const struct ceremony *c, const struct key *key, int64_t now,
    struct buf *out)
{
	char digest[65], *payload, *header;
	const struct buf *keys = c->in.custodians;
	json_t *o;
	size_t i;
	int rc;

	for (i = 0; i < c->script.ncustodians; i++)
		if (span_equal(buf_span(&keys[i]), key_spki(key)))
			break;
	if (i == c->script.ncustodians)
		return err_set_code(ERR_DENIED, "CONFIRMATION_STRANGER",
		    "the script names no custodian with this key");
	if (ceremony_has_key(c) == -1)
		return -1;
	ceremony_digest_text(c, digest);
	header = xasprintf("{\"alg\":\"%s\",\"typ\":\"" CONFIRMATION_TYP "\"}",
	    jws_algorithm(key));
	o = json_pack("{s:s, s:s, s:I}", "ceremony", digest, "custodian",
	    c->script.custodians[i].name, "iat", (json_int_t)now);
	payload = json_dumps(o, JSON_COMPACT);
	rc = jws_sign(key, header, span_str(payload), out);
	json_decref(o);
	free(payload);
	free(header);
	return rc;
}

static int
find_custodian(const struct ceremony *c, const char *name, size_t *who)
{
	for (size_t i = 0; i < c->script.ncustodians; i++)
		if (strcmp(c->script.custodians[i].name, name) == 0) {
			*who = i;
			return 0;
		}
	return denied(
	    "CONFIRMATION_STRANGER", name, "is of none whom the script names");
}

static int
check_signature(
    const struct ceremony *c, const struct jws *j, const char *name, size_t who)
{
	struct key *key = key_from_spki(buf_span(&c->in.custodians[who]));
	int rc;

	if (key == NULL)
		return -1;
	rc = jws_verify(j, key);
	key_free(key);
	return rc == 0 ? 0
		       : denied("CONFIRMATION_SIGNATURE", name,
			     "is not signed with that custodian's key");
}

int
confirmation_verify(const struct ceremony *c, struct span text, size_t *who)
{
	uint8_t digest[HASH_SIZE];
	const char *name = NULL;
	struct fields f;
	struct jws j;
	int rc = -1;

	if (jws_split(text, CONFIRMATION_MAX, &j) == -1 ||
	    jws_check_header(&j, CONFIRMATION_TYP, "") == -1) {
		(void)err_set_code(ERR_INPUT, "CONFIRMATION_MALFORMED",
		    "a confirmation is none: %s", err_text());
		jws_free(&j);
		return -1;
	}
	fields_open(&f, buf_span(&j.payload));
	fields_hex(&f, "ceremony", digest, sizeof(digest));
	name = fields_handle(&f, "custodian");
	(void)fields_int(&f, "iat", 0, INT64_C(253402300799));
	if (fields_end(&f) == -1)
		(void)err_set_code(ERR_INPUT, "CONFIRMATION_MALFORMED",
		    "a confirmation is none: %s", err_text());
	else if (find_custodian(c, name, who) == 0 &&
	    check_signature(c, &j, name, *who) == 0)
		rc = memcmp(digest, c->digest, sizeof(digest)) == 0
		    ? 0
		    : denied("CONFIRMATION_OTHER", name,
			  "is of another script, or of other requests, "
			  "profiles or keys");
	fields_free(&f);
	jws_free(&j);
	return rc;
}

int
confirmations_judge(
    const struct ceremony *c, const struct buf *confirmations, size_t n)
{
	bool seen[SCRIPT_CUSTODIANS_MAX] = { false };
	size_t who = 0;

	for (size_t i = 0; i < n; i++) {
		if (confirmation_verify(c, buf_span(&confirmations[i]), &who) ==
		    -1)
			return -1;
		if (seen[who])
			return denied("CONFIRMATION_TWICE",
			    c->script.custodians[who].name, "is there twice");
		seen[who] = true;
	}
	if (n < c->script.needed)
		return err_set_code(ERR_DENIED, "CONFIRMATIONS_MISSING",
		    "%zu confirmations are there, and %zu are needed", n,
		    c->script.needed);
	return 0;
}
