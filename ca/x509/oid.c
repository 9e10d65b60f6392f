/*
 * Object identifiers: the standard ones as constants, ours from the arc.
 */

#include <inttypes.h>
#include <string.h>

#include "base/err.h"
#include "x509/oid.h"

#define OID(name, octets)                                                      \
	const struct span name = { (const uint8_t *)(octets),                  \
		sizeof(octets) - 1 }

OID(oid_ec_public_key, "\x2a\x86\x48\xce\x3d\x02\x01");
OID(oid_p256, "\x2a\x86\x48\xce\x3d\x03\x01\x07");
OID(oid_sha1, "\x2b\x0e\x03\x02\x1a");
OID(oid_sha256, "\x60\x86\x48\x01\x65\x03\x04\x02\x01");
OID(oid_sha384, "\x60\x86\x48\x01\x65\x03\x04\x02\x02");
OID(oid_sha512, "\x60\x86\x48\x01\x65\x03\x04\x02\x03");

OID(oid_country, "\x55\x04\x06");
OID(oid_organisation, "\x55\x04\x0a");
OID(oid_unit, "\x55\x04\x0b");
OID(oid_common_name, "\x55\x04\x03");
OID(oid_serial_number, "\x55\x04\x05");
OID(oid_dn_qualifier, "\x55\x04\x2e");
OID(oid_request_template, "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x3d");

OID(oid_subject_key_id, "\x55\x1d\x0e");
OID(oid_key_usage, "\x55\x1d\x0f");
OID(oid_alt_name, "\x55\x1d\x11");
OID(oid_basic_constraints, "\x55\x1d\x13");
OID(oid_crl_number, "\x55\x1d\x14");
OID(oid_crl_reason, "\x55\x1d\x15");
OID(oid_invalidity_date, "\x55\x1d\x18");
OID(oid_delta_crl_indicator, "\x55\x1d\x1b");
OID(oid_issuing_distribution_point, "\x55\x1d\x1c");
OID(oid_name_constraints, "\x55\x1d\x1e");
OID(oid_crl_points, "\x55\x1d\x1f");
OID(oid_policies, "\x55\x1d\x20");
OID(oid_authority_key_id, "\x55\x1d\x23");
OID(oid_ext_key_usage, "\x55\x1d\x25");
OID(oid_freshest_crl, "\x55\x1d\x2e");
OID(oid_info_access, "\x2b\x06\x01\x05\x05\x07\x01\x01");
OID(oid_ocsp_nocheck, "\x2b\x06\x01\x05\x05\x07\x30\x01\x05");

OID(oid_ad_ocsp, "\x2b\x06\x01\x05\x05\x07\x30\x01");
OID(oid_ad_ca_issuers, "\x2b\x06\x01\x05\x05\x07\x30\x02");
OID(oid_server_auth, "\x2b\x06\x01\x05\x05\x07\x03\x01");
OID(oid_client_auth, "\x2b\x06\x01\x05\x05\x07\x03\x02");
OID(oid_ocsp_signing, "\x2b\x06\x01\x05\x05\x07\x03\x09");
OID(oid_cmc_ra, "\x2b\x06\x01\x05\x05\x07\x03\x1c");
OID(oid_hardware_module_name, "\x2b\x06\x01\x05\x05\x07\x08\x04");

OID(oid_old_cert_id, "\x2b\x06\x01\x05\x05\x07\x05\x01\x05");
OID(oid_password_based_mac, "\x2a\x86\x48\x86\xf6\x7d\x07\x42\x0d");
OID(oid_pbmac1, "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0e");
OID(oid_pbkdf2, "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c");
OID(oid_hmac_sha256, "\x2a\x86\x48\x86\xf7\x0d\x02\x09");
OID(oid_it_implicit_confirm, "\x2b\x06\x01\x05\x05\x07\x04\x0d");
OID(oid_it_ca_certs, "\x2b\x06\x01\x05\x05\x07\x04\x11");
OID(oid_it_current_crl, "\x2b\x06\x01\x05\x05\x07\x04\x06");
OID(oid_it_root_key_update, "\x2b\x06\x01\x05\x05\x07\x04\x12");
OID(oid_it_root_cert, "\x2b\x06\x01\x05\x05\x07\x04\x14");

OID(oid_ocsp_basic, "\x2b\x06\x01\x05\x05\x07\x30\x01\x01");
OID(oid_ocsp_nonce, "\x2b\x06\x01\x05\x05\x07\x30\x01\x02");

