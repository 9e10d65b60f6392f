/*
 * A second pair of eyes on every certificate before it is signed: one rule, one
 * function; the table at the end is all that is checked.
 */

#include <string.h>

#include "base/err.h"
#include "issue/lint_inside.h"
#include "x509/der.h"

bool
lint_is_text(struct span have, const char *want)
{
	if (want == NULL)
		return have.n == 0;
	return span_equal(have, span_str(want));
}

static bool
is_device(const struct lint *l)
{
	return l->p->kind == PROFILE_TRE || l->p->kind == PROFILE_TERMINAL;
}

/* RFC 5280 4.1.2.2; CA/Browser Forum BR 7.1: 64 bits at least */
static bool
serial_fits(const struct lint *l)
{
	struct span want = l->row->serial;

	while (want.n > 0 && want.p[0] == 0)
		want = span_of(want.p + 1, want.n - 1);
	return span_equal(l->c->serial, want) && want.n >= 8;
}

static bool
algorithm_fits(const struct lint *l)
{
	return l->c->signed_with == key_kind(l->s->issuer_key);
}

static bool
issuer_fits(const struct lint *l)
{
	if (l->s->issuer == NULL)
		return l->p->kind == PROFILE_ROOT &&
		    span_equal(l->c->issuer.der, l->c->subject.der);
	return span_equal(l->c->issuer.der, l->s->issuer->subject.der);
}

static bool
subject_fits(const struct lint *l)
{
	const struct name *n = &l->c->subject;

	if (n->foreign || l->c->issuer.foreign)
		return false;
	if (is_device(l) ? !span_equal(n->serial_number, l->row->device_id)
			 : n->serial_number.n != 0)
		return false;
	return lint_is_text(n->country, l->s->country) &&
	    lint_is_text(n->organisation, l->s->organisation) &&
	    lint_is_text(n->unit, l->s->unit) &&
	    lint_is_text(n->common_name, l->s->common_name);
}

static bool
dates_fit(const struct lint *l)
{
	const struct cert *c = l->c;

	if (c->not_before != l->s->not_before ||
	    c->not_after != l->s->not_after)
		return false;
	if (l->p->validity == PROFILE_ENDLESS)
		return cert_is_endless(c);
	return c->not_after - c->not_before < l->p->validity;
}

static bool
key_fits(const struct lint *l)
{
	return l->c->key_kind == l->row->key &&
	    (l->p->keys & 1u << l->c->key_kind) != 0 &&
	    span_equal(l->c->point, l->row->point) &&
	    !key_is_known_test_key(l->c->key_kind, l->c->point);
}

