#ifndef X509_CSR_SUBJECT_H
#define X509_CSR_SUBJECT_H

#include "x509/csr.h"

/*
 * What an applicant says of itself in the subject of its request (RFC 2986),
 * where there is no manifest to say it: the text of one attribute, UTF8String,
 * PrintableString or IA5String.  1 and the NUL-ended text, 0 when it is not
 * there, -1 with CSR_MALFORMED when it is there twice, empty, too long or no
 * such text.
 */
int csr_subject_get(
    const struct csr *, struct span type, char *text, size_t size);
/* The same of a Name's content, wherever it stands. */
int csr_subject_find(
    struct span names, struct span type, char *text, size_t size);

#endif
