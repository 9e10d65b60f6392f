/*
 * JSON Web Signatures, RFC 7515: compact form.
 */

#include <stdio.h>
#include <string.h>

#include "base/enc.h"
#include "base/err.h"
#include "key/hash.h"
#include "key/jws.h"

/* Which algorithm goes with which key; the first of a key's signs, too. */
static const struct {
	const char *alg;
	enum key_kind kind;
	size_t least, most; /* octets of a signature */
	int (*verify)(
	    const struct key *, struct span message, struct span signature);
} algorithms[] = {
	{ "ES256", KEY_P256, 64, 64, key_verify_raw },
	{ "ES384", KEY_P384, 96, 96, key_verify_raw },
	{ "EdDSA", KEY_ED25519, 64, 64, key_verify_raw },
	{ "PS256", KEY_RSA, 384, 512, key_verify_pss },
	{ "RS256", KEY_RSA, 384, 512, key_verify_raw },
	{ "ML-DSA-44", KEY_ML_DSA_44, 2420, 2420, key_verify_raw },
	{ "ML-DSA-65", KEY_ML_DSA_65, 3309, 3309, key_verify_raw },
};

#define NALGORITHMS (sizeof(algorithms) / sizeof(algorithms[0]))

static int
malformed(const char *why)
{
	return err_set_code(ERR_INPUT, "JWS_MALFORMED", "bad JWS: %s", why);
}

static int
bad_signature(void)
{
	return err_set_code(
	    ERR_DENIED, "JWS_SIGNATURE", "the JWS is not signed with that key");
}

/* The part before the next dot; the cursor moves behind it. */
static int
take_part(struct span *text, struct span *part)
{
	const uint8_t *dot = text->n > 0 ? memchr(text->p, '.', text->n) : NULL;

	if (dot == NULL)
		return malformed("it must have three parts");
	*part = span_of(text->p, (size_t)(dot - text->p));
	*text = span_of(dot + 1, text->n - part->n - 1);
	return 0;
}

static int
parse_header(struct jws *j)
{
	struct buf json = BUF_EMPTY;
	int rc = -1;

	if (base64url_decode(&json, j->signed_header) == -1) {
		malformed("its header is not base64url");
		goto out;
	}
	j->header = json_loadb(
	    (const char *)json.p, json.n, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(j->header)) {
		malformed("its header is no JSON object");
		goto out;
	}
	rc = 0;
out:
	buf_free(&json);
	return rc;
}

/* Of the table, or NALGORITHMS. */
static size_t
find_algorithm(const struct jws *j)
{
	const char *alg = json_string_value(json_object_get(j->header, "alg"));
	size_t i = 0;

	while (alg != NULL && i < NALGORITHMS &&
	    strcmp(alg, algorithms[i].alg) != 0)
		i++;
	return alg != NULL ? i : NALGORITHMS;
}

/* Has the signature its algorithm's length?  One of none has ES256's. */
static bool
is_of_length(const struct jws *j, size_t n)
{
	size_t i = find_algorithm(j);

	return n >= algorithms[i % NALGORITHMS].least &&
	    n <= algorithms[i % NALGORITHMS].most;
}

static int
parse_signature(struct jws *j, struct span text)
{
	struct buf octets = BUF_EMPTY;
	int rc = -1;

	if (base64url_decode(&octets, text) == -1 ||
	    !is_of_length(j, octets.n)) {
		malformed("its signature must be base64url, and as long as its "
			  "algorithm's are: ES256's 64 octets (RFC 7518 "
			  "section 3.4)");
		goto out;
	}
	memcpy(j->signature, octets.p, octets.n);
	j->signature_length = octets.n;
	rc = 0;
out:
	buf_free(&octets);
	return rc;
}

int
jws_split(struct span text, size_t most, struct jws *j)
{
	*j = (struct jws){ .payload = BUF_EMPTY };
	if (text.n > most)
		return malformed("it is too long");
	if (take_part(&text, &j->signed_header) == -1 ||
	    take_part(&text, &j->signed_payload) == -1)
		goto bad;
	if (base64url_decode(&j->payload, j->signed_payload) == -1) {
		malformed("its payload is not base64url");
		goto bad;
	}
	/* a further dot is no letter of base64url */
	if (parse_header(j) == -1 || parse_signature(j, text) == -1)
		goto bad;
	return 0;
bad:
	jws_free(j);
	return -1;
}

void
jws_free(struct jws *j)
{
	buf_wipe(&j->payload);
	json_decref(j->header);
	j->header = NULL;
}

static bool
is_of_type(const json_t *value, char type)
{
	switch (type) {
	case 's':
		return json_is_string(value);
	case 'i':
		return json_is_integer(value);
	case 'a':
		return json_is_array(value);
	case 'o':
		return json_is_object(value);
	default:
		return false;
	}
}

