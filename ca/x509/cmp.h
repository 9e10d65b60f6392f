#ifndef X509_CMP_H
#define X509_CMP_H

#include <stdbool.h>
#include <stdint.h>

#include "x509/crmf.h"

/*
 * Messages of CMP (RFC 9810), as far as RFC 9483 has them: read strictly into a
 * flat struct, which borrows; how they are protected, verified.
 *
 * Refusals have codes that cmp_fail_of_err() turns into PKIFailureInfo (RFC
 * 9810 appendix F): CMP_MALFORMED, CMP_VERSION, CMP_ALGORITHM, CMP_PROTECTION,
 * CMP_SIGNER, CMP_NOT_SUPPORTED, and what crmf_parse() and csr_parse() say.
 */
#define CMP_MAX	  16384 /* octets of a message */
#define CMP_CERTS 6	/* in extraCerts */
#define CMP_INFOS 8	/* of one genm */

/* PKIBody's tags, RFC 9810 section 5.1.2. */
enum cmp_body {
	CMP_IR = 0,
	CMP_IP = 1,
	CMP_CR = 2,
	CMP_CP = 3,
	CMP_P10CR = 4,
	CMP_KUR = 7,
	CMP_KUP = 8,
	CMP_RR = 11,
	CMP_RP = 12,
	CMP_PKICONF = 19,
	CMP_GENM = 21,
	CMP_GENP = 22,
	CMP_ERROR = 23,
	CMP_CERTCONF = 24,
	CMP_POLLREQ = 25,
	CMP_POLLREP = 26,
};

enum cmp_protection { CMP_UNPROTECTED, CMP_SIGNED, CMP_MAC };

struct cmp_message {
	struct span der;
	struct span header, body; /* whole elements */
	int type;		  /* enum cmp_body, or a tag unknown */

	uint64_t version;
	struct span sender; /* Name, whole */
	bool has_time;
	int64_t time;
	struct span kid; /* senderKID; these are empty where absent */
	struct span transaction, sender_nonce, recip_nonce;
	bool implicit_confirm;

	enum cmp_protection protection;
	struct span algorithm; /* AlgorithmIdentifier, whole */
	struct span signature; /* or MAC */
	/* of a MAC: PBMAC1, or PasswordBasedMac; how its key is derived */
	bool pbmac1;
	struct span salt;
	uint64_t iterations;
	struct span certs[CMP_CERTS]; /* extraCerts, the signer's first */
	size_t ncerts;

	/* ir, cr, kur, p10cr */
	struct span request; /* CertReqMsg or CertificationRequest, whole */
	/* rr */
	struct span issuer, serial;
	int reason; /* CRLReason; 0: none given */
	/* certConf, pollReq: of which request, 0, or -1 of a p10cr */
	int request_id;
	/* certConf: of the one certificate, or of none at all */
	bool accepted;
	struct span hash;
	size_t hash_size; /* of the one that hashAlg names; 0: it names none */
	/* genm */
	struct span infos[CMP_INFOS]; /* OIDs */
	/* of the root that is asked about (RFC 9483 section 4.3.2) */
	struct span root;
	size_t ninfos;
};

/*
 * All but whether the protection holds.  Of a message of another kind than
 * those that a client sends only the header is read.
 */
int cmp_read(struct span der, struct cmp_message *);
/* The header alone, of a message of any length, and what it is. */
int cmp_read_header(struct span der, struct cmp_message *);

/* Of a request for a certificate: the key and who it says it is for. */
struct cmp_request {
	struct crmf crmf;    /* csr also where it is PKCS#10 */
	struct span subject; /* a Name's content */
};
int cmp_read_request(const struct cmp_message *, struct cmp_request *);

/* ---- protection */

/* The MAC with that secret, RFC 9481 section 6.1.  CMP_PROTECTION. */
int cmp_verify_mac(const struct cmp_message *, struct span secret);

/*
 * The signature with the key in that certificate, any X.509 one, whose subject
 * is the message's sender.  CMP_PROTECTION, CMP_SIGNER.
 */
int cmp_verify_signature(const struct cmp_message *, struct span certificate);

/*
 * The same with the first of extraCerts, which must at that time chain to one
 * of the anchors, or be one: *signer is it.  CMP_SIGNER.
 */
int cmp_verify_chain(const struct cmp_message *, const struct span *anchors,
    size_t n, int64_t at, struct span *signer);
/* May that certificate be such an anchor?  ERR_INPUT, code CMP_ANCHOR. */
int cmp_check_anchor(struct span certificate);

#endif
