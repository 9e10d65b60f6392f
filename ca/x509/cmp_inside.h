#ifndef X509_CMP_INSIDE_H
#define X509_CMP_INSIDE_H

/* For the files cmp_*.c only. */

#include <openssl/cmp.h>

#include "x509/cmp_server.h"

/* CMP_MALFORMED, CMP_NOT_SUPPORTED: always -1. */
int cmp_malformed(const char *why);
int cmp_unsupported(const char *why);

/* InfoTypeAndValue: the value is walked over; none is empty. */
int cmp_get_info(struct span *in, struct span *oid, struct span *value);

/* No more than der, header and body; what is behind these. */
int cmp_read_parts(struct span der, struct cmp_message *, struct span *behind);

/* m->body into the fields of its type. */
int cmp_read_body(struct cmp_message *m);

/* What a MAC's algorithm has as parameters, into salt and iterations. */
int cmp_read_pbm(struct span, struct cmp_message *);
int cmp_read_pbmac1(struct span, struct cmp_message *);

/* CMP_PROTECTION: always -1. */
int cmp_unprotected(const char *why);

/* ProtectedPart ::= SEQUENCE { header, body }, as they came. */
void cmp_put_protected(const struct cmp_message *, struct buf *out);

/*
 * A message that has a MAC, ours or one that was believed, with one of that
 * kind by the same secret instead.  iterations: of PBMAC1.
 */
int cmp_mac_instead(struct span der, bool pbmac1, uint64_t iterations,
    struct span secret, struct buf *out);

/* A certificate and nothing behind it; a reference of the caller's own, or
 * NULL.  One that will come again stays read (cmp_kept.c). */
X509 *cmp_read_certificate(struct span der);
X509 *cmp_kept_certificate(struct span der);
/* Those of them that can be read: to be freed. */
STACK_OF(X509) * cmp_certificates(const struct span *ders, size_t n);

/*
 * libcrypto's callback for a genm: all that it asks about and the answer knows,
 * in a new list.  0: there is no room.
 */
int cmp_info_tell(STACK_OF(OSSL_CMP_ITAV) * *list,
    const struct cmp_message *asked, const struct cmp_answer *);
/* confirmWaitTime, RFC 9810 section 5.1.1.2: in the answer's header.  0: there
 * is no room. */
int cmp_info_confirm_wait(OSSL_CMP_CTX *, int64_t until);

#endif
