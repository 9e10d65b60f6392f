#ifndef CEREMONY_REQUESTS_INSIDE_H
#define CEREMONY_REQUESTS_INSIDE_H

/* For the files requests*.c only. */

#include "ceremony/requests.h"
#include "registry/fields.h"

#define NUMBER_MAX INT64_C(9007199254740991) /* RFC 7493 section 2.2 */

/* A positive number of 1 to 20 octets, in hex. */
void requests_read_serial(
    struct fields *, const char *name, uint8_t out[20], size_t *length);
/* A time since 1970. */
int64_t requests_read_time(struct fields *, const char *name);
/* The member "crl". */
int requests_read_crl(json_t *, struct requests *);

#endif
