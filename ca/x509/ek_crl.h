#ifndef X509_EK_CRL_H
#define X509_EK_CRL_H

#include "x509/ek.h"

/*
 * CRLs of those who make TPMs, RFC 5280 section 5, by libcrypto.  One tells of
 * all certificates of its issuer: partial and indirect ones are refused, since
 * what they do not list may be revoked all the same.
 */

#define EK_CRL_MAX    (640 * 1024) /* octets */
#define EK_CRL_AHEAD  300	   /* seconds that thisUpdate may be */
#define EK_CRL_NUMBER 20	   /* octets of its number, RFC 5280 5.2.3 */

struct ek_crl {
	uint8_t issuer_sha256[HASH_SIZE]; /* of its SubjectPublicKeyInfo */
	uint8_t number[EK_CRL_NUMBER];	  /* big-endian */
	int64_t this_update, next_update;
	void *crl;
};

/*
 * Is it signed by the first of the issuers, which leads to that root over the
 * others, or by the root itself where there are none; and is it of now?
 * ek_crl_free() in either case.
 *
 *	EK_CRL_MALFORMED	ERR_INPUT: no CRL of that shape, or without a
 *				number or a nextUpdate
 *	EK_MALFORMED		ERR_INPUT: an issuer's certificate is none
 *	EK_UNTRUSTED		ERR_DENIED: its issuer does not lead to the root
 *	EK_CRL_SIGNATURE	ERR_DENIED: it is not by that issuer, or that
 *one may sign none
 *	EK_CRL_STALE		ERR_DENIED: it is over, or has not begun
 */
int ek_crl_judge(struct span der, const struct span *issuers, size_t n,
    struct span root, int64_t now, struct ek_crl *);
void ek_crl_free(struct ek_crl *);

/* Each certificate that it takes back; reason as RFC 5280 section 5.3.1. */
void ek_crl_each(const struct ek_crl *,
    void (*visit)(struct span serial, int reason, int64_t when, void *),
    void *);

#endif
