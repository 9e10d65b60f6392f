/*
 * A TrE's own word: read, verified, and made.
 */

#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/err.h"
#include "base/text.h"
#include "key/key.h"
#include "registry/tamper_report.h"
#include "x509/cert.h"

#define TYP	"tre-tamper+jws"
#define IAT_MAX INT64_C(253402300799) /* the last second of 9999 */

/* What a sensor of a TrE can tell. */
static const char *const words[] = { "clock", "debug", "enclosure", "firmware",
	"light", "mesh", "other", "temperature", "voltage", NULL };

static int
malformed(const char *what)
{
	return err_set_code(
	    ERR_INPUT, "TAMPER_MALFORMED", "the tamper report: %s", what);
}

static bool
is_word(const char *what)
{
	size_t i;

	for (i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], what) == 0)
			return true;
	return false;
}

/* Text that may be shown to people. */
static bool
is_plain(const char *text)
{
	return text_is_plain(span_str(text)) &&
	    strlen(text) <= TAMPER_REPORT_DETAIL_MAX;
}

static int
read_signer(struct tamper_report *t)
{
	struct buf octets = BUF_EMPTY;
	const char *x5t;
	int rc = -1;

	if (jws_check_header(&t->jws, TYP, "s:x5t#S256") == -1)
		return malformed(err_text());
	x5t = json_string_value(json_object_get(t->jws.header, "x5t#S256"));
	if (base64url_decode(&octets, span_str(x5t)) == -1 ||
	    octets.n != sizeof(t->signer)) {
		malformed("x5t#S256 is the SHA-256 of a certificate");
		goto out;
	}
	memcpy(t->signer, octets.p, octets.n);
	rc = 0;
out:
	buf_free(&octets);
	return rc;
}

static int
read_payload(struct tamper_report *t)
{
	struct span text = buf_span(&t->jws.payload);
	json_t *iat, *seq, *detail, *o;

	o = json_loadb(
	    (const char *)text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
	t->payload = o;
	iat = json_object_get(o, "iat");
	seq = json_object_get(o, "seq");
	detail = json_object_get(o, "detail");
	t->what = json_string_value(json_object_get(o, "what"));
	t->detail = json_string_value(detail);
	if (t->what == NULL || !json_is_integer(iat) || !json_is_integer(seq) ||
	    json_object_size(o) != (detail != NULL ? 4 : 3))
		return malformed("the payload has what, iat, seq and perhaps "
				 "detail, nothing else");
	if (!is_word(t->what))
		return malformed(
		    "what was seen must be clock, debug, enclosure, firmware, "
		    "light, mesh, other, temperature or voltage");
	if (detail != NULL && (t->detail == NULL || !is_plain(t->detail)))
		return malformed("detail is a text of up to 500 octets "
				 "without control characters");
	t->iat = json_integer_value(iat);
	t->seq = json_integer_value(seq);
	if (t->iat < 0 || t->iat > IAT_MAX)
		return malformed("iat is a time in seconds since 1970");
	if (t->seq < 1 || t->seq > TAMPER_REPORT_SEQ_MAX)
		return malformed("seq is a number from 1 to 2^53 - 1");
	return 0;
}

int
tamper_report_parse(struct span text, struct tamper_report *t)
{
	memset(t, 0, sizeof(*t));
	if (jws_split(text, TAMPER_REPORT_MAX, &t->jws) == -1)
		return malformed(err_text());
	if (read_signer(t) == -1)
		return -1;
	return read_payload(t);
}

void
tamper_report_free(struct tamper_report *t)
{
	jws_free(&t->jws);
	json_decref(t->payload);
	memset(t, 0, sizeof(*t));
}

static int
check_signature(const struct tamper_report *t, const struct cert *c)
{
	struct key *key = key_from_spki(c->spki);
	int rc;

	if (key == NULL)
		return -1;
	rc = jws_verify(&t->jws, key);
	if (rc == -1 && err_kind() == ERR_DENIED)
		err_set_code(ERR_DENIED, "TAMPER_SIGNATURE",
		    "the tamper report's signature does not hold");
	else if (rc == -1 && err_kind() == ERR_INPUT)
		malformed(err_text());
	key_free(key);
	return rc;
}

int
tamper_report_verify(const struct tamper_report *t, struct span certificate)
{
	struct cert c;

	if (cert_parse(certificate, &c) == -1)
		return -1;
	if (memcmp(c.sha256, t->signer, sizeof(t->signer)) != 0 || c.ca ||
	    (c.present & CERT_TRE_INFO) == 0)
		return err_set_code(ERR_DENIED, "TAMPER_SIGNER",
		    "the tamper report names no certificate of a TrE");
	return check_signature(t, &c);
}

int
tamper_report_build(const struct tamper_report *t, const struct key *key,
    struct span certificate, struct buf *jws)
{
	char thumbprint[44], header[128], *payload;
	json_t *o;
	int rc;

	jws_thumbprint(certificate, thumbprint);
	(void)snprintf(header, sizeof(header),
	    "{\"alg\":\"%s\",\"typ\":\"" TYP "\",\"x5t#S256\":\"%s\"}",
	    jws_algorithm(key), thumbprint);
	o = json_pack("{s:s, s:I, s:I, s:s*}", "what", t->what, "iat",
	    (json_int_t)t->iat, "seq", (json_int_t)t->seq, "detail", t->detail);
	payload = o != NULL ? json_dumps(o, JSON_COMPACT) : NULL;
	json_decref(o);
	if (payload == NULL)
		return err_set(ERR_INPUT, "the report is no UTF-8 text");
	rc = jws_sign(key, header, span_str(payload), jws);
	free(payload);
	return rc;
}
