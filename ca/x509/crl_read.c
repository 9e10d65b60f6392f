/*
 * CRLs as a verifier sees them, RFC 5280 section 5.
 */

#include <string.h>

#include "base/err.h"
#include "x509/crl_read.h"
#include "x509/der.h"
#include "x509/oid.h"

#define REASON_MOST 10

static int
malformed(const char *why)
{
	return err_set_code(
	    ERR_INPUT, "CRL_MALFORMED", "the CRL is malformed: %s", why);
}

static int
parse_algorithm(struct span whole, struct crl *c)
{
	return key_kind_of_signature(whole, &c->signed_with);
}

/* One Extension of RFC 5280 section 4.1; the cursor moves on. */
static int
get_extension(
    struct span *list, struct span *oid, bool *critical, struct span *value)
{
	struct span in;

	*critical = false;
	if (der_get(list, DER_SEQUENCE, &in) == -1 ||
	    der_get_oid(&in, oid) == -1)
		return -1;
	if (der_next_is(in, DER_BOOLEAN)) {
		if (der_get_bool(&in, critical) == -1)
			return -1;
		if (!*critical)
			return err_set(ERR_INPUT, "a default is written out");
	}
	if (der_get(&in, DER_OCTET_STRING, value) == -1)
		return -1;
	return der_end(in, "an extension");
}

static int
parse_authority_key_id(struct span value, struct crl *c)
{
	struct span in;

	if (der_get_only(value, DER_SEQUENCE, "its key id", &in) == -1 ||
	    der_get(&in, DER_CONTEXT(0), &c->authority_key_id) == -1)
		return -1;
	return der_end(in, "its key id");
}

static int
parse_number(struct span value, struct crl *c)
{
	if (der_get_uint(&value, &c->number) == -1)
		return -1;
	return der_end(value, "its number");
}

/* distributionPoint [0] { fullName [0] { uniformResourceIdentifier [6] } } */
static int
parse_point(struct span *in, struct crl *c)
{
	struct span point, names;

	if (!der_next_is(*in, DER_CONTEXT_CONS(0)))
		return 0;
	if (der_get(in, DER_CONTEXT_CONS(0), &point) == -1 ||
	    der_get_only(point, DER_CONTEXT_CONS(0), "its point", &names) ==
		-1 ||
	    der_get(&names, DER_CONTEXT(6), &c->url) == -1)
		return -1;
	return der_end(names, "its point");
}

/* A field that is there must be TRUE (DER leaves defaults out). */
static int
parse_scope(struct span *in, uint8_t tag, enum crl_scope scope, struct crl *c)
{
	struct span value;

	if (!der_next_is(*in, tag))
		return 0;
	if (der_get(in, tag, &value) == -1)
		return -1;
	if (c->scope != CRL_ALL || value.n != 1 || value.p[0] != 0xff)
		return err_set(ERR_INPUT, "its scope makes no sense");
	c->scope = scope;
	return 0;
}

/* RFC 5280 section 5.2.5; onlySomeReasons, indirectCRL and
 * onlyContainsAttributeCerts are refused as trailing octets. */
static int
parse_distribution_point(struct span value, struct crl *c)
{
	struct span in;

	if (der_get_only(value, DER_SEQUENCE, "its scope", &in) == -1 ||
	    parse_point(&in, c) == -1 ||
	    parse_scope(&in, DER_CONTEXT(1), CRL_USER_CERTS, c) == -1 ||
	    parse_scope(&in, DER_CONTEXT(2), CRL_CA_CERTS, c) == -1)
		return -1;
	return der_end(in, "its scope");
}

/* One name as above; another's CRL may say it otherwise, and then it is as if
 * it said nothing. */
static void
parse_freshest(struct span value, struct crl *c)
{
	struct span points, point;
	struct crl found = { .scope = CRL_ALL };

	if (der_get_only(value, DER_SEQUENCE, "its deltas", &points) == 0 &&
	    der_get_only(points, DER_SEQUENCE, "its deltas", &point) == 0 &&
	    parse_point(&point, &found) == 0 && point.n == 0)
		c->freshest = found.url;
}

