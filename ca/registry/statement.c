/*
 * Signed acts, checked and made.
 */

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/err.h"
#include "key/jws.h"
#include "key/key.h"
#include "registry/statement.h"
#include "x509/cert.h"

#define TYP "assay-act+jws"

static const char *
member(const struct jws *j, const char *name)
{
	const char *s = json_string_value(json_object_get(j->header, name));

	return s != NULL ? s : "";
}

/* ECDSA's signatures have two forms, and their length tells them. */
static bool
is_low(const struct jws *j)
{
	const char *alg = member(j, "alg");
	struct span signature = span_of(j->signature, j->signature_length);

	if (strncmp(alg, "ES", 2) != 0)
		return true;
	return key_raw_is_low(
	    strcmp(alg, "ES256") == 0 ? KEY_P256 : KEY_P384, signature);
}

static int
check_header(const struct jws *j, const struct statement *s, int64_t at)
{
	char thumbprint[44];
	int64_t iat;

	if (jws_check_header(j, TYP, "s:x5t#S256 s:url i:iat") == -1)
		return err_set_code(ERR_INPUT, "STATEMENT_MALFORMED",
		    "the signed statement: %s", err_text());
	jws_thumbprint(s->certificate, thumbprint);
	if (strcmp(member(j, "x5t#S256"), thumbprint) != 0)
		return err_set_code(ERR_DENIED, "STATEMENT_SIGNER",
		    "the statement names another certificate as its signer's");
	if (strcmp(member(j, "url"), s->url) != 0)
		return err_set_code(ERR_DENIED, "STATEMENT_URL",
		    "the statement was signed for another address");
	/* or one signature could be used twice (db/schema/100_actor.sql) */
	if (!is_low(j))
		return err_set_code(ERR_INPUT, "STATEMENT_MALFORMED",
		    "the statement's signature must have the lower of the two "
		    "values of s");
	iat = json_integer_value(json_object_get(j->header, "iat"));
	if (iat < at - STATEMENT_SKEW || iat > at + STATEMENT_SKEW)
		return err_set_code(ERR_DENIED, "STATEMENT_TIME",
		    "the statement was signed at another time: its clock may "
		    "be off by %d s",
		    STATEMENT_SKEW);
	return 0;
}

static int
check_signature(const struct jws *j, const struct statement *s)
{
	struct key *key = NULL;
	struct cert cert;
	int rc = -1;

	if (cert_parse(s->certificate, &cert) == -1)
		return -1;
	if ((key = key_from_spki(cert.spki)) == NULL)
		return -1;
	if (jws_verify_detached(j, key, s->body) == 0)
		rc = 0;
	else if (err_kind() == ERR_DENIED)
		err_set_code(ERR_DENIED, "STATEMENT_SIGNATURE",
		    "the statement's signature does not hold for this body");
	else if (err_kind() == ERR_INPUT)
		err_set_code(ERR_INPUT, "STATEMENT_MALFORMED",
		    "the signed statement: %s", err_text());
	key_free(key);
	return rc;
}

int
statement_verify(const struct statement *s, int64_t at)
{
	struct jws j;
	int rc;

	if (jws_split(s->jws, STATEMENT_MAX, &j) == -1)
		return err_set_code(ERR_INPUT, "STATEMENT_MALFORMED",
		    "the signed statement: %s", err_text());
	rc = check_header(&j, s, at);
	if (rc == 0)
		rc = check_signature(&j, s);
	jws_free(&j);
	return rc;
}

int
statement_build(const struct statement *s, const struct key *key, int64_t now,
    struct buf *jws)
{
	char thumbprint[44], *text;
	json_t *header;
	int rc;

	jws_thumbprint(s->certificate, thumbprint);
	header = json_pack("{s:s, s:s, s:s, s:s, s:I}", "alg",
	    jws_algorithm(key), "typ", TYP, "x5t#S256", thumbprint, "url",
	    s->url, "iat", (json_int_t)now);
	text = header != NULL ? json_dumps(header, JSON_COMPACT) : NULL;
	json_decref(header);
	if (text == NULL)
		return err_set(ERR_INPUT, "the address is no UTF-8 text");
	rc = jws_sign_detached(key, text, s->body, jws);
	free(text);
	return rc;
}
