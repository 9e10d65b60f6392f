/*
 * Signed objects, written and read in one shape.
 */

#include <stdlib.h>

#include "base/err.h"
#include "key/hash.h"
#include "x509/cert.h"
#include "x509/der.h"
#include "x509/oid.h"
#include "x509/signed.h"

#define OCTETS(text)                                                           \
	{                                                                      \
		(const uint8_t *)(text), sizeof(text) - 1                      \
	}

/* 1.2.840.113549.1.7.2; 1.2.840.113549.1.9.3 and .4 */
static const struct span signed_data =
    OCTETS("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02");
static const struct span content_type =
    OCTETS("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03");
static const struct span message_digest =
    OCTETS("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04");

#define ROOM 16384 /* for all but the content and the certificates */

/* ---- writing: the last element first */

static void
put_sha256(struct der *w)
{
	size_t mark = der_mark(w);

	der_put_oid(w, oid_sha256);
	der_wrap(w, DER_SEQUENCE, mark);
}

static void
put_attribute(struct der *w, struct span type, uint8_t tag, struct span value)
{
	size_t mark = der_mark(w), set = mark;

	der_put_tlv(w, tag, value);
	der_wrap(w, DER_SET, set);
	der_put_oid(w, type);
	der_wrap(w, DER_SEQUENCE, mark);
}

/* The content of the SET: the shorter one is the lesser one. */
static void
put_attributes(struct der *w, struct span type, struct span digest)
{
	put_attribute(w, message_digest, DER_OCTET_STRING, digest);
	put_attribute(w, content_type, DER_OID, type);
}

/* What is signed is the SET, whatever its tag is where it stands. */
static int
sign(const struct key *key, struct span attributes, uint8_t *signature,
    size_t *n)
{
	uint8_t space[256];
	struct der w;
	struct span set;

	der_start(&w, space, sizeof(space));
	der_put_tlv(&w, DER_SET, attributes);
	return der_done(&w, &set) == -1 ? -1 : key_sign(key, set, signature, n);
}

static int
put_signer(struct der *w, const struct key *key, struct span type,
    struct span content, struct span key_id)
{
	uint8_t signature[KEY_SIGNATURE_MAX], digest[HASH_SIZE], space[256];
	size_t n, mark = der_mark(w), attributes;
	struct der a;
	struct span set;

	hash_sha256(content, digest);
	der_start(&a, space, sizeof(space));
	put_attributes(&a, type, span_of(digest, sizeof(digest)));
	if (der_done(&a, &set) == -1 || sign(key, set, signature, &n) == -1)
		return -1;
	der_put_tlv(w, DER_OCTET_STRING, span_of(signature, n));
	der_put_span(w, key_algorithm_of_signatures(key_kind(key)));
	attributes = der_mark(w);
	der_put_span(w, set);
	der_wrap(w, DER_CONTEXT_CONS(0), attributes);
	put_sha256(w);
	der_put_tlv(w, DER_CONTEXT(0), key_id);
	der_put_uint(w, 3);
	der_wrap(w, DER_SEQUENCE, mark);
	der_wrap(w, DER_SET, mark);
	return 0;
}

/* As DER orders a SET OF (X.690 section 11.6). */
static bool
is_before(struct span a, struct span b)
{
	int c = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

	return c != 0 ? c < 0 : a.n < b.n;
}

static void
put_certificates(struct der *w, const struct span c[2])
{
	size_t mark = der_mark(w);
	int last = is_before(c[0], c[1]) ? 1 : 0;

	der_put_span(w, c[last]);
	der_put_span(w, c[1 - last]);
	der_wrap(w, DER_CONTEXT_CONS(0), mark);
}

static void
put_content(struct der *w, struct span type, struct span content)
{
	size_t mark = der_mark(w), inner = mark;

	der_put_tlv(w, DER_OCTET_STRING, content);
	der_wrap(w, DER_CONTEXT_CONS(0), inner);
	der_put_oid(w, type);
	der_wrap(w, DER_SEQUENCE, mark);
}

int
signed_write(const struct key *key, struct span type, struct span content,
    const struct span certificates[2], struct buf *out)
{
	size_t size = content.n + certificates[0].n + certificates[1].n + ROOM;
	uint8_t *space = xcalloc(1, size);
	struct cert signer;
	struct span done;
	struct der w;
	size_t set;
	int rc = -1;

	der_start(&w, space, size);
	if (cert_parse(certificates[0], &signer) == -1 ||
	    put_signer(&w, key, type, content, signer.subject_key_id) == -1)
		goto out;
	put_certificates(&w, certificates);
	put_content(&w, type, content);
	set = der_mark(&w);
	put_sha256(&w);
	der_wrap(&w, DER_SET, set);
	der_put_uint(&w, 3);
	der_wrap(&w, DER_SEQUENCE, 0);
	der_wrap(&w, DER_CONTEXT_CONS(0), 0);
	der_put_oid(&w, signed_data);
	der_wrap(&w, DER_SEQUENCE, 0);
	if ((rc = der_done(&w, &done)) == 0)
		buf_put_span(out, done);
out:
	free(space);
	return rc;
}

/* ---- reading */

static int
malformed(const char *why)
{
	return err_set_code(ERR_INPUT, "DER_MALFORMED",
	    "it is no signed object of our shape: %s", why);
}

