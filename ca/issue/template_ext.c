/*
 * The extensions of a template, RFC 5280 section 4.2, each written from its
 * end.
 */

#include <arpa/inet.h>

#include <string.h>

#include "issue/template_inside.h"
#include "x509/oid.h"

static void
ext_open(struct template *t)
{
	template_open(t); /* Extension */
	template_open(t); /* extnValue */
}

static void
ext_close(struct template *t, struct span oid, bool critical)
{
	template_close(t, DER_OCTET_STRING);
	if (critical)
		der_put_bool(&t->fixed, true);
	der_put_oid(&t->fixed, oid);
	template_close(t, DER_SEQUENCE);
}

static void
ext_close_own(struct template *t, enum oid_own which)
{
	struct oid oid;

	oid_build(which, 0, &oid);
	ext_close(t, oid_span(&oid), false);
}

static void
authority_key_id(struct template *t, const struct template_spec *s)
{
	ext_open(t);
	template_open(t);
	template_open(t);
	if (s->issuer != NULL)
		der_put_span(&t->fixed, s->issuer->subject_key_id);
	else
		template_step(t, STEP_KEY_ID);
	template_close(t, DER_CONTEXT(0));
	template_close(t, DER_SEQUENCE);
	ext_close(t, oid_authority_key_id, false);
}

static void
subject_key_id(struct template *t)
{
	ext_open(t);
	template_open(t);
	template_step(t, STEP_KEY_ID);
	template_close(t, DER_OCTET_STRING);
	ext_close(t, oid_subject_key_id, false);
}

static void
key_usage(struct template *t)
{
	ext_open(t);
	der_put_named_bits(&t->fixed, t->spec.profile->key_usage);
	ext_close(t, oid_key_usage, true);
}

static void
ext_key_usage(struct template *t)
{
	unsigned purposes = t->spec.profile->purposes;
	struct oid receipt, feed, request;

	if (purposes == 0)
		return;
	oid_build(OID_RECEIPT_SIGNING, 0, &receipt);
	oid_build(OID_FEED_SIGNING, 0, &feed);
	oid_build(OID_REQUEST_SIGNING, 0, &request);
	ext_open(t);
	template_open(t);
	if (purposes & EKU_REQUEST_SIGNING)
		der_put_oid(&t->fixed, oid_span(&request));
	if (purposes & EKU_FEED_SIGNING)
		der_put_oid(&t->fixed, oid_span(&feed));
	if (purposes & EKU_RECEIPT_SIGNING)
		der_put_oid(&t->fixed, oid_span(&receipt));
	if (purposes & EKU_CMC_RA)
		der_put_oid(&t->fixed, oid_cmc_ra);
	if (purposes & EKU_OCSP_SIGNING)
		der_put_oid(&t->fixed, oid_ocsp_signing);
	if (purposes & EKU_SERVER_AUTH)
		der_put_oid(&t->fixed, oid_server_auth);
	if (purposes & EKU_CLIENT_AUTH)
		der_put_oid(&t->fixed, oid_client_auth);
	template_close(t, DER_SEQUENCE);
	ext_close(t, oid_ext_key_usage, false);
}

static void
basic_constraints(struct template *t)
{
	if (!t->spec.profile->ca)
		return;
	ext_open(t);
	template_open(t);
	der_put_uint(&t->fixed, (uint64_t)t->spec.profile->path_length);
	der_put_bool(&t->fixed, true);
	template_close(t, DER_SEQUENCE);
	ext_close(t, oid_basic_constraints, true);
}

static void
policy(struct template *t, enum profile_kind role, unsigned level)
{
	struct oid oid;

	oid_build(role == PROFILE_TRE ? OID_POLICY_TRE : OID_POLICY_TERMINAL,
	    level, &oid);
	template_open(t);
	der_put_oid(&t->fixed, oid_span(&oid));
	template_close(t, DER_SEQUENCE);
}

static void
policies(struct template *t, const struct template_spec *s)
{
	if (t->spec.profile->policy == CERT_POLICY_NONE)
		return;
	ext_open(t);
	template_open(t);
	if (t->spec.profile->policy == CERT_POLICY_ALL_LEVELS)
		for (unsigned level = 4; level >= 1; level--)
			policy(t, s->role, level);
	else
		policy(t, t->spec.profile->kind,
		    t->spec.profile->kind == PROFILE_TRE ? s->tre.level
							 : s->terminal.level);
	template_close(t, DER_SEQUENCE);
	ext_close(t, oid_policies, true);
}

