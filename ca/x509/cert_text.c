/*
 * A certificate as lines of text, for people and for golden files.
 */

#include <arpa/inet.h>

#include "base/clock.h"
#include "base/enc.h"
#include "x509/cert.h"
#include "x509/oid.h"

#define ELIDED "..."

static void
put_line(struct buf *out, const char *name, struct span value)
{
	buf_printf(out, "%s: ", name);
	buf_put_span(out, value);
	buf_putc(out, '\n');
}

static void
put_hex(struct buf *out, const char *name, struct span value, bool elide)
{
	buf_printf(out, "%s: ", name);
	if (elide)
		buf_printf(out, "%s (%zu octets)", ELIDED, value.n);
	else
		hex_encode(out, value);
	buf_putc(out, '\n');
}

static void
put_oid(struct buf *out, const char *name, struct span oid)
{
	buf_printf(out, "%s: ", name);
	oid_write(oid, out);
	buf_putc(out, '\n');
}

static void
put_name(struct buf *out, const char *label, const struct name *n)
{
	buf_printf(out, "%s: ", label);
	if (n->foreign)
		hex_encode(out, n->der);
	else
		name_write(n, out);
	buf_putc(out, '\n');
}

static void
put_time(struct buf *out, const char *name, int64_t when, bool elide)
{
	char text[CLOCK_TEXT_MAX];

	buf_printf(out, "%s: %s\n", name,
	    when == DER_TIME_END ? "99991231235959Z"
		: elide		 ? ELIDED
				 : clock_write(when, text));
}

struct flag {
	unsigned bit;
	const char *name;
};

static const struct flag usages[] = {
	{ KU_DIGITAL_SIGNATURE, "digitalSignature" },
	{ 1 << 1, "nonRepudiation" },
	{ 1 << 2, "keyEncipherment" },
	{ 1 << 3, "dataEncipherment" },
	{ 1 << 4, "keyAgreement" },
	{ KU_KEY_CERT_SIGN, "keyCertSign" },
	{ KU_CRL_SIGN, "cRLSign" },
	{ 1 << 7, "encipherOnly" },
	{ 1 << 8, "decipherOnly" },
};

static const struct flag purposes[] = {
	{ EKU_CLIENT_AUTH, "clientAuth" },
	{ EKU_SERVER_AUTH, "serverAuth" },
	{ EKU_OCSP_SIGNING, "OCSPSigning" },
	{ EKU_RECEIPT_SIGNING, "receiptSigning" },
	{ EKU_FEED_SIGNING, "feedSigning" },
	{ EKU_REQUEST_SIGNING, "requestSigning" },
	{ EKU_CMC_RA, "cmcRA" },
	{ EKU_OTHER, "other" },
};

static void
put_key_usage(const struct cert *c, struct buf *out)
{
	for (size_t i = 0; i < sizeof(usages) / sizeof(usages[0]); i++)
		if (c->key_usage & usages[i].bit)
			buf_printf(out, " %s", usages[i].name);
}

static void
put_purposes(const struct cert *c, struct buf *out)
{
	for (size_t i = 0; i < sizeof(purposes) / sizeof(purposes[0]); i++)
		if (c->purposes & purposes[i].bit)
			buf_printf(out, " %s", purposes[i].name);
}

static void
put_alt_names(const struct cert *c, struct buf *out)
{
	char text[INET6_ADDRSTRLEN];

	if (c->hardware_type.n > 0) {
		buf_puts(out, " hardwareModuleName ");
		oid_write(c->hardware_type, out);
		buf_putc(out, ' ');
		buf_put_span(out, c->hardware_serial);
	}
	for (size_t i = 0; i < c->nhosts; i++) {
		buf_putc(out, ' ');
		if (c->host_is_address[i])
			buf_puts(out,
			    inet_ntop(c->hosts[i].n == 4 ? AF_INET : AF_INET6,
				c->hosts[i].p, text, sizeof(text)));
		else
			buf_put_span(out, c->hosts[i]);
	}
}

static void
put_tre(const struct tre_info *t, struct buf *out)
{
	put_line(out, "    model", t->model);
	put_line(out, "    hardware version", t->hardware_version);
	put_line(out, "    least firmware", t->least_firmware);
	put_line(out, "    CoC", t->coc_number);
	put_line(out, "    rule set", t->rule_set);
	put_line(out, "    site", t->site);
	buf_printf(out, "    level: %u\n", t->level);
}

