#ifndef ISSUE_TEMPLATE_H
#define ISSUE_TEMPLATE_H

#include <stdint.h>

#include "issue/profile.h"
#include "x509/cert.h"

/*
 * The one certificate builder.  All that is the same for every certificate of
 * an issuer, a profile and a lot is made DER once; each certificate is then
 * put together backwards around what differs, and signed.
 */

#define TEMPLATE_HOSTS CERT_HOSTS

/* What all certificates of a template share.  What it points at must outlive
 * the template: each certificate is held against it. */
struct template_spec {
	const struct profile *profile;
	/* NULL with the root's own profile: self-signed */
	const struct cert *issuer;
	const struct key *issuer_key; /* public will do, but to sign */
	uint32_t issuer_id;	      /* in addresses; not of the root */
	const char *public_url;	      /* "http://host:port", no slash behind */
	uint64_t crl_shard; /* indexes a shard of the issuer covers; 0: one */
	int64_t not_before, not_after; /* profile_dates() */
	bool any_order; /* of extensions: for lint of what others built */

	/* subject; serialNumber comes with each certificate */
	const char *country, *organisation, *unit, *common_name;
	/* of an issuing CA: whose levels it may assert, PATH_TRE or _TERMINAL
	 */
	enum profile_kind role; /* PROFILE_TRE or PROFILE_TERMINAL */
	/* of a TLS server; a text that is an IP address becomes one */
	const char *const *hosts;
	size_t nhosts;
	/* of devices: the model in hardwareModuleName, and the extensions */
	uint64_t model_id;
	struct tre_info tre;	       /* PROFILE_TRE */
	struct terminal_info terminal; /* PROFILE_TERMINAL; tac: each its own */
};

/* What one certificate has of its own. */
struct template_row {
	struct span serial;	    /* big-endian, issue/serial.h */
	uint64_t index;		    /* in its issuer: tells the CRL shard */
	enum key_kind key;	    /* the subject's: its algorithm ... */
	struct span point;	    /* ... and itself */
	struct span device_id;	    /* serialNumber; devices only */
	struct span tac;	    /* terminals only, 8 digits */
	struct tre_binding binding; /* terminals only */
};

struct template;

/* NULL with ERR_INPUT when the spec lacks or contradicts something. */
struct template *template_new(const struct template_spec *);
void template_free(struct template *);

/*
 * What is to be signed, and what lint (lint.h) has found no fault in: nothing
 * else is ever signed.  Only template_prepare() makes one.
 */
struct template_linted {
	struct span content; /* TBSCertificate */
};

/*
 * Build what is to be signed into space, and have it inspected by lint: a
 * fault is ERR_INTERNAL with code LINT_...  The row's points must have been
 * checked (key_from_point(), csr_parse()).
 */
int template_prepare(struct template *, const struct template_row *,
    uint8_t *space, size_t size, struct template_linted *);
/*
 * Sign it; the certificate goes into space (CERT_MAX octets are always
 * enough), der is where it came to stand in it.  The content may lie in space.
 */
int template_sign(struct template *, const struct template_linted *,
    uint8_t *space, size_t size, struct span *der);
/* Both. */
int template_build(struct template *, const struct template_row *,
    uint8_t *space, size_t size, struct span *der);

/*
 * The addresses in certificates, which the publisher serves and the CRL's
 * issuing distribution point repeats octet for octet.
 *	URL/crl/ISSUER/SHARD.crl	URL/crl/root.crl
 * In CRLs alone stands where the deltas of a shard are, and nowhere where the
 * CRL of a whole issuer is:
 *	URL/crl/ISSUER/SHARD-delta.crl	URL/crl/ISSUER/complete.crl
 *	URL/ca/ISSUER.cer		URL/ca/root.cer		URL/ocsp
 */
#define TEMPLATE_ROOT_ID 1
void template_crl_url(
    struct buf *, const char *public_url, uint32_t issuer_id, uint64_t shard);
void template_delta_url(
    struct buf *, const char *public_url, uint32_t issuer_id, uint64_t shard);
void template_complete_url(
    struct buf *, const char *public_url, uint32_t issuer_id);
void template_issuer_url(
    struct buf *, const char *public_url, uint32_t issuer_id);
void template_ocsp_url(struct buf *, const char *public_url);

#endif
