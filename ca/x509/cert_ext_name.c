/*
 * Certificate extensions that hold names and addresses, RFC 5280 section 4.2,
 * in the shapes that we issue.
 */

#include "x509/cert_ext.h"
#include "x509/der.h"
#include "x509/oid.h"

/* otherName [0] { type-id, [0] HardwareModuleName }, RFC 4108 section 5 */
static int
parse_hardware_name(struct span other, struct cert *c)
{
	struct span oid, inside, module;

	if (c->hardware_type.n != 0)
		return cert_ext_bad("two hardware module names");
	if (der_get_oid(&other, &oid) == -1 ||
	    der_get(&other, DER_CONTEXT_CONS(0), &inside) == -1 ||
	    der_end(other, "an other name") == -1)
		return -1;
	if (!span_equal(oid, oid_hardware_module_name))
		return cert_ext_bad("an other name that we never issue");
	if (der_get_only(inside, DER_SEQUENCE, "a hardware module name",
		&module) == -1 ||
	    der_get_oid(&module, &c->hardware_type) == -1 ||
	    der_get(&module, DER_OCTET_STRING, &c->hardware_serial) == -1)
		return -1;
	return der_end(module, "a hardware module's serial number");
}

static int
add_host(struct cert *c, uint8_t tag, struct span host)
{
	bool address = tag == DER_CONTEXT(7);

	if (c->nhosts == CERT_HOSTS)
		return cert_ext_bad("too many names");
	if (address && host.n != 4 && host.n != 16)
		return cert_ext_bad("an address of the wrong size");
	for (size_t i = 0; !address && i < host.n; i++)
		if (host.p[i] <= 0x20 || host.p[i] >= 0x7f)
			return cert_ext_bad("a DNS name of other octets");
	c->host_is_address[c->nhosts] = address;
	c->hosts[c->nhosts++] = host;
	return 0;
}

int
cert_ext_alt_name(struct span in, struct cert *c)
{
	struct span list, content;
	uint8_t tag = 0;
	int rc;

	if (der_get_only(in, DER_SEQUENCE, "the SAN", &list) == -1)
		return -1;
	if (list.n == 0)
		return cert_ext_bad("an empty SAN (RFC 5280 4.2.1.6)");
	while (list.n > 0) {
		if (der_get_any(&list, &tag, NULL, &content) == -1)
			return -1;
		if (tag == DER_CONTEXT_CONS(0))
			rc = parse_hardware_name(content, c);
		else if (tag == DER_CONTEXT(2) || tag == DER_CONTEXT(7))
			rc = add_host(c, tag, content);
		else
			rc = cert_ext_bad("a kind of name that we never issue");
		if (rc == -1)
			return -1;
	}
	return 0;
}

/*
 * All of rfc822Name, dNSName and iPAddress (in both its sizes), written as one
 * writes that: the empty name, and the network that all addresses are in.
 */
static int
parse_excluded(struct span subtrees, struct cert *c)
{
	static const uint8_t all[] = { 0x30, 2, 0x81, 0, 0x30, 2, 0x82, 0, 0x30,
		10, 0x87, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0x30, 34, 0x87, 32, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0, 0 };

	if (!span_equal(subtrees, span_of(all, sizeof(all))))
		return cert_ext_bad("excluded names that we never exclude");
	c->no_other_names = true;
	return 0;
}

/*
 * One permitted subtree, a directory name; excluded is nothing, or all that is
 * no directory name.
 */
int
cert_ext_name_constraints(struct span in, struct cert *c)
{
	struct span content, subtrees, excluded, base, name;

	if (der_get_only(in, DER_SEQUENCE, "name constraints", &content) ==
		-1 ||
	    der_get(&content, DER_CONTEXT_CONS(0), &subtrees) == -1)
		return -1;
	if (der_next_is(content, DER_CONTEXT_CONS(1)) &&
	    (der_get(&content, DER_CONTEXT_CONS(1), &excluded) == -1 ||
		parse_excluded(excluded, c) == -1))
		return -1;
	if (der_end(content, "name constraints") == -1 ||
	    der_get_only(subtrees, DER_SEQUENCE, "a subtree", &base) == -1 ||
	    der_get_only(
		base, DER_CONTEXT_CONS(4), "a directory name", &name) == -1 ||
	    name_parse(&name, &c->permitted) == -1)
		return -1;
	return der_end(name, "a directory name");
}

/* uniformResourceIdentifier [6] */
static int
get_uri(struct span *in, struct span *uri)
{
	if (der_get(in, DER_CONTEXT(6), uri) == -1)
		return -1;
	for (size_t i = 0; i < uri->n; i++)
		if (uri->p[i] <= 0x20 || uri->p[i] >= 0x7f)
			return cert_ext_bad("an address of other octets");
	return uri->n > 0 ? 0 : cert_ext_bad("an empty address");
}

/* One DistributionPoint { [0] { fullName [0] { URI } } } */
int
cert_ext_crl_points(struct span in, struct cert *c)
{
	struct span list, point, name, full;

	if (der_get_only(in, DER_SEQUENCE, "the CDP", &list) == -1 ||
	    der_get_only(list, DER_SEQUENCE, "a CDP", &point) == -1 ||
	    der_get_only(point, DER_CONTEXT_CONS(0), "a CDP's name", &name) ==
		-1 ||
	    der_get_only(name, DER_CONTEXT_CONS(0), "a full name", &full) ==
		-1 ||
	    get_uri(&full, &c->crl_url) == -1)
		return -1;
	return der_end(full, "a CDP's address");
}

int
cert_ext_info_access(struct span in, struct cert *c)
{
	struct span list, access, method, *url;

	if (der_get_only(in, DER_SEQUENCE, "the AIA", &list) == -1)
		return -1;
	while (list.n > 0) {
		if (der_get(&list, DER_SEQUENCE, &access) == -1 ||
		    der_get_oid(&access, &method) == -1)
			return -1;
		if (span_equal(method, oid_ad_ocsp))
			url = &c->ocsp_url;
		else if (span_equal(method, oid_ad_ca_issuers))
			url = &c->issuer_url;
		else
			return cert_ext_bad("an AIA that we never issue");
		if (url->n != 0)
			return cert_ext_bad("the same AIA twice");
		if (get_uri(&access, url) == -1 ||
		    der_end(access, "an AIA's address") == -1)
			return -1;
	}
	return 0;
}
