#ifndef X509_CRMF_H
#define X509_CRMF_H

#include <stdbool.h>

#include "x509/csr.h"

/*
 * Certification requests as CMP has them: CertReqMsg (RFC 4211), of the one
 * shape that we take: certReqId 0, a template with a subject and a public key
 * and no word on serial, issuer's key or validity that could be believed, and
 * a proof of possession that is a signature over all of the request
 * (POPOSigningKey without poposkInput, RFC 4211 section 4.1).  That somebody
 * else vouches for possession (raVerified) counts for nothing.
 *
 * Refusals, all ERR_INPUT: CRMF_MALFORMED, KEY_NOT_ALLOWED as csr_parse() has
 * it, CRMF_TEMPLATE, and CRMF_POP where no proof of possession is there or it
 * is no signature.
 */
struct crmf {
	/*
	 * As csr_parse() gives it, but for spki, which stands in a template
	 * under another tag.  csr_verify() proves possession.
	 */
	struct csr csr;
	struct span subject;	/* a Name's content */
	struct span old_issuer; /* of oldCertID: a Name, whole; or empty */
	struct span old_serial;
};

/* Is it a CertReqMsg rather than PKCS#10?  By its shape alone. */
bool crmf_is(struct span der);
int crmf_parse(struct span der, struct crmf *);

/*
 * Which certificate a CertTemplate names, as a request for revocation does: a
 * Name, whole, and a serial number; empty where it is not said.
 */
int crmf_template_certificate(
    struct span template, struct span *issuer, struct span *serial);

#endif
