#ifndef X509_CSR_SUBJECT_H
#define X509_CSR_SUBJECT_H

#include "x509/csr.h"

/* The subject of a request (RFC 2986), a Name's content; CSR_MALFORMED. */
int csr_subject(const struct csr *, struct span *names);

/*
 * What an applicant says of itself in such a Name, where there is no manifest
 * to say it: the text of one attribute, UTF8String, PrintableString or
 * IA5String.  1 and the NUL-ended text, 0 when it is not there, -1 with
 * CSR_MALFORMED when it is there twice, empty, too long or no such text.
 */
int csr_subject_find(
    struct span names, struct span type, char *text, size_t size);

#endif
