#ifndef API_RECEIPT_H
#define API_RECEIPT_H

#include "api/request.h"
#include "registry/receipt.h"

/* The status of both certificates of a bundle's chain: the newest CRLs. */
int receipt_get_crls(struct request *, struct receipt_bundle *);

#endif