/* RFC 5280 section 5.2.4 */
static int
parse_base(struct span value, bool critical, struct crl *c)
{
	if (der_get_uint(&value, &c->base) == -1 ||
	    der_end(value, "its base") == -1)
		return -1;
	return critical && c->base != 0
	    ? 0
	    : err_set(ERR_INPUT, "a delta's base must be critical, and one");
}

enum { SEEN_KEY_ID = 1, SEEN_NUMBER = 2, SEEN_POINT = 4, SEEN_BASE = 8 };

static int
parse_extension(struct span oid, bool critical, struct span value,
    struct crl *c, unsigned *seen)
{
	unsigned bit;
	int rc;

	if (span_equal(oid, oid_authority_key_id)) {
		bit = SEEN_KEY_ID;
		rc = parse_authority_key_id(value, c);
	} else if (span_equal(oid, oid_crl_number)) {
		bit = SEEN_NUMBER;
		rc = parse_number(value, c);
	} else if (span_equal(oid, oid_issuing_distribution_point)) {
		bit = SEEN_POINT;
		rc = parse_distribution_point(value, c);
		if (rc == 0 && !critical)
			return err_set(ERR_INPUT,
			    "its distribution point must be critical (RFC "
			    "5280 5.2.5)");
	} else if (span_equal(oid, oid_delta_crl_indicator)) {
		bit = SEEN_BASE;
		rc = parse_base(value, critical, c);
	} else {
		if (span_equal(oid, oid_freshest_crl) && !critical) {
			c->has_deltas = true;
			parse_freshest(value, c);
		}
		return critical
		    ? err_set(ERR_INPUT, "a critical extension is unknown")
		    : 0;
	}
	if (*seen & bit)
		return err_set(ERR_INPUT, "an extension comes twice");
	*seen |= bit;
	return rc;
}

static int
parse_extensions(struct span *in, struct crl *c)
{
	struct span inside, list, oid, value;
	unsigned seen = 0;
	bool critical;

	if (der_get(in, DER_CONTEXT_CONS(0), &inside) == -1 ||
	    der_get_only(inside, DER_SEQUENCE, "its extensions", &list) == -1)
		return -1;
	while (list.n > 0)
		if (get_extension(&list, &oid, &critical, &value) == -1 ||
		    parse_extension(oid, critical, value, c, &seen) == -1)
			return -1;
	if ((seen & (SEEN_KEY_ID | SEEN_NUMBER)) != (SEEN_KEY_ID | SEEN_NUMBER))
		return err_set(ERR_INPUT,
		    "it must have an authority key id and a number (RFC 5280 "
		    "5.2)");
	return 0;
}

static int
parse_tbs(struct crl *c, struct span *algorithm)
{
	struct span in;
	uint64_t version;

	if (der_get_only(c->tbs, DER_SEQUENCE, "its content", &in) == -1 ||
	    der_get_uint(&in, &version) == -1)
		return -1;
	if (version != 1)
		return err_set(ERR_INPUT, "its version is not 2");
	if (der_get_whole(&in, DER_SEQUENCE, algorithm) == -1 ||
	    name_parse(&in, &c->issuer) == -1 ||
	    der_get_time(&in, &c->this_update) == -1 ||
	    der_get_time(&in, &c->next_update) == -1)
		return -1;
	if (c->next_update <= c->this_update)
		return err_set(ERR_INPUT, "it ends before it begins");
	if (der_next_is(in, DER_SEQUENCE)) {
		if (der_get(&in, DER_SEQUENCE, &c->entries) == -1)
			return -1;
		if (c->entries.n == 0)
			return err_set(ERR_INPUT,
			    "its list is there and empty (RFC 5280 5.1.2.6)");
	}
	if (parse_extensions(&in, c) == -1)
		return -1;
	return der_end(in, "its content");
}

static int
parse(struct span der, struct crl *c)
{
	struct span in, outer, inner;

	memset(c, 0, sizeof(*c));
	c->der = der;
	if (der_get_only(der, DER_SEQUENCE, "it", &in) == -1 ||
	    der_get_whole(&in, DER_SEQUENCE, &c->tbs) == -1 ||
	    der_get_whole(&in, DER_SEQUENCE, &outer) == -1 ||
	    der_get_octet_bits(&in, &c->signature) == -1 ||
	    der_end(in, "its signature") == -1 ||
	    parse_algorithm(outer, c) == -1 || parse_tbs(c, &inner) == -1)
		return malformed(err_text());
	if (!span_equal(outer, inner))
		return malformed("its two signature algorithms differ (RFC "
				 "5280 5.1.1.2)");
	return 0;
}