static int
get_oid(struct span *in, struct span wanted, const char *what)
{
	struct span oid;

	if (der_get_oid(in, &oid) == -1)
		return -1;
	return span_equal(oid, wanted) ? 0 : malformed(what);
}

static int
get_version(struct span *in)
{
	uint64_t version;

	if (der_get_uint(in, &version) == -1)
		return -1;
	return version == 3 ? 0 : malformed("its version is not 3");
}

static int
get_sha256(struct span *in)
{
	struct span algorithm;

	if (der_get(in, DER_SEQUENCE, &algorithm) == -1 ||
	    get_oid(&algorithm, oid_sha256, "its digest is not SHA-256") == -1)
		return -1;
	return der_end(algorithm, "a digest's name");
}

static int
get_content(struct span *in, struct span type, struct signed_object *s)
{
	struct span inner, octets;

	if (der_get(in, DER_SEQUENCE, &inner) == -1 ||
	    get_oid(&inner, type, "it is of another type") == -1 ||
	    der_get(&inner, DER_CONTEXT_CONS(0), &octets) == -1 ||
	    der_end(inner, "the content") == -1)
		return -1;
	return der_get_only(
	    octets, DER_OCTET_STRING, "the content", &s->content);
}

static int
get_certificates(struct span *in, struct signed_object *s)
{
	struct span set, *c = s->certificates;

	if (der_get(in, DER_CONTEXT_CONS(0), &set) == -1 ||
	    der_get_whole(&set, DER_SEQUENCE, &c[0]) == -1 ||
	    der_get_whole(&set, DER_SEQUENCE, &c[1]) == -1 ||
	    der_end(set, "the certificates") == -1)
		return -1;
	return is_before(c[0], c[1]) ? 0 : malformed("its SET is not ordered");
}

static int
get_attribute(
    struct span *in, struct span type, uint8_t tag, struct span *value)
{
	struct span attribute, set;

	if (der_get(in, DER_SEQUENCE, &attribute) == -1 ||
	    get_oid(&attribute, type, "it has other attributes") == -1 ||
	    der_get(&attribute, DER_SET, &set) == -1 ||
	    der_end(attribute, "an attribute") == -1)
		return -1;
	return der_get_only(set, tag, "an attribute", value);
}

static int
get_attributes(struct span *in, struct span type, struct signed_object *s)
{
	struct span set, value;

	if (der_get(in, DER_CONTEXT_CONS(0), &set) == -1)
		return -1;
	s->attributes = set;
	if (get_attribute(&set, content_type, DER_OID, &value) == -1 ||
	    get_attribute(&set, message_digest, DER_OCTET_STRING, &s->digest) ==
		-1)
		return -1;
	if (!span_equal(value, type))
		return malformed("what is signed is of another type");
	return der_end(set, "the attributes");
}

static int
get_signer(struct span *in, struct span type, struct signed_object *s)
{
	struct span set, info, algorithm;

	if (der_get(in, DER_SET, &set) == -1 ||
	    der_get_only(set, DER_SEQUENCE, "the signer", &info) == -1 ||
	    get_version(&info) == -1 ||
	    der_get(&info, DER_CONTEXT(0), &s->signer_key_id) == -1 ||
	    get_sha256(&info) == -1 || get_attributes(&info, type, s) == -1 ||
	    der_get_whole(&info, DER_SEQUENCE, &algorithm) == -1 ||
	    key_kind_of_signature(algorithm, &s->signed_with) == -1 ||
	    der_get(&info, DER_OCTET_STRING, &s->signature) == -1)
		return -1;
	return der_end(info, "the signer");
}

int
signed_parse(struct span der, struct span type, struct signed_object *s)
{
	struct span info, inner, data, set;

	memset(s, 0, sizeof(*s));
	if (der_get_only(der, DER_SEQUENCE, "a signed object", &info) == -1 ||
	    get_oid(&info, signed_data, "it is not signed") == -1 ||
	    der_get(&info, DER_CONTEXT_CONS(0), &inner) == -1 ||
	    der_end(info, "a signed object") == -1 ||
	    der_get_only(inner, DER_SEQUENCE, "what is signed", &data) == -1 ||
	    get_version(&data) == -1 || der_get(&data, DER_SET, &set) == -1 ||
	    get_sha256(&set) == -1 || der_end(set, "the digests") == -1 ||
	    get_content(&data, type, s) == -1 ||
	    get_certificates(&data, s) == -1 ||
	    get_signer(&data, type, s) == -1)
		return -1;
	return der_end(data, "what is signed");
}

int
signed_verify(const struct signed_object *s, const struct key *key)
{
	uint8_t digest[HASH_SIZE], space[256];
	struct span set;
	struct der w;

	hash_sha256(s->content, digest);
	if (!span_equal(s->digest, span_of(digest, sizeof(digest))) ||
	    s->signed_with != key_kind(key))
		return err_set_code(ERR_DENIED, "SIGNATURE",
		    "the content is not what was signed");
	der_start(&w, space, sizeof(space));
	der_put_tlv(&w, DER_SET, s->attributes);
	if (der_done(&w, &set) == -1)
		return -1;
	return key_verify(key, set, s->signature);
}
