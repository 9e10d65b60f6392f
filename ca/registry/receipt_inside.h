#ifndef REGISTRY_RECEIPT_INSIDE_H
#define REGISTRY_RECEIPT_INSIDE_H

#include "registry/receipt.h"

/* What receipt.c, receipt_bundle.c and receipt_proof.c share. */

/* ERR_INPUT, code RECEIPT_MALFORMED. */
int receipt_malformed(const char *why);

/* The verdict of the object's "decision". */
int receipt_parse_decision(struct receipt_text *, const json_t *of);

#endif
