/*
 * Consents to a change of operator: read, verified, and made.
 */

#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/err.h"
#include "key/key.h"
#include "key/uuid.h"
#include "registry/consent.h"
#include "registry/fields.h"
#include "x509/cert.h"

#define TYP	 "assay-consent+jws"
#define TIME_MAX INT64_C(253402300799) /* the last second of 9999 */

static int
malformed(const char *what)
{
	return err_set_code(
	    ERR_INPUT, "CONSENT_MALFORMED", "the consent: %s", what);
}

static int
read_signer(struct consent *c)
{
	struct buf octets = BUF_EMPTY;
	const char *x5t;
	int rc = -1;

	if (jws_check_header(&c->jws, TYP, "s:x5t#S256") == -1)
		return malformed(err_text());
	x5t = json_string_value(json_object_get(c->jws.header, "x5t#S256"));
	if (base64url_decode(&octets, span_str(x5t)) == -1 ||
	    octets.n != sizeof(c->signer)) {
		malformed("x5t#S256 is the SHA-256 of a certificate");
		goto out;
	}
	memcpy(c->signer, octets.p, octets.n);
	rc = 0;
out:
	buf_free(&octets);
	return rc;
}

static int
read_payload(struct consent *c)
{
	struct span text = buf_span(&c->jws.payload);
	struct fields f;
	int rc;

	c->payload = json_loadb(
	    (const char *)text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(c->payload))
		return malformed("the payload is a JSON object");
	fields_of(&f, c->payload, "consent");
	c->issuer = fields_handle(&f, "iss");
	c->target = fields_handle(&f, "target");
	c->audience = fields_text(&f, "aud", 1, 255);
	c->id = fields_text(&f, "jti", 36, 36);
	if (c->id != NULL && !uuid_valid(c->id))
		fields_refuse(
		    &f, "jti", "must be a UUID in lower case (RFC 9562)");
	c->iat = fields_int(&f, "iat", 0, TIME_MAX);
	c->exp = fields_int(&f, "exp", 0, TIME_MAX);
	fields_hex(&f, "certificate_sha256", c->certificate_sha256,
	    sizeof(c->certificate_sha256));
	rc = fields_end(&f);
	fields_free(&f);
	return rc == 0 ? 0 : malformed(err_text());
}

int
consent_parse(struct span text, struct consent *c)
{
	memset(c, 0, sizeof(*c));
	if (jws_split(text, CONSENT_MAX, &c->jws) == -1)
		return malformed(err_text());
	if (read_signer(c) == -1)
		return -1;
	return read_payload(c);
}

void
consent_free(struct consent *c)
{
	jws_free(&c->jws);
	json_decref(c->payload);
	memset(c, 0, sizeof(*c));
}

static int
check_signature(const struct consent *c, const struct cert *signer)
{
	struct key *key = key_from_spki(signer->spki);
	int rc;

	if (key == NULL)
		return -1;
	rc = jws_verify(&c->jws, key);
	if (rc == -1 && err_kind() == ERR_DENIED)
		err_set_code(ERR_DENIED, "CONSENT_SIGNATURE",
		    "the consent's signature does not hold");
	else if (rc == -1 && err_kind() == ERR_INPUT)
		malformed(err_text());
	key_free(key);
	return rc;
}

int
consent_verify(const struct consent *c, struct span certificate, int64_t now)
{
	struct cert signer;

	if (cert_parse(certificate, &signer) == -1)
		return -1;
	if (memcmp(signer.sha256, c->signer, sizeof(c->signer)) != 0 ||
	    signer.ca || now < signer.not_before || now > signer.not_after)
		return err_set_code(ERR_DENIED, "CONSENT_SIGNER",
		    "the consent names no certificate that is valid now");
	if (c->iat > now + CONSENT_SKEW || c->exp <= now || c->exp <= c->iat ||
	    c->exp - c->iat > CONSENT_SECONDS)
		return err_set_code(ERR_DENIED, "CONSENT_TIME",
		    "the consent is over, has not begun, or is for more than "
		    "%d days",
		    CONSENT_SECONDS / 86400);
	return check_signature(c, &signer);
}

int
consent_build(const struct consent *c, const struct key *key,
    struct span certificate, struct buf *jws)
{
	struct buf hex = BUF_EMPTY;
	char thumbprint[44], *header, *payload = NULL;
	json_t *o;
	int rc = -1;

	jws_thumbprint(certificate, thumbprint);
	hex_encode(&hex, span_of(c->certificate_sha256, 32));
	header = xasprintf("{\"alg\":\"%s\",\"typ\":\"" TYP
			   "\",\"x5t#S256\":\"%s\"}",
	    jws_algorithm(key), thumbprint);
	o = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:s}", "iss", c->issuer,
	    "target", c->target, "aud", c->audience, "jti", c->id, "iat",
	    (json_int_t)c->iat, "exp", (json_int_t)c->exp, "certificate_sha256",
	    buf_str(&hex));
	if (o != NULL && (payload = json_dumps(o, JSON_COMPACT)) != NULL)
		rc = jws_sign(key, header, span_str(payload), jws);
	else
		err_set(ERR_INPUT, "the consent is no UTF-8 text");
	json_decref(o);
	buf_free(&hex);
	free(header);
	free(payload);
	return rc;
}