/* "s:iat": the member is there and of its type. */
static int
check_member(const struct jws *j, const char *member, size_t n)
{
	char name[64];

	if (n < 3 || n - 2 >= sizeof(name) || member[1] != ':')
		return err_set(ERR_INTERNAL, "bad list of JWS members");
	memcpy(name, member + 2, n - 2);
	name[n - 2] = '\0';
	if (is_of_type(json_object_get(j->header, name), member[0]))
		return 0;
	return err_set_code(ERR_INPUT, "JWS_MALFORMED",
	    "bad JWS: \"%s\" is missing from its header or of another type",
	    name);
}

static int
check_string(const struct jws *j, const char *name, const char *want)
{
	const char *have = json_string_value(json_object_get(j->header, name));

	if (have != NULL && strcmp(have, want) == 0)
		return 0;
	return err_set_code(ERR_INPUT, "JWS_MALFORMED",
	    "bad JWS: \"%s\" of its header must be \"%s\"", name, want);
}

int
jws_check_header(const struct jws *j, const char *typ, const char *members)
{
	size_t expected = 2, n;

	if (find_algorithm(j) == NALGORITHMS)
		return malformed("\"alg\" of its header must be ES256, ES384, "
				 "EdDSA, PS256, RS256, ML-DSA-44 or ML-DSA-65");
	if (check_string(j, "typ", typ) == -1)
		return -1;
	for (; *members != '\0'; members += n + (members[n] == ' ')) {
		n = strcspn(members, " ");
		if (check_member(j, members, n) == -1)
			return -1;
		expected++;
	}
	if (json_object_size(j->header) != expected)
		return malformed("its header has a member that must not be "
				 "there");
	return 0;
}

static int
verify(const struct jws *j, const struct key *key, struct span payload_text)
{
	struct buf input = BUF_EMPTY;
	size_t i = find_algorithm(j);
	int rc;

	if (i == NALGORITHMS || algorithms[i].kind != key_kind(key))
		return bad_signature();
	buf_put_span(&input, j->signed_header);
	buf_putc(&input, '.');
	buf_put_span(&input, payload_text);
	rc = algorithms[i].verify(
	    key, buf_span(&input), span_of(j->signature, j->signature_length));
	buf_free(&input);
	return rc == 0 ? 0 : bad_signature();
}

int
jws_verify(const struct jws *j, const struct key *key)
{
	if (j->signed_payload.n == 0)
		return malformed("it has no payload");
	return verify(j, key, j->signed_payload);
}

int
jws_verify_detached(
    const struct jws *j, const struct key *key, struct span payload)
{
	struct buf text = BUF_EMPTY;
	int rc;

	if (j->signed_payload.n != 0)
		return malformed("its payload must be detached (RFC 7515 "
				 "appendix F)");
	base64url_encode(&text, payload);
	rc = verify(j, key, buf_span(&text));
	buf_free(&text);
	return rc;
}

const char *
jws_algorithm(const struct key *key)
{
	size_t i = 0;

	while (algorithms[i].kind != key_kind(key))
		i++;
	return algorithms[i].alg;
}

void
jws_begin(const char *header, struct span payload, struct buf *out)
{
	base64url_encode(out, span_str(header));
	buf_putc(out, '.');
	base64url_encode(out, payload);
}

/* header.payload.signature; the payload is cut out again when detached. */
static int
sign(const struct key *key, const char *header, struct span payload,
    bool detached, struct buf *out)
{
	struct buf input = BUF_EMPTY;
	uint8_t signature[KEY_RAW_MAX];
	size_t n = 0, header_length;
	int rc = -1;

	jws_begin(header, payload, &input);
	header_length =
	    (size_t)((uint8_t *)memchr(input.p, '.', input.n) - input.p) + 1;
	if (key_sign_raw(key, buf_span(&input), signature, &n) == -1)
		goto out;
	buf_put(out, input.p, detached ? header_length : input.n);
	buf_putc(out, '.');
	base64url_encode(out, span_of(signature, n));
	rc = 0;
out:
	buf_free(&input);
	return rc;
}

int
jws_sign(const struct key *key, const char *header, struct span payload,
    struct buf *out)
{
	return sign(key, header, payload, false, out);
}

int
jws_sign_detached(const struct key *key, const char *header,
    struct span payload, struct buf *out)
{
	return sign(key, header, payload, true, out);
}

void
jws_thumbprint(struct span certificate_der, char text[44])
{
	struct buf b = BUF_EMPTY;
	uint8_t digest[HASH_SIZE];

	hash_sha256(certificate_der, digest);
	base64url_encode(&b, span_of(digest, sizeof(digest)));
	(void)snprintf(text, 44, "%s", buf_str(&b));
	buf_free(&b);
}
