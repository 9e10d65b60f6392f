/*
 * Certificate extensions, RFC 5280 section 4.2, in the shapes that we issue.
 */

#include <string.h>

#include "base/err.h"
#include "x509/cert_ext.h"
#include "x509/der.h"
#include "x509/oid.h"

int
cert_ext_bad(const char *why)
{
	return err_set_code(ERR_INPUT, "DER_MALFORMED", "%s", why);
}

/* AuthorityKeyIdentifier ::= SEQUENCE { keyIdentifier [0] } */
static int
parse_authority_key_id(struct span in, struct cert *c)
{
	struct span content;

	if (der_get_only(in, DER_SEQUENCE, "the AKI", &content) == -1 ||
	    der_get(&content, DER_CONTEXT(0), &c->authority_key_id) == -1)
		return -1;
	return der_end(content, "the AKI's key identifier");
}

static int
parse_subject_key_id(struct span in, struct cert *c)
{
	return der_get_only(
	    in, DER_OCTET_STRING, "the SKI", &c->subject_key_id);
}

static int
parse_key_usage(struct span in, struct cert *c)
{
	if (der_get_named_bits(&in, &c->key_usage) == -1)
		return -1;
	if (c->key_usage == 0)
		return cert_ext_bad(
		    "a key usage of nothing (RFC 5280 4.2.1.3)");
	return der_end(in, "the key usage");
}

static unsigned
purpose_of(struct span oid)
{
	if (span_equal(oid, oid_client_auth))
		return EKU_CLIENT_AUTH;
	if (span_equal(oid, oid_server_auth))
		return EKU_SERVER_AUTH;
	if (span_equal(oid, oid_ocsp_signing))
		return EKU_OCSP_SIGNING;
	if (oid_is(oid, OID_RECEIPT_SIGNING, NULL))
		return EKU_RECEIPT_SIGNING;
	if (oid_is(oid, OID_FEED_SIGNING, NULL))
		return EKU_FEED_SIGNING;
	if (oid_is(oid, OID_REQUEST_SIGNING, NULL))
		return EKU_REQUEST_SIGNING;
	if (span_equal(oid, oid_cmc_ra))
		return EKU_CMC_RA;
	return EKU_OTHER;
}

static int
parse_ext_key_usage(struct span in, struct cert *c)
{
	struct span list, oid;

	if (der_get_only(in, DER_SEQUENCE, "the EKU", &list) == -1)
		return -1;
	if (list.n == 0)
		return cert_ext_bad("an empty EKU (RFC 5280 4.2.1.12)");
	while (list.n > 0) {
		if (der_get_oid(&list, &oid) == -1)
			return -1;
		c->purposes |= purpose_of(oid);
	}
	return 0;
}

/* BasicConstraints ::= SEQUENCE { cA DEFAULT FALSE, pathLen OPTIONAL } */
static int
parse_basic_constraints(struct span in, struct cert *c)
{
	struct span content;
	uint64_t length;

	if (der_get_only(in, DER_SEQUENCE, "basic constraints", &content) == -1)
		return -1;
	if (der_next_is(content, DER_BOOLEAN)) {
		if (der_get_bool(&content, &c->ca) == -1)
			return -1;
		if (!c->ca)
			return cert_ext_bad(
			    "a default is written (X.690 11.5)");
	}
	if (content.n > 0) {
		if (der_get_uint(&content, &length) == -1)
			return -1;
		if (!c->ca || length > 8)
			return cert_ext_bad("a path length without sense");
		c->path_length = (int)length;
	}
	return der_end(content, "basic constraints");
}

/* PolicyInformation of an identifier alone */
static int
parse_policies(struct span in, struct cert *c)
{
	struct span list, info;

	if (der_get_only(in, DER_SEQUENCE, "the policies", &list) == -1)
		return -1;
	if (list.n == 0)
		return cert_ext_bad("an empty list of policies");
	for (c->npolicies = 0; list.n > 0; c->npolicies++) {
		if (c->npolicies == CERT_POLICIES)
			return cert_ext_bad("too many policies");
		if (der_get(&list, DER_SEQUENCE, &info) == -1 ||
		    der_get_oid(&info, &c->policies[c->npolicies]) == -1 ||
		    der_end(info, "a policy") == -1)
			return -1;
	}
	return 0;
}

static int
parse_nocheck(struct span in, struct cert *c)
{
	(void)c;
	if (der_get_null(&in) == -1)
		return -1;
	return der_end(in, "ocsp-nocheck");
}

static int
parse_tre_info(struct span in, struct cert *c)
{
	return tre_info_parse(in, &c->tre);
}

static int
parse_terminal_info(struct span in, struct cert *c)
{
	return terminal_info_parse(in, &c->terminal);
}

static int
parse_tre_binding(struct span in, struct cert *c)
{
	return tre_binding_parse(in, &c->binding);
}

/*
 * What we know.  An extension that strangers write in other shapes is
 * forgiven when it isn't critical: it counts as unknown.
 */
