/*
 * What may be issued at all: by that issuer, and of that kind.  None of this
 * asks the profile, which may be wrong itself.
 */

#include "base/clock.h"
#include "issue/lint_inside.h"

/* RFC 5280 sections 4.2.1.3, 4.2.1.9 and 4.2.1.12 */
bool
lint_issuer_may(const struct lint *l)
{
	const struct cert *up = l->s->issuer, *c = l->c;

	if (up == NULL)
		return c->ca && (c->key_usage & KU_KEY_CERT_SIGN) != 0 &&
		    span_equal(c->point, key_point(l->s->issuer_key));
	if (!up->ca || (up->key_usage & KU_KEY_CERT_SIGN) == 0 ||
	    !span_equal(up->spki, key_spki(l->s->issuer_key)))
		return false;
	/* long-lived as it is, it speaks about CAs only */
	if (l->p->kind == PROFILE_ROOT_OCSP_SIGNER && up->path_length < 1)
		return false;
	if (c->ca && l->p->kind != PROFILE_ROOT_LINK &&
	    (up->path_length < 1 || c->path_length < 0 ||
		c->path_length >= up->path_length))
		return false;
	return (up->present & CERT_EXT_KEY_USAGE) == 0 ||
	    (c->purposes != 0 && (c->purposes & ~up->purposes) == 0);
}

/*
 * A link from root to root is self-issued: only so is it not counted by path
 * lengths (RFC 5280 section 4.2.1.9).  Another root's key, no longer path.
 */
bool
lint_link_has_its_issuers_name(const struct lint *l)
{
	const struct cert *up = l->s->issuer, *c = l->c;

	return l->p->kind != PROFILE_ROOT_LINK ||
	    (up != NULL && up->path_length >= 1 && c->path_length == 1 &&
		span_equal(c->subject.der, up->subject.der) &&
		!span_equal(c->point, up->point));
}

/*
 * A device's certificate has no end (RFC 5280 4.1.2.5) and outlives its
 * issuer: its path is judged at the time of its issue.
 */
bool
lint_is_within_issuers_validity(const struct lint *l)
{
	const struct cert *up = l->s->issuer, *c = l->c;
	bool device =
	    l->p->kind == PROFILE_TRE || l->p->kind == PROFILE_TERMINAL;

	if (c->not_after < c->not_before)
		return false;
	if (up == NULL)
		return true;
	return c->not_before >= up->not_before &&
	    c->not_before <= up->not_after &&
	    (device || c->not_after <= up->not_after);
}

bool
lint_issuers_policies_fit(const struct lint *l)
{
	const struct cert *up = l->s->issuer;
	size_t i, j;

	if (up == NULL || (up->present & CERT_POLICIES_EXT) == 0)
		return true;
	for (i = 0; i < l->c->npolicies; i++) {
		for (j = 0; j < up->npolicies; j++)
			if (span_equal(l->c->policies[i], up->policies[j]))
				break;
		if (j == up->npolicies)
			return false;
	}
	return true;
}

/*
 * What each kind is for: the one set of usages and purposes.  A device's CN is
 * its model's handle, which may be somebody's host name: who falls back to the
 * CN, against RFC 9525, must not take a device for a server, whoever's CA it
 * is.
 */
