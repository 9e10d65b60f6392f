#ifndef X509_PATH_H
#define X509_PATH_H

#include "base/buf.h"
#include "x509/cert.h"

/*
 * Certification paths of this PKI (RFC 5280 section 6, fixed to our shape):
 * leaf, issuing CA, root.  Nothing else is a path here.
 */

enum path_role {
	PATH_TRE,
	PATH_TERMINAL,
	PATH_ACCESS, /* people and systems, TLS servers, receipt signers */
};

/*
 * A CA's certificate, parsed and its key loaded once; it owns a copy of the
 * DER.  Reuse it for every leaf.
 */
struct path_ca;
/* NULL with the codes of cert_parse(). */
struct path_ca *path_ca_new(struct span der);
void path_ca_free(struct path_ca *);
const struct cert *path_ca_cert(const struct path_ca *);
const struct key *path_ca_key(const struct path_ca *);

/*
 * Judge a CA under the root, at that time: NULL when it is good, or the code.
 * Worth remembering by the caller: it depends on the two and the time alone.
 *
 *	CHAIN_UNTRUSTED		not issued by this root, by name and key id
 *	CHAIN_SIGNATURE		the root did not sign it
 *	ROLE_MISMATCH		no CA by its flags; no CA of that role
 *	ISSUER_OUT_OF_SCOPE	its name constraints are missing
 *	CERTIFICATE_NOT_YET_VALID, CERTIFICATE_EXPIRED
 */
const char *path_judge_ca(const struct path_ca *, const struct path_ca *root,
    enum path_role, int64_t at);

struct path_question {
	struct span leaf, issuer; /* DER, as presented */
	size_t presented; /* certificates in the chain; 2 or CHAIN_LENGTH */
	enum path_role role;
	int64_t now;
	/*
	 * The register holds these octets as issued by us: the signature was
	 * checked when they were made.
	 */
	bool leaf_is_registered;
	/* By path_leaf(), which found nothing amiss: leaf is as it left it. */
	bool leaf_is_parsed;
};

/*
 * Parse a leaf that plays that role: NULL, or CERTIFICATE_MALFORMED or
 * ALGORITHM_NOT_ALLOWED; filled as far as it could be parsed.
 */
const char *path_leaf(struct span der, enum path_role, struct cert *leaf);

/*
 * Judge a presented chain, checks 3 and 4 of policy/decide.c: NULL when it
 * leads to our root, or the decision's code (also CERTIFICATE_MALFORMED and
 * ALGORITHM_NOT_ALLOWED).  The CA is judged at the leaf's notBefore, the leaf
 * now.  leaf is filled as far as it could be parsed.  known may be NULL or the
 * CAs already loaded, of which the presented issuer is looked up by its
 * octets; one that is none of them is parsed on the spot.
 */
const char *path_judge(const struct path_question *, const struct path_ca *root,
    struct path_ca *const *known, size_t nknown, struct cert *leaf);

/*
 * The key of who signs what is kept: the leaf, an access certificate with that
 * key purpose and no other, judged as of that time under this root (DER).  NULL
 * with ERR_DENIED and a sentence for people.
 */
struct key *path_signer_key(struct span leaf, struct span issuer,
    struct span root, enum cert_purpose, int64_t at);

/* A sentence for a code of this file. */
const char *path_sentence(const char *code);

#endif
