#ifndef X509_CERT_H
#define X509_CERT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "key/key.h"
#include "x509/ext.h"
#include "x509/name.h"

/*
 * Certificates of this PKI, RFC 5280, read strictly into a flat struct.
 * Two refusals, both ERR_INPUT, in err_code():
 *
 *	CERTIFICATE_MALFORMED	not strict DER, trailing octets, not v3, an
 *				extension twice, one of ours in another shape,
 *				an unknown critical one
 *	ALGORITHM_NOT_ALLOWED	a key or signature of another algorithm than
 *				those of key/key.h
 *
 * Well-formed strangers are read, so that the refusal can be that nobody here
 * issued them: a name of another shape is name.foreign, an extension that we
 * never issue, or not in this shape, is CERT_UNKNOWN.  Lint refuses both.
 */

#define CERT_MAX      8192
#define CERT_POLICIES 8
#define CERT_HOSTS    16
#define CERT_EXTS     16

/* KeyUsage, RFC 5280 section 4.2.1.3: bit n is 1 << n. */
enum cert_key_usage {
	KU_DIGITAL_SIGNATURE = 1 << 0,
	KU_KEY_CERT_SIGN = 1 << 5,
	KU_CRL_SIGN = 1 << 6,
};

/* Key purposes that we issue. */
enum cert_purpose {
	EKU_CLIENT_AUTH = 1 << 0,
	EKU_SERVER_AUTH = 1 << 1,
	EKU_OCSP_SIGNING = 1 << 2,
	EKU_RECEIPT_SIGNING = 1 << 3,
	EKU_FEED_SIGNING = 1 << 4,
	EKU_CMC_RA = 1 << 5, /* RFC 6402 section 2.10, for RFC 9483 */
	EKU_REQUEST_SIGNING = 1 << 6,
	EKU_OTHER = 1 << 15, /* at least one that we don't know */
};

/* Which extensions are there, and which of them are critical. */
enum cert_ext {
	CERT_AUTHORITY_KEY_ID = 1 << 0,
	CERT_SUBJECT_KEY_ID = 1 << 1,
	CERT_KEY_USAGE = 1 << 2,
	CERT_EXT_KEY_USAGE = 1 << 3,
	CERT_BASIC_CONSTRAINTS = 1 << 4,
	CERT_POLICIES_EXT = 1 << 5,
	CERT_ALT_NAME = 1 << 6,
	CERT_NAME_CONSTRAINTS = 1 << 7,
	CERT_CRL_POINTS = 1 << 8,
	CERT_INFO_ACCESS = 1 << 9,
	CERT_OCSP_NOCHECK = 1 << 10,
	CERT_TRE_INFO = 1 << 11,
	CERT_TERMINAL_INFO = 1 << 12,
	CERT_TRE_BINDING = 1 << 13,
	CERT_UNKNOWN = 1 << 14, /* any other, never critical */
};

struct cert {
	struct span der;	   /* all of it */
	struct span tbs;	   /* what is signed */
	enum key_kind signed_with; /* by the algorithm's name */
	struct span signature;

	struct span serial; /* big-endian, no leading zero */
	struct name issuer, subject;
	int64_t not_before, not_after;
	enum key_kind key_kind;
	struct span spki;  /* whole element */
	struct span point; /* the key */
	uint8_t spki_sha256[32];
	uint8_t sha256[32]; /* of the whole */

	unsigned present, critical;    /* of enum cert_ext */
	unsigned order[CERT_EXTS + 1]; /* as met, enum cert_ext, 0 ends */
	struct span authority_key_id, subject_key_id;
	unsigned key_usage; /* of enum cert_key_usage */
	unsigned purposes;  /* of enum cert_purpose */
	bool ca;
	int path_length;		     /* -1: none */
	struct span policies[CERT_POLICIES]; /* OIDs */
	size_t npolicies;

	/* SAN: hardwareModuleName (RFC 4108 section 5) or hosts */
	struct span hardware_type;     /* OID */
	struct span hardware_serial;   /* the device's id */
	struct span hosts[CERT_HOSTS]; /* dNSName text or address octets */
	bool host_is_address[CERT_HOSTS];
	size_t nhosts;

	struct name permitted; /* the permitted subtree's base */
	bool no_other_names;   /* all e-mail, DNS and IP addresses excluded */
	struct span crl_url;   /* the one fullName URI */
	struct span ocsp_url, issuer_url;
	struct tre_info tre; /* when CERT_TRE_INFO is present */
	struct terminal_info terminal;
	struct tre_binding binding;
};

/* The struct borrows from der, which must outlive it. */
int cert_parse(struct span der, struct cert *);
/*
 * The same without the two digests, and without looking whether the key is a
 * point on its curve: for a certificate just made of parts that were checked.
 */
int cert_read(struct span der, struct cert *);
/* The same for what is to be signed, TBSCertificate, alone. */
int cert_read_content(struct span tbs, struct cert *);

/* Signed with that key?  0, or -1 with ERR_DENIED, code CHAIN_SIGNATURE. */
int cert_verify(const struct cert *, const struct key *issuer);

/* Is it 99991231235959Z (RFC 5280 section 4.1.2.5)? */
bool cert_is_endless(const struct cert *);

/*
 * For people and for golden files: one "name: value" a line, in the order of
 * the certificate.  elide leaves out what differs each time (serial, keys,
 * signature, dates).
 */
void cert_write_text(const struct cert *, bool elide, struct buf *);

/* PEM: append one block; take the next one off the front of a text
 * (ERR_ABSENT: no more), appending its DER. */
void cert_write_pem(struct span der, struct buf *);
int cert_read_pem(struct span *text, struct buf *der);

#endif
