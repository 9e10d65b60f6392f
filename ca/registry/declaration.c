/*
 * Declarations: whose signature, and is it one at all?
 */

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "key/jws.h"
#include "key/key.h"
#include "registry/declaration.h"
#include "x509/cert.h"

#define TYP "assay-declaration+jws"

static int
malformed(const char *what)
{
	return err_set_code(
	    ERR_INPUT, "DECLARATION_MALFORMED", "declaration: %s", what);
}

static int
check_header(const struct jws *j, struct span certificate, int64_t now)
{
	char thumbprint[44];
	const char *named;
	int64_t iat;

	if (jws_check_header(j, TYP, "s:x5t#S256 i:iat") == -1)
		return malformed(err_text());
	jws_thumbprint(certificate, thumbprint);
	named = json_string_value(json_object_get(j->header, "x5t#S256"));
	if (named == NULL || strcmp(named, thumbprint) != 0)
		return err_set_code(ERR_DENIED, "DECLARATION_SIGNER",
		    "the declaration names another certificate than yours as "
		    "its signer's");
	iat = json_integer_value(json_object_get(j->header, "iat"));
	if (iat < now - DECLARATION_SKEW || iat > now + DECLARATION_SKEW)
		return err_set_code(ERR_DENIED, "DECLARATION_TIME",
		    "the declaration was signed at another time: its clock "
		    "may be off by %d s",
		    DECLARATION_SKEW);
	return 0;
}

static int
check_signature(const struct jws *j, struct span certificate)
{
	struct key *key = NULL;
	struct cert cert;
	int rc;

	if (cert_parse(certificate, &cert) == -1 ||
	    (key = key_from_spki(cert.spki)) == NULL)
		return -1;
	rc = jws_verify(j, key);
	if (rc == -1 && err_kind() == ERR_DENIED)
		err_set_code(ERR_DENIED, "DECLARATION_SIGNATURE",
		    "the declaration's signature does not hold");
	else if (rc == -1 && err_kind() == ERR_INPUT)
		malformed(err_text());
	key_free(key);
	return rc;
}

/* A text member of the payload, NULL when it is none. */
static const char *
text_of(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

static int
read_payload(struct declaration *d, struct span text)
{
	json_t *o, *answers, *version;
	const char *until;

	d->payload = json_loadb(
	    (const char *)text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(o = d->payload))
		return malformed("the payload is no JSON object");
	d->model = text_of(o, "model");
	d->ruleset = text_of(o, "ruleset");
	version = json_object_get(o, "version");
	until = text_of(o, "valid_until");
	answers = json_object_get(o, "answers");
	if (d->model == NULL || d->ruleset == NULL || until == NULL ||
	    !json_is_integer(version) || !json_is_object(answers) ||
	    json_object_size(o) != 5)
		return malformed("the payload has model, ruleset, version, "
				 "valid_until and answers, nothing else");
	if (json_integer_value(version) < 1 ||
	    json_integer_value(version) > 1000000)
		return malformed("version is a number from 1");
	d->version = (int)json_integer_value(version);
	if (clock_parse(span_str(until), &d->valid_until) == -1)
		return malformed("valid_until is a time such as "
				 "2027-11-24T00:00:00Z");
	d->answers = json_dumps(answers, JSON_COMPACT);
	return 0;
}

int
declaration_read(struct declaration *d, struct span text,
    struct span certificate, int64_t now)
{
	struct jws j;
	int rc;

	memset(d, 0, sizeof(*d));
	if (jws_split(text, DECLARATION_MAX, &j) == -1)
		return malformed(err_text());
	rc = check_header(&j, certificate, now);
	if (rc == 0)
		rc = check_signature(&j, certificate);
	if (rc == 0)
		rc = read_payload(d, buf_span(&j.payload));
	jws_free(&j);
	if (rc == -1)
		declaration_free(d);
	return rc;
}

void
declaration_free(struct declaration *d)
{
	json_decref(d->payload);
	free(d->answers);
	memset(d, 0, sizeof(*d));
}

int
declaration_build(const json_t *payload, const struct key *key,
    struct span certificate, int64_t now, struct buf *jws)
{
	char thumbprint[44], *header = NULL, *text = NULL;
	json_t *o;
	int rc = -1;

	jws_thumbprint(certificate, thumbprint);
	o = json_pack("{s:s, s:s, s:s, s:I}", "alg", jws_algorithm(key), "typ",
	    TYP, "x5t#S256", thumbprint, "iat", (json_int_t)now);
	header = json_dumps(o, JSON_COMPACT);
	text = json_dumps(payload, JSON_COMPACT);
	if (header == NULL || text == NULL)
		err_set(ERR_INPUT, "the declaration is no JSON");
	else
		rc = jws_sign(key, header, span_str(text), jws);
	json_decref(o);
	free(header);
	free(text);
	return rc;
}