int
crl_parse(struct span der, struct crl *c)
{
	if (parse(der, c) == -1)
		return -1;
	return c->base == 0 ? 0 : malformed("it is a delta");
}

int
crl_parse_delta(struct span der, struct crl *c)
{
	if (parse(der, c) == -1)
		return -1;
	if (c->base == 0)
		return malformed("it is no delta");
	return c->base <= c->number
	    ? 0
	    : malformed("it begins behind itself (RFC 5280 5.2.4)");
}

int
crl_verify(
    const struct crl *c, const struct cert *issuer, const struct key *key)
{
	if (!span_equal(c->issuer.der, issuer->subject.der) ||
	    !span_equal(c->authority_key_id, issuer->subject_key_id) ||
	    key_kind(key) != c->signed_with ||
	    key_verify(key, c->tbs, c->signature) == -1)
		return err_set_code(ERR_DENIED, "CRL_SIGNATURE",
		    "the CRL is not signed by that CA");
	return 0;
}

bool
crl_covers(const struct crl *c, const struct cert *cert)
{
	if (!span_equal(c->issuer.der, cert->issuer.der))
		return false;
	if (c->url.n > 0 && !span_equal(c->url, cert->crl_url))
		return false;
	return c->scope == CRL_ALL || (c->scope == CRL_CA_CERTS) == cert->ca;
}

static int
entry_extension(
    struct span oid, bool critical, struct span value, struct crl_entry *e)
{
	if (span_equal(oid, oid_crl_reason)) {
		if (value.n != 3 || value.p[0] != DER_ENUMERATED ||
		    value.p[1] != 1 || value.p[2] > REASON_MOST)
			return err_set(ERR_INPUT, "a reason is none");
		e->reason = value.p[2];
		return 0;
	}
	if (span_equal(oid, oid_invalidity_date)) {
		if (der_get_generalized_time(&value, &e->invalidity) == -1)
			return -1;
		return der_end(value, "an invalidity date");
	}
	return critical ? err_set(ERR_INPUT, "a critical extension is unknown")
			: 0;
}

/* One of revokedCertificates, RFC 5280 section 5.1.2.6. */
static int
get_entry(struct span *list, struct span *serial, struct crl_entry *e)
{
	struct span in, extensions, oid, value;
	bool critical;

	memset(e, 0, sizeof(*e));
	if (der_get(list, DER_SEQUENCE, &in) == -1 ||
	    der_get_integer(&in, serial) == -1 ||
	    der_get_time(&in, &e->when) == -1)
		return -1;
	if (serial->n > sizeof(e->serial))
		return err_set(ERR_INPUT, "a serial number is too long");
	memcpy(e->serial, serial->p, serial->n);
	e->serial_length = serial->n;
	if (in.n == 0)
		return 0;
	if (der_get(&in, DER_SEQUENCE, &extensions) == -1 ||
	    der_end(in, "an entry") == -1)
		return -1;
	while (extensions.n > 0)
		if (get_extension(&extensions, &oid, &critical, &value) == -1 ||
		    entry_extension(oid, critical, value, e) == -1)
			return -1;
	return 0;
}

int
crl_each(const struct crl *c, int (*visit)(const struct crl_entry *, void *),
    void *ctx)
{
	struct span list = c->entries, serial;
	struct crl_entry e;
	int rc = 0;

	while (rc == 0 && list.n > 0) {
		if (get_entry(&list, &serial, &e) == -1)
			return malformed(err_text());
		rc = visit(&e, ctx);
	}
	return rc;
}

int
crl_find(const struct crl *c, struct span serial, struct crl_entry *e)
{
	struct span list = c->entries, found;

	while (list.n > 0) {
		if (get_entry(&list, &found, e) == -1)
			return malformed(err_text());
		if (span_equal(found, serial))
			return 1;
	}
	memset(e, 0, sizeof(*e));
	return 0;
}