/* Ours: what follows the arc; the last number is the caller's if open. */
static const struct {
	uint8_t arcs[2];
	uint8_t n;
	bool open;
} own[] = {
	[OID_POLICY_TRE] = { { 1, 1 }, 2, true },
	[OID_POLICY_TERMINAL] = { { 1, 2 }, 2, true },
	[OID_TRE_INFO] = { { 2, 1 }, 2, false },
	[OID_TERMINAL_INFO] = { { 2, 2 }, 2, false },
	[OID_TRE_BINDING] = { { 2, 3 }, 2, false },
	[OID_MODEL] = { { 3, 0 }, 1, true },
	[OID_RECEIPT_SIGNING] = { { 4, 1 }, 2, false },
	[OID_FEED_SIGNING] = { { 4, 2 }, 2, false },
	[OID_REQUEST_SIGNING] = { { 4, 3 }, 2, false },
	[OID_KIT] = { { 5, 1 }, 2, false },
};

/* An arc leaves room for what we hang under it. */
#define ARC_MAX (OID_MAX - 14)

static struct oid arc = { "\x88\x37\x82\x88\x14", 5 };
static char arc_text[160] = "2.999.33812";

static void
append_arc(struct oid *o, uint64_t value)
{
	int more = 0;

	for (uint64_t v = value; v > 0x7f; v >>= 7)
		more++;
	for (; more >= 0; more--)
		o->octets[o->n++] = (uint8_t)((value >> (7 * more)) & 0x7f) |
		    (more > 0 ? 0x80 : 0);
}

static bool
next_number(const char **text, uint64_t *value)
{
	const char *p = *text;

	if (*p < '0' || *p > '9' || (p[0] == '0' && p[1] >= '0' && p[1] <= '9'))
		return false;
	for (*value = 0; *p >= '0' && *p <= '9'; p++) {
		if (*value > (UINT64_MAX >> 8))
			return false;
		*value = *value * 10 + (uint64_t)(*p - '0');
	}
	if (*p == '.' && p[1] != '\0')
		p++;
	else if (*p != '\0')
		return false;
	*text = p;
	return true;
}

int
oid_parse(const char *dotted, struct oid *o)
{
	const char *p = dotted;
	uint64_t first, second, value;

	o->n = 0;
	if (!next_number(&p, &first) || *p == '\0' || !next_number(&p, &second))
		goto bad;
	if (first > 2 || (first < 2 && second > 39))
		goto bad;
	append_arc(o, first * 40 + second);
	while (*p != '\0') {
		if (!next_number(&p, &value) || o->n > OID_MAX - 10)
			goto bad;
		append_arc(o, value);
	}
	return 0;
bad:
	return err_set(ERR_INPUT, "\"%.100s\" is no object identifier", dotted);
}

int
oid_set_arc(const char *dotted)
{
	struct oid o;

	if (oid_parse(dotted, &o) == -1)
		return -1;
	if (o.n > ARC_MAX || strlen(dotted) >= sizeof(arc_text))
		return err_set(ERR_INPUT, "the arc %.60s is too long", dotted);
	arc = o;
	memcpy(arc_text, dotted, strlen(dotted) + 1);
	return 0;
}

const char *
oid_arc(void)
{
	return arc_text;
}

void
oid_build(enum oid_own which, uint64_t last, struct oid *o)
{
	*o = arc;
	for (unsigned i = 0; i < own[which].n; i++)
		append_arc(o, own[which].arcs[i]);
	if (own[which].open)
		append_arc(o, last);
}

bool
oid_is(struct span oid, enum oid_own which, uint64_t *last)
{
	size_t n = arc.n + own[which].n;
	uint64_t value = 0;

	if (oid.n < n || memcmp(oid.p, arc.octets, arc.n) != 0 ||
	    memcmp(oid.p + arc.n, own[which].arcs, own[which].n) != 0)
		return false;
	if (!own[which].open)
		return oid.n == n;
	if (oid.n == n || oid.n - n > 9)
		return false;
	for (size_t i = n; i < oid.n; i++) {
		value = value << 7 | (oid.p[i] & 0x7f);
		if (((oid.p[i] & 0x80) == 0) != (i == oid.n - 1))
			return false;
	}
	if (last != NULL)
		*last = value;
	return true;
}

struct span
oid_span(const struct oid *o)
{
	return span_of(o->octets, o->n);
}

void
oid_write(struct span oid, struct buf *out)
{
	uint64_t value = 0, first;
	bool started = false;

	for (size_t i = 0; i < oid.n; i++) {
		value = value << 7 | (oid.p[i] & 0x7f);
		if (oid.p[i] & 0x80)
			continue;
		if (!started) {
			first = value < 80 ? value / 40 : 2;
			buf_printf(out, "%" PRIu64 ".%" PRIu64, first,
			    value - first * 40);
			started = true;
		} else {
			buf_printf(out, ".%" PRIu64, value);
		}
		value = 0;
	}
}
