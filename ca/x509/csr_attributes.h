#ifndef X509_CSR_ATTRIBUTES_H
#define X509_CSR_ATTRIBUTES_H

#include <stdbool.h>

#include "base/buf.h"

/*
 * What a request must have, for an applicant to ask (RFC 7030 section 4.5.2):
 * a template (RFC 9908 section 3.4) of a request for a key on P-256 whose
 * subject has a common name, the device's id; of a terminal also a dnQualifier,
 * the TrE that it contains, and a serialNumber, its TAC.  DER, appended.
 */
int csr_attributes_write(bool terminal, struct buf *);

#endif