/* otherName [0] { OID, [0] { hwType, hwSerialNum } }, RFC 4108 section 5 */
static void
hardware_name(struct template *t, uint64_t model)
{
	struct oid oid;

	oid_build(OID_MODEL, model, &oid);
	template_open(t);
	template_open(t);
	template_open(t);
	template_open(t);
	template_step(t, STEP_DEVICE_ID);
	template_close(t, DER_OCTET_STRING);
	der_put_oid(&t->fixed, oid_span(&oid));
	template_close(t, DER_SEQUENCE);
	template_close(t, DER_CONTEXT_CONS(0));
	der_put_oid(&t->fixed, oid_hardware_module_name);
	template_close(t, DER_CONTEXT_CONS(0));
}

static void
hosts(struct template *t, const struct template_spec *s)
{
	uint8_t address[16];

	for (size_t i = s->nhosts; i-- > 0;)
		if (inet_pton(AF_INET, s->hosts[i], address) == 1)
			der_put_tlv(
			    &t->fixed, DER_CONTEXT(7), span_of(address, 4));
		else if (inet_pton(AF_INET6, s->hosts[i], address) == 1)
			der_put_tlv(
			    &t->fixed, DER_CONTEXT(7), span_of(address, 16));
		else
			der_put_tlv(
			    &t->fixed, DER_CONTEXT(2), span_str(s->hosts[i]));
}

static void
alt_name(struct template *t, const struct template_spec *s)
{
	if (t->spec.profile->alt_name == ALT_NAME_NONE)
		return;
	ext_open(t);
	template_open(t);
	if (t->spec.profile->alt_name == ALT_NAME_HARDWARE)
		hardware_name(t, s->model_id);
	else
		hosts(t, s);
	template_close(t, DER_SEQUENCE);
	ext_close(t, oid_alt_name, false);
}

/* rfc822Name "", dNSName "", iPAddress 0.0.0.0/0 and ::/0: whole trees. */
static void
other_names(struct template *t)
{
	static const uint8_t everywhere[32];
	const struct {
		uint8_t tag;
		size_t n;
	} trees[] = { { DER_CONTEXT(7), 32 }, { DER_CONTEXT(7), 8 },
		{ DER_CONTEXT(2), 0 }, { DER_CONTEXT(1), 0 } };

	template_open(t);
	for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++) {
		template_open(t);
		der_put_tlv(
		    &t->fixed, trees[i].tag, span_of(everywhere, trees[i].n));
		template_close(t, DER_SEQUENCE);
	}
	template_close(t, DER_CONTEXT_CONS(1));
}

/* Permitted: names that begin with the subject's C and O. */
static void
name_constraints(struct template *t, const struct template_spec *s)
{
	struct name base = { 0 };

	if (!t->spec.profile->name_constraints)
		return;
	base.country = span_str(s->country);
	base.organisation = span_str(s->organisation);
	ext_open(t);
	template_open(t);
	if (t->spec.profile->no_other_names)
		other_names(t);
	template_open(t);
	template_open(t);
	template_open(t);
	name_put(&t->fixed, &base);
	template_close(t, DER_CONTEXT_CONS(4));
	template_close(t, DER_SEQUENCE);
	template_close(t, DER_CONTEXT_CONS(0));
	template_close(t, DER_SEQUENCE);
	ext_close(t, oid_name_constraints, true);
}

/* The address with a hole where the shard's number is. */
static void
crl_address(struct template *t, const struct template_spec *s)
{
	struct buf url = BUF_EMPTY;
	size_t behind = strlen(".crl");

	template_crl_url(&url, s->public_url, s->issuer_id, 0);
	if (s->issuer_id == TEMPLATE_ROOT_ID) {
		der_put_span(&t->fixed, buf_span(&url));
	} else {
		der_put(&t->fixed, url.p + url.n - behind, behind);
		template_step(t, STEP_SHARD);
		der_put(&t->fixed, url.p, url.n - behind - 1);
	}
	buf_free(&url);
}

