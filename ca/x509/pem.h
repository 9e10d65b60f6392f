#ifndef X509_PEM_H
#define X509_PEM_H

#include "base/buf.h"

/* Textual encoding, RFC 7468. */

/* Append one block with that label, 64 characters a line. */
void pem_write(const char *label, struct span der, struct buf *);

/*
 * Take the next block with that label off the front of the text and append its
 * octets; what stands before it is skipped, other blocks too.  0, or -1 with
 * ERR_ABSENT when there is none, ERR_INPUT when it is damaged.
 */
int pem_read(const char *label, struct span *text, struct buf *der);

#endif
