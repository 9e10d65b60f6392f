#ifndef X509_SIGNED_H
#define X509_SIGNED_H

#include "base/buf.h"
#include "key/key.h"

/*
 * A signed object: CMS SignedData (RFC 5652) in the one shape that RFC 6488
 * (section 2.1) gives those of the RPKI, but for the certificates and the time.
 *
 *	SignedData	version 3, digest SHA-256, content inside, no CRLs
 *	certificates	the signer's and its issuer's, as DER orders a SET
 *	SignerInfo	one, version 3, by subjectKeyIdentifier; signed
 *			attributes contentType and messageDigest and no other;
 *			no unsigned ones
 *
 * So `openssl cms -verify` can judge it, too.
 */
struct signed_object {
	struct span content;
	struct span certificates[2]; /* in their order there */
	struct span signer_key_id;
	struct span attributes; /* content of the SET */
	struct span digest;	/* messageDigest */
	enum key_kind signed_with;
	struct span signature;
};

/* Append one.  The key's certificate is the first one. */
int signed_write(const struct key *, struct span type, struct span content,
    const struct span certificates[2], struct buf *);

/* One and nothing behind it; it borrows from der.  ERR_INPUT, DER_MALFORMED. */
int signed_parse(struct span der, struct span type, struct signed_object *);

/*
 * Is the content as that key signed it?  ERR_DENIED, code SIGNATURE.
 */
int signed_verify(const struct signed_object *, const struct key *);

#endif