static const struct {
	const char *code;
	bool (*holds)(const struct lint *);
	const char *sentence;
} rules[] = {
	{ "LINT_SERIAL", serial_fits,
	    "the serial number is not the reserved one (RFC 5280 4.1.2.2)" },
	{ "LINT_ALGORITHM", algorithm_fits,
	    "the signature's algorithm is not that of the issuer's key" },
	{ "LINT_ISSUER", issuer_fits, "the issuer is not the CA's subject" },
	{ "LINT_SUBJECT", subject_fits, "the subject is not the ordered one" },
	{ "LINT_DATES", dates_fit, "the validity is not the profile's" },
	{ "LINT_KEY", key_fits, "the key is not the subject's" },
	{ "LINT_ISSUER_MAY", lint_issuer_may,
	    "its issuer may not issue it (CA, keyCertSign, path length, key "
	    "purposes)" },
	{ "LINT_OUTLIVES", lint_is_within_issuers_validity,
	    "it begins or ends outside its issuer's validity" },
	{ "LINT_LINK", lint_link_has_its_issuers_name,
	    "a link is between two roots of the same name, each with a key of "
	    "its own" },
	{ "LINT_ISSUER_POLICIES", lint_issuers_policies_fit,
	    "a policy of it is none of its issuer's (RFC 5280 6.1)" },
	{ "LINT_EXTENSIONS", lint_extensions_fit,
	    "an extension is missing or too many" },
	{ "LINT_ORDER", lint_order_fits, "the extensions are out of order" },
	{ "LINT_CRITICAL", lint_criticality_fits,
	    "an extension is critical that must not be, or the reverse" },
	{ "LINT_KEY_ID", lint_key_ids_fit,
	    "a key identifier is not of its key (RFC 7093)" },
	{ "LINT_KEY_USAGE", lint_usage_fits,
	    "the key usage is not the profile's" },
	{ "LINT_CONSTRAINTS", lint_constraints_fit,
	    "the basic constraints are not the profile's" },
	{ "LINT_POLICIES", lint_policies_fit,
	    "the policies are not those of role and level" },
	{ "LINT_ALT_NAME", lint_alt_name_fits,
	    "the alternative name is not the subject's" },
	{ "LINT_SCOPE", lint_scope_fits, "the name constraints are not kept" },
	{ "LINT_CRL_POINT", lint_crl_url_fits,
	    "the CRL's address is not that of its shard" },
	{ "LINT_ACCESS", lint_access_urls_fit,
	    "an address of OCSP or of the issuer is wrong" },
	{ "LINT_KIND", lint_usage_is_of_its_kind,
	    "no certificate of its kind may be used like that, whatever the "
	    "profile says" },
	{ "LINT_KIND_HAS", lint_has_what_its_kind_has,
	    "no certificate of its kind has these extensions, whatever the "
	    "profile says" },
	{ "LINT_TOO_LONG", lint_is_short_enough,
	    "no certificate of its kind may be valid for so long" },
	{ "LINT_REVOCABLE", lint_can_be_revoked,
	    "nobody could learn of its revocation: neither a CRL nor OCSP is "
	    "named in it" },
	{ "LINT_TRE_INFO", lint_tre_info_fits, "treInfo is not the model's" },
	{ "LINT_TERMINAL_INFO", lint_terminal_info_fits,
	    "terminalInfo is not the model's" },
	{ "LINT_BINDING", lint_binding_fits, "treBinding is not of its TrE" },
};

int
lint_check(struct span tbs, const struct template_spec *s,
    const struct template_row *row)
{
	struct cert c;
	struct lint l = { &c, s, row, s->profile };

	if (cert_read_content(tbs, &c) == -1)
		return err_set_code(
		    ERR_INTERNAL, "LINT_FORM", "%s", err_text());
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (!rules[i].holds(&l))
			return err_set_code(ERR_INTERNAL, rules[i].code,
			    "a certificate failed its inspection: %s",
			    rules[i].sentence);
	return 0;
}

/* Numbers of half their width would tell of a broken generator. */
static bool
is_ecdsa(struct span signature, size_t width)
{
	struct span in, r, s;

	return der_get_only(signature, DER_SEQUENCE, "it", &in) == 0 &&
	    der_get_integer(&in, &r) == 0 && der_get_integer(&in, &s) == 0 &&
	    der_end(in, "it") == 0 && r.n <= width && s.n <= width &&
	    r.n > width / 2 && s.n > width / 2;
}

int
lint_check_signed(
    struct span der, struct span content, const struct key *issuer_key)
{
	enum key_kind kind = key_kind(issuer_key);
	struct span in, tbs, algorithm, signature;

	if (der_get_only(der, DER_SEQUENCE, "it", &in) == -1 ||
	    der_get_whole(&in, DER_SEQUENCE, &tbs) == -1 ||
	    der_get_whole(&in, DER_SEQUENCE, &algorithm) == -1 ||
	    der_get_octet_bits(&in, &signature) == -1 ||
	    der_end(in, "it") == -1 || !span_equal(tbs, content))
		return err_set_code(ERR_INTERNAL, "LINT_FORM",
		    "a certificate is not what was to be signed");
	if (!span_equal(algorithm, key_algorithm_of_signatures(kind)) ||
	    (key_has_two_forms(kind)
		    ? !is_ecdsa(signature, key_point_size(kind) / 2)
		    : signature.n != key_signature_usual(kind)))
		return err_set_code(ERR_INTERNAL, "LINT_SIGNATURE",
		    "a signature has not the form of its issuer's key");
	return 0;
}

bool
lint_has_failed(void)
{
	return strncmp(err_code(), "LINT_", 5) == 0;
}