static const struct {
	unsigned key_usage, purposes;
	int64_t longest; /* seconds; 0: without an end */
} kinds[PROFILE_KINDS] = {
	[PROFILE_ROOT] = { KU_KEY_CERT_SIGN | KU_CRL_SIGN, 0, 9132 * DAY },
	[PROFILE_ROOT_LINK] = { KU_KEY_CERT_SIGN | KU_CRL_SIGN, 0, 9132 * DAY },
	[PROFILE_ACCESS_CA] = { KU_KEY_CERT_SIGN | KU_CRL_SIGN, 0, 9132 * DAY },
	[PROFILE_ISSUING_CA] = { KU_KEY_CERT_SIGN | KU_CRL_SIGN, 0,
	    9132 * DAY },
	[PROFILE_DELEGATED_CA] = { KU_KEY_CERT_SIGN | KU_CRL_SIGN,
	    EKU_CLIENT_AUTH, 1096 * DAY },
	[PROFILE_ACCESS] = { KU_DIGITAL_SIGNATURE, EKU_CLIENT_AUTH, 398 * DAY },
	[PROFILE_TLS_SERVER] = { KU_DIGITAL_SIGNATURE, EKU_SERVER_AUTH,
	    398 * DAY },
	[PROFILE_OCSP_SIGNER] = { KU_DIGITAL_SIGNATURE, EKU_OCSP_SIGNING,
	    31 * DAY },
	[PROFILE_ROOT_OCSP_SIGNER] = { KU_DIGITAL_SIGNATURE, EKU_OCSP_SIGNING,
	    367 * DAY },
	[PROFILE_RECEIPT_SIGNER] = { KU_DIGITAL_SIGNATURE, EKU_RECEIPT_SIGNING,
	    31 * DAY },
	[PROFILE_FEED_SIGNER] = { KU_DIGITAL_SIGNATURE, EKU_FEED_SIGNING,
	    31 * DAY },
	[PROFILE_REQUEST_SIGNER] = { KU_DIGITAL_SIGNATURE, EKU_REQUEST_SIGNING,
	    31 * DAY },
	[PROFILE_CMP_SIGNER] = { KU_DIGITAL_SIGNATURE, EKU_CMC_RA, 31 * DAY },
	[PROFILE_TRE] = { KU_DIGITAL_SIGNATURE, EKU_CLIENT_AUTH, 0 },
	[PROFILE_TERMINAL] = { KU_DIGITAL_SIGNATURE, EKU_CLIENT_AUTH, 0 },
};

bool
lint_usage_is_of_its_kind(const struct lint *l)
{
	return l->c->key_usage == kinds[l->p->kind].key_usage &&
	    l->c->purposes == kinds[l->p->kind].purposes &&
	    l->c->ca == (l->p->kind <= PROFILE_DELEGATED_CA);
}

/*
 * The same of extensions, but for those by which its revocation is told:
 * without them a supplier's CA would speak for everybody, and a device for no
 * model.
 */
static const struct {
	enum profile_kind kind;
	unsigned has;
} specials[] = {
	{ PROFILE_ISSUING_CA, CERT_POLICIES_EXT | CERT_NAME_CONSTRAINTS },
	{ PROFILE_DELEGATED_CA, CERT_POLICIES_EXT | CERT_NAME_CONSTRAINTS },
	{ PROFILE_TLS_SERVER, CERT_ALT_NAME },
	{ PROFILE_TRE, CERT_POLICIES_EXT | CERT_ALT_NAME | CERT_TRE_INFO },
	{ PROFILE_TERMINAL,
	    CERT_POLICIES_EXT | CERT_ALT_NAME | CERT_TERMINAL_INFO |
		CERT_TRE_BINDING },
};

static unsigned
extensions_of(enum profile_kind kind)
{
	unsigned has =
	    CERT_AUTHORITY_KEY_ID | CERT_SUBJECT_KEY_ID | CERT_KEY_USAGE;

	has |= kind <= PROFILE_DELEGATED_CA ? CERT_BASIC_CONSTRAINTS : 0;
	has |= kinds[kind].purposes != 0 ? CERT_EXT_KEY_USAGE : 0;
	for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++)
		has |= specials[i].kind == kind ? specials[i].has : 0;
	return has;
}

bool
lint_has_what_its_kind_has(const struct lint *l)
{
	const unsigned told =
	    CERT_CRL_POINTS | CERT_INFO_ACCESS | CERT_OCSP_NOCHECK;
	enum profile_kind kind = l->p->kind;

	if ((l->c->present & ~told) != extensions_of(kind) ||
	    l->c->no_other_names != (kind == PROFILE_DELEGATED_CA))
		return false;
	return !l->c->ca ||
	    l->c->path_length == (kind <= PROFILE_ROOT_LINK ? 1 : 0);
}

bool
lint_is_short_enough(const struct lint *l)
{
	int64_t longest = kinds[l->p->kind].longest;

	return longest == 0 || l->c->not_after - l->c->not_before < longest;
}

/*
 * Nobody revokes a root by asking it, nor an OCSP signer, which is short-lived
 * instead, or speaks about CAs only, and alone may say so (RFC 6960 section
 * 4.2.2.2.1).
 */
bool
lint_can_be_revoked(const struct lint *l)
{
	bool unasked = l->p->kind == PROFILE_OCSP_SIGNER ||
	    l->p->kind == PROFILE_ROOT_OCSP_SIGNER;

	if (((l->c->present & CERT_OCSP_NOCHECK) != 0) != unasked)
		return false;
	return l->p->kind == PROFILE_ROOT || unasked || l->c->crl_url.n != 0 ||
	    l->c->ocsp_url.n != 0;
}
