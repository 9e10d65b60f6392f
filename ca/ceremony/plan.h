#ifndef CEREMONY_PLAN_H
#define CEREMONY_PLAN_H

#include "ceremony/ceremony.h"
#include "issue/template.h"

/*
 * What a ceremony makes: the content of each certificate, built and linted, and
 * not signed.  It depends on the inputs and on the public keys of the roots
 * alone, so that it can be reviewed before, and made again by whoever verifies.
 */
struct artefact {
	char file[48]; /* NAME.cer */
	const struct requests_certificate *request;
	const struct profile *profile;
	const struct cert *issuer; /* NULL: signed by itself */
	const struct key *signer;
	struct template *template;
	uint8_t space[CERT_MAX];
	struct template_linted content; /* in space */
	struct cert cert;		/* the content, parsed */
};

struct plan {
	const struct ceremony *ceremony;
	const struct key *root_key, *previous_key;
	const struct cert *root;
	struct artefact *artefacts; /* a new root is the first */
	size_t n;
};

#define PLAN_ROOT     "root.cer"
#define PLAN_CRL      "root.crl"
#define PLAN_FILE_MAX (4 << 20) /* octets of one of them, as imports take */

/*
 * The keys may be public and must outlive the plan, as the ceremony must;
 * previous_key is NULL where there is no previous root.  ERR_INPUT with
 * CEREMONY_REFUSED, or LINT_...; free in either case.
 */
int plan_make(struct plan *, const struct ceremony *, const struct key *root,
    const struct key *previous);
void plan_free(struct plan *);

/* The root's CRL, signed with its private key; appends DER. */
int plan_crl(const struct plan *, struct buf *der);
/*
 * Is that such a CRL, with the root's signature?  ERR_DENIED, code
 * ARTEFACT_OTHER or ARTEFACT_SIGNATURE.
 */
int plan_check_crl(const struct plan *, struct span der);
/* Is that this certificate, with its issuer's signature?  Likewise. */
int artefact_check(const struct artefact *, struct span der);

/* All of it for people to review. */
void plan_write_text(const struct plan *, struct buf *);

#endif
