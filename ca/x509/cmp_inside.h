#ifndef X509_CMP_INSIDE_H
#define X509_CMP_INSIDE_H

/* For the files cmp_read*.c only. */

#include "x509/cmp.h"

/* CMP_MALFORMED, CMP_NOT_SUPPORTED: always -1. */
int cmp_malformed(const char *why);
int cmp_unsupported(const char *why);

/* InfoTypeAndValue: the value is walked over; none is empty. */
int cmp_get_info(struct span *in, struct span *oid, struct span *value);

/* m->body into the fields of its type. */
int cmp_read_body(struct cmp_message *m);

#endif
