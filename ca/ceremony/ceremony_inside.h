#ifndef CEREMONY_CEREMONY_INSIDE_H
#define CEREMONY_CEREMONY_INSIDE_H

/* For the files ceremony*.c only. */

#include "ceremony/ceremony.h"

/* Do script, requests, roots and the previous CRL fit together? */
int ceremony_check(struct ceremony *);

#endif
