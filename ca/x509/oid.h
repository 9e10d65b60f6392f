#ifndef X509_OID_H
#define X509_OID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * Object identifiers, as the content octets of their DER.  Standard ones are
 * constants; ours hang under one configured arc.
 */

#define OID_MAX 64 /* octets */

/* algorithms */
extern const struct span oid_ec_public_key, oid_p256;
extern const struct span oid_sha1, oid_sha256, oid_sha384, oid_sha512;
/* attributes of names */
extern const struct span oid_country, oid_organisation, oid_unit,
    oid_common_name, oid_serial_number, oid_dn_qualifier;
/* id-aa-certificationRequestInfoTemplate, RFC 9908 */
extern const struct span oid_request_template;
/* extensions, RFC 5280 section 4.2 */
extern const struct span oid_subject_key_id, oid_key_usage, oid_alt_name,
    oid_basic_constraints, oid_crl_number, oid_crl_reason, oid_invalidity_date,
    oid_issuing_distribution_point, oid_delta_crl_indicator, oid_freshest_crl,
    oid_name_constraints, oid_crl_points, oid_policies, oid_authority_key_id,
    oid_ext_key_usage, oid_info_access, oid_ocsp_nocheck;
/* access methods, key purposes, other names */
extern const struct span oid_ad_ocsp, oid_ad_ca_issuers, oid_client_auth,
    oid_server_auth, oid_ocsp_signing, oid_cmc_ra, oid_hardware_module_name;
/* RFC 4211, RFC 9810: controls, protection, info types */
extern const struct span oid_old_cert_id, oid_password_based_mac, oid_pbmac1,
    oid_pbkdf2, oid_hmac_sha256, oid_it_implicit_confirm, oid_it_ca_certs,
    oid_it_current_crl, oid_it_root_key_update, oid_it_root_cert;
/* RFC 6960 */
extern const struct span oid_ocsp_basic, oid_ocsp_nonce;

/* Ours, under the arc: 2.999.33812 until oid_set_arc() says otherwise. */
enum oid_own {
	OID_POLICY_TRE,	     /* arc.1.1.LEVEL, level 1 to 4 */
	OID_POLICY_TERMINAL, /* arc.1.2.LEVEL */
	OID_TRE_INFO,	     /* arc.2.1 */
	OID_TERMINAL_INFO,   /* arc.2.2 */
	OID_TRE_BINDING,     /* arc.2.3 */
	OID_MODEL,	     /* arc.3.MODEL */
	OID_RECEIPT_SIGNING, /* arc.4.1, a key purpose */
	OID_FEED_SIGNING,    /* arc.4.2, a key purpose */
	OID_REQUEST_SIGNING, /* arc.4.3, a key purpose */
	OID_KIT,	     /* arc.5.1, the content of an offline kit */
};

struct oid {
	uint8_t octets[OID_MAX];
	size_t n;
};

/*
 * Set the arc of this process, dotted; ERR_INPUT when it is none.  Call it
 * once, before anything is built or parsed.
 */
int oid_set_arc(const char *dotted);
const char *oid_arc(void);

/* One of ours; last is the level or the model, ignored for the others. */
void oid_build(enum oid_own, uint64_t last, struct oid *);
/* Is it that one of ours?  Then its last arc. */
bool oid_is(struct span, enum oid_own, uint64_t *last);

struct span oid_span(const struct oid *);
int oid_parse(const char *dotted, struct oid *);
/* Dotted text, "2.5.4.3". */
void oid_write(struct span, struct buf *);

#endif