static void
put_terminal(const struct terminal_info *t, struct buf *out)
{
	put_line(out, "    model", t->model);
	put_line(out, "    hardware platform", t->hardware_platform);
	put_line(out, "    TAC", t->tac);
	put_line(out, "    CoC", t->coc_number);
	put_line(out, "    site", t->site);
	buf_printf(out, "    level: %u\n", t->level);
}

static void
put_binding(const struct tre_binding *b, bool elide, struct buf *out)
{
	put_hex(out, "    TrE key", b->key_sha256, elide);
	put_hex(out, "    issuer key id", b->issuer_key_id, elide);
	put_hex(out, "    serial", b->serial, elide);
}

static void
put_urls(const struct cert *c, struct buf *out)
{
	if (c->ocsp_url.n > 0)
		put_line(out, "    OCSP", c->ocsp_url);
	if (c->issuer_url.n > 0)
		put_line(out, "    issuer", c->issuer_url);
}

/* What stands in the extension's own line. */
static void
put_inline(const struct cert *c, enum cert_ext ext, struct buf *out)
{
	switch (ext) {
	case CERT_KEY_USAGE:
		put_key_usage(c, out);
		break;
	case CERT_EXT_KEY_USAGE:
		put_purposes(c, out);
		break;
	case CERT_BASIC_CONSTRAINTS:
		buf_puts(out, c->ca ? " CA" : " no CA");
		if (c->path_length >= 0)
			buf_printf(out, ", path length %d", c->path_length);
		break;
	case CERT_ALT_NAME:
		put_alt_names(c, out);
		break;
	case CERT_CRL_POINTS:
		buf_putc(out, ' ');
		buf_put_span(out, c->crl_url);
		break;
	default:
		break;
	}
}

/* What stands in lines under it. */
static void
put_below(const struct cert *c, enum cert_ext ext, bool elide, struct buf *out)
{
	switch (ext) {
	case CERT_AUTHORITY_KEY_ID:
		put_hex(out, "    key id", c->authority_key_id, elide);
		break;
	case CERT_SUBJECT_KEY_ID:
		put_hex(out, "    key id", c->subject_key_id, elide);
		break;
	case CERT_POLICIES_EXT:
		for (size_t i = 0; i < c->npolicies; i++)
			put_oid(out, "    policy", c->policies[i]);
		break;
	case CERT_NAME_CONSTRAINTS:
		put_name(out, "    permitted", &c->permitted);
		if (c->no_other_names)
			buf_puts(out,
			    "    excluded: all e-mail, DNS and IP addresses\n");
		break;
	case CERT_INFO_ACCESS:
		put_urls(c, out);
		break;
	case CERT_TRE_INFO:
		put_tre(&c->tre, out);
		break;
	case CERT_TERMINAL_INFO:
		put_terminal(&c->terminal, out);
		break;
	case CERT_TRE_BINDING:
		put_binding(&c->binding, elide, out);
		break;
	default:
		break;
	}
}

static const char *
ext_name(enum cert_ext ext)
{
	static const char *const names[] = { "authorityKeyIdentifier",
		"subjectKeyIdentifier", "keyUsage", "extKeyUsage",
		"basicConstraints", "certificatePolicies", "subjectAltName",
		"nameConstraints", "cRLDistributionPoints",
		"authorityInfoAccess", "ocsp-nocheck", "treInfo",
		"terminalInfo", "treBinding", "unknown" };
	unsigned i = 0;

	while (((unsigned)ext >> i) > 1)
		i++;
	return names[i];
}

void
cert_write_text(const struct cert *c, bool elide, struct buf *out)
{
	put_hex(out, "serial", c->serial, elide);
	put_name(out, "issuer", &c->issuer);
	put_time(out, "not before", c->not_before, elide);
	put_time(out, "not after", c->not_after, elide);
	put_name(out, "subject", &c->subject);
	buf_printf(out, "key: %s\n", key_name(c->key_kind));
	put_hex(out, "    point", c->point, elide);
	for (size_t i = 0; i < CERT_EXTS && c->order[i] != 0; i++) {
		enum cert_ext ext = c->order[i];

		buf_puts(out, ext_name(ext));
		buf_puts(out, c->critical & ext ? ", critical:" : ":");
		put_inline(c, ext, out);
		buf_putc(out, '\n');
		put_below(c, ext, elide, out);
	}
	buf_printf(
	    out, "signed with: %s\n", key_signature_name(c->signed_with));
	if (!elide && c->signature.n > 0)
		put_hex(out, "signature", c->signature, elide);
}
