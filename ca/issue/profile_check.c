/*
 * What a profile must be like, and which keys it takes.
 */

#include "base/clock.h"
#include "base/err.h"
#include "issue/profile.h"
#include "issue/profile_inside.h"
#include "x509/cert.h"

static bool
is_device(const struct profile *p)
{
	return p->kind == PROFILE_TRE || p->kind == PROFILE_TERMINAL;
}

static bool
is_ocsp_signer(const struct profile *p)
{
	return p->kind == PROFILE_OCSP_SIGNER ||
	    p->kind == PROFILE_ROOT_OCSP_SIGNER;
}

/* A block of which all are revoked makes a CRL of 40 megabytes. */
#define CRL_INDEXES_MAX (UINT64_C(1) << 20)

/* What is a CA, and what belongs to CAs. */
static const char *
breach_of_cas(const struct profile *p)
{
	if (p->validity == 0)
		return "validity is missing";
	if (p->key_usage == 0)
		return "keyUsage is missing";
	if (p->ca != (p->kind <= PROFILE_DELEGATED_CA))
		return "basicConstraints belong to the kinds of CA";
	if (p->ca && p->path_length != (p->kind <= PROFILE_ROOT_LINK ? 1 : 0))
		return "paths have exactly three certificates: the path "
		       "length of roots and links is 1, of others 0";
	if (p->ca != ((p->key_usage & KU_KEY_CERT_SIGN) != 0))
		return "keyCertSign belongs to CAs (RFC 5280 4.2.1.3)";
	if (!p->ca && p->crl_shard != 0)
		return "crl_shard belongs to CAs";
	if (p->crl_shard > CRL_INDEXES_MAX)
		return "what a delta is about is kept in memory: crl_shard is "
		       "1048576 at most";
	if (p->crl_shard == 0 &&
	    (p->kind == PROFILE_ACCESS_CA || p->kind == PROFILE_ISSUING_CA))
		return "one CRL for all that it ever issues would grow without "
		       "end: access_ca and issuing_ca have a crl_shard";
	if (p->crl_complete != 0 && p->crl_shard == 0)
		return "crl_complete belongs to CAs whose CRLs are of blocks: "
		       "without crl_shard there is nothing but a complete one";
	if (p->kind == PROFILE_ROOT
		? p->crl_validity < DAY || p->crl_validity > 366 * DAY
		: p->crl_validity != 0)
		return "crl_validity belongs to the root, and is from 1 to "
		       "366 days";
	return NULL;
}

/* Suppliers' CAs, ours and their own. */
static const char *
breach_of_issuers(const struct profile *p)
{
	bool delegated = p->kind == PROFILE_DELEGATED_CA;
	bool issuing = p->kind == PROFILE_ISSUING_CA || delegated;

	if ((p->policy == CERT_POLICY_ALL_LEVELS) != issuing ||
	    p->name_constraints != issuing)
		return "issuing_ca and delegated_ca, and no other, have all "
		       "levels and name constraints";
	if (p->no_other_names != delegated)
		return "delegated_ca, and no other, has excludeOtherNames";
	if (delegated && p->crl_shard != 0)
		return "delegated_ca has one CRL, its supplier's: crl_shard "
		       "is 0";
	if (delegated && p->validity > 1095 * DAY)
		return "delegated_ca is for 1095 days at most";
	return NULL;
}

/* Devices, and keys. */
static const char *
breach_of_subjects(const struct profile *p)
{
	if ((p->policy == CERT_POLICY_LEVEL) != is_device(p) ||
	    (p->alt_name == ALT_NAME_HARDWARE) != is_device(p))
		return "devices, and no others, have a level and a "
		       "hardwareModuleName";
	if (p->keys == 0)
		return "key is missing";
	if (p->key == KEY_RSA ||
	    (p->kind != PROFILE_ACCESS && (p->keys & 1u << KEY_RSA) != 0))
		return "RSA keys are for access alone, and never the first of "
		       "the list: none is made here";
	return NULL;
}

static const char *
breach_of_lives(const struct profile *p)
{
	if (p->kind == PROFILE_ACCESS && p->validity > 397 * DAY)
		return "access is for 397 days at most";
	if ((p->kind == PROFILE_OCSP_SIGNER ||
		p->kind == PROFILE_RECEIPT_SIGNER ||
		p->kind == PROFILE_FEED_SIGNER ||
		p->kind == PROFILE_REQUEST_SIGNER ||
		p->kind == PROFILE_CMP_SIGNER) &&
	    p->validity > 30 * DAY)
		return "delegated signers are for 30 days at most";
	if (p->kind == PROFILE_ROOT_OCSP_SIGNER && p->validity > 366 * DAY)
		return "root_ocsp_signer is for 366 days at most";
	return NULL;
}

static const char *
breach_of_purposes(const struct profile *p)
{
	if ((is_device(p) || p->kind == PROFILE_DELEGATED_CA) &&
	    p->purposes != EKU_CLIENT_AUTH)
		return "devices, and delegated_ca which certifies them, have "
		       "extendedKeyUsage clientAuth alone: none is a server";
	if ((p->purposes == EKU_OCSP_SIGNING) != is_ocsp_signer(p))
		return "OCSPSigning belongs to ocsp_signer and "
		       "root_ocsp_signer alone";
	if ((p->purposes == EKU_FEED_SIGNING) !=
	    (p->kind == PROFILE_FEED_SIGNER))
		return "feedSigning belongs to feed_signer alone";
	if ((p->purposes == EKU_REQUEST_SIGNING) !=
	    (p->kind == PROFILE_REQUEST_SIGNER))
		return "requestSigning belongs to request_signer alone";
	if ((p->purposes == EKU_CMC_RA) != (p->kind == PROFILE_CMP_SIGNER))
		return "cmcRA belongs to cmp_signer alone";
	return NULL;
}

const char *
profile_breach(const struct profile *p)
{
	static const char *(*const rules[])(const struct profile *) = {
		breach_of_cas,
		breach_of_issuers,
		breach_of_subjects,
		breach_of_lives,
		breach_of_purposes,
	};
	const char *why = NULL;

	for (size_t i = 0; why == NULL && i < sizeof(rules) / sizeof(rules[0]);
	     i++)
		why = rules[i](p);
	return why;
}

int
profile_check_key(const struct profile *p, enum key_kind kind)
{
	struct buf allowed = BUF_EMPTY;

	if ((p->keys & 1u << kind) != 0)
		return 0;
	for (int i = 0; i < KEY_KINDS; i++)
		if ((p->keys & 1u << i) != 0)
			buf_printf(&allowed, "%s%s", allowed.n > 0 ? ", " : "",
			    key_name((enum key_kind)i));
	(void)err_set_code(ERR_INPUT, "KEY_NOT_ALLOWED",
	    "a key of %s is not allowed here: the certificate profile \"%s\" "
	    "takes %s",
	    key_name(kind), p->name, buf_str(&allowed));
	buf_free(&allowed);
	return -1;
}