static const struct known {
	enum cert_ext ext;
	const struct span *oid;
	int (*parse)(struct span, struct cert *);
	bool forgiven;
} known[] = {
	{ CERT_AUTHORITY_KEY_ID, &oid_authority_key_id, parse_authority_key_id,
	    true },
	{ CERT_SUBJECT_KEY_ID, &oid_subject_key_id, parse_subject_key_id,
	    false },
	{ CERT_KEY_USAGE, &oid_key_usage, parse_key_usage, false },
	{ CERT_EXT_KEY_USAGE, &oid_ext_key_usage, parse_ext_key_usage, false },
	{ CERT_BASIC_CONSTRAINTS, &oid_basic_constraints,
	    parse_basic_constraints, false },
	{ CERT_POLICIES_EXT, &oid_policies, parse_policies, true },
	{ CERT_ALT_NAME, &oid_alt_name, cert_ext_alt_name, true },
	{ CERT_NAME_CONSTRAINTS, &oid_name_constraints,
	    cert_ext_name_constraints, true },
	{ CERT_CRL_POINTS, &oid_crl_points, cert_ext_crl_points, true },
	{ CERT_INFO_ACCESS, &oid_info_access, cert_ext_info_access, true },
	{ CERT_OCSP_NOCHECK, &oid_ocsp_nocheck, parse_nocheck, false },
};

/* Those under our arc. */
static const struct {
	enum cert_ext ext;
	enum oid_own oid;
	int (*parse)(struct span, struct cert *);
} ours[] = {
	{ CERT_TRE_INFO, OID_TRE_INFO, parse_tre_info },
	{ CERT_TERMINAL_INFO, OID_TERMINAL_INFO, parse_terminal_info },
	{ CERT_TRE_BINDING, OID_TRE_BINDING, parse_tre_binding },
};

static struct known
find(struct span oid)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (span_equal(oid, *known[i].oid))
			return known[i];
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (oid_is(oid, ours[i].oid, NULL))
			return (struct known){ ours[i].ext, NULL, ours[i].parse,
				false };
	return (struct known){ CERT_UNKNOWN, NULL, NULL, true };
}

/* Forget what a parser may have left behind before it gave up. */
static void
forget(struct cert *c, enum cert_ext ext)
{
	const struct span none = { NULL, 0 };

	if (ext == CERT_AUTHORITY_KEY_ID)
		c->authority_key_id = none;
	if (ext == CERT_POLICIES_EXT)
		c->npolicies = 0;
	if (ext == CERT_ALT_NAME) {
		c->hardware_type = c->hardware_serial = none;
		c->nhosts = 0;
	}
	if (ext == CERT_NAME_CONSTRAINTS) {
		c->permitted = (struct name){ 0 };
		c->no_other_names = false;
	}
	if (ext == CERT_CRL_POINTS)
		c->crl_url = none;
	if (ext == CERT_INFO_ACCESS)
		c->ocsp_url = c->issuer_url = none;
}

/* Its value by the parser that fits; which it turned out to be. */
static int
parse_value(struct known k, bool critical, struct span value, struct cert *c,
    enum cert_ext *ext)
{
	*ext = k.ext;
	if (k.parse != NULL && k.parse(value, c) == 0)
		return 0;
	if (!k.forgiven)
		return -1;
	if (critical)
		return cert_ext_bad(
		    "an unknown critical extension (RFC 5280 4.2)");
	forget(c, k.ext);
	*ext = CERT_UNKNOWN;
	return der_walk(value);
}

/* Extension ::= SEQUENCE { OID, critical DEFAULT FALSE, OCTET STRING } */
static int
parse_one(struct span *in, struct cert *c, size_t at, struct span *oid)
{
	struct span content, value;
	enum cert_ext ext = CERT_UNKNOWN;
	bool critical = false;

	if (der_get(in, DER_SEQUENCE, &content) == -1 ||
	    der_get_oid(&content, oid) == -1)
		return -1;
	if (der_next_is(content, DER_BOOLEAN)) {
		if (der_get_bool(&content, &critical) == -1)
			return -1;
		if (!critical)
			return cert_ext_bad(
			    "a default is written (X.690 11.5)");
	}
	if (der_get(&content, DER_OCTET_STRING, &value) == -1 ||
	    der_end(content, "an extension") == -1 ||
	    parse_value(find(*oid), critical, value, c, &ext) == -1)
		return -1;
	c->present |= ext;
	c->critical |= critical ? ext : 0;
	c->order[at] = ext;
	return 0;
}

int
cert_ext_parse(struct span in, struct cert *c)
{
	struct span met[CERT_EXTS];
	size_t n;

	c->path_length = -1;
	for (n = 0; in.n > 0; n++) {
		if (n == CERT_EXTS)
			return cert_ext_bad("more than 16 extensions");
		if (parse_one(&in, c, n, &met[n]) == -1)
			return -1;
		for (size_t i = 0; i < n; i++)
			if (span_equal(met[i], met[n]))
				return cert_ext_bad(
				    "an extension twice (RFC 5280 4.2)");
	}
	return n > 0 ? 0 : cert_ext_bad("an empty list of extensions");
}