static void
crl_points(struct template *t, const struct template_spec *s)
{
	if (!t->spec.profile->crl_point)
		return;
	ext_open(t);
	template_open(t);
	template_open(t);
	template_open(t);
	template_open(t);
	template_open(t);
	crl_address(t, s);
	template_close(t, DER_CONTEXT(6));
	template_close(t, DER_CONTEXT_CONS(0));
	template_close(t, DER_CONTEXT_CONS(0));
	template_close(t, DER_SEQUENCE);
	template_close(t, DER_SEQUENCE);
	ext_close(t, oid_crl_points, false);
}

static void
access_method(struct template *t, struct span method, struct buf *url)
{
	template_open(t);
	der_put_tlv(&t->fixed, DER_CONTEXT(6), buf_span(url));
	der_put_oid(&t->fixed, method);
	template_close(t, DER_SEQUENCE);
	buf_free(url);
}

static void
info_access(struct template *t, const struct template_spec *s)
{
	struct buf url = BUF_EMPTY;

	if (!t->spec.profile->ocsp && !t->spec.profile->issuer_url)
		return;
	ext_open(t);
	template_open(t);
	if (t->spec.profile->issuer_url) {
		template_issuer_url(&url, s->public_url, s->issuer_id);
		access_method(t, oid_ad_ca_issuers, &url);
	}
	if (t->spec.profile->ocsp) {
		template_ocsp_url(&url, s->public_url);
		access_method(t, oid_ad_ocsp, &url);
	}
	template_close(t, DER_SEQUENCE);
	ext_close(t, oid_info_access, false);
}

static void
ocsp_nocheck(struct template *t)
{
	if (!t->spec.profile->ocsp_nocheck)
		return;
	ext_open(t);
	der_put_null(&t->fixed);
	ext_close(t, oid_ocsp_nocheck, false);
}

static void
tre_info(struct template *t, const struct template_spec *s)
{
	ext_open(t);
	tre_info_put(&t->fixed, &s->tre);
	ext_close_own(t, OID_TRE_INFO);
}

/* The TAC's octets are a hole in the middle of fixed ones. */
static void
terminal_info(struct template *t, const struct template_spec *s)
{
	static const uint8_t digits[8] = "00000000";
	struct terminal_info info = s->terminal;
	uint8_t space[1024];
	struct span der;
	struct der w;
	size_t before;

	info.tac = span_of(digits, sizeof(digits));
	der_start(&w, space, sizeof(space));
	terminal_info_put(&w, &info);
	if (der_done(&w, &der) == -1) {
		t->full = true;
		return;
	}
	/* where the TAC ends: behind it stand CoC, site and level */
	der_start(&w, space, (size_t)(der.p - space));
	der_put_uint(&w, info.level);
	der_put_tlv(&w, DER_UTF8, info.site);
	der_put_tlv(&w, DER_UTF8, info.coc_number);
	before = der.n - der_mark(&w) - sizeof(digits);
	ext_open(t);
	der_put(&t->fixed, der.p + before + sizeof(digits), der_mark(&w));
	template_step(t, STEP_TAC);
	der_put(&t->fixed, der.p, before);
	ext_close_own(t, OID_TERMINAL_INFO);
}

static void
tre_binding(struct template *t)
{
	ext_open(t);
	template_step(t, STEP_BINDING);
	ext_close_own(t, OID_TRE_BINDING);
}

void
template_extensions(struct template *t, const struct template_spec *s)
{
	template_open(t);
	template_open(t);
	if (t->spec.profile->kind == PROFILE_TERMINAL) {
		tre_binding(t);
		terminal_info(t, s);
	}
	if (t->spec.profile->kind == PROFILE_TRE)
		tre_info(t, s);
	ocsp_nocheck(t);
	info_access(t, s);
	crl_points(t, s);
	name_constraints(t, s);
	alt_name(t, s);
	policies(t, s);
	basic_constraints(t);
	ext_key_usage(t);
	key_usage(t);
	subject_key_id(t);
	authority_key_id(t, s);
	template_close(t, DER_SEQUENCE);
	template_close(t, DER_CONTEXT_CONS(3));
}
