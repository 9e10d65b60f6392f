#ifndef X509_NAME_H
#define X509_NAME_H

#include <stdbool.h>

#include "base/buf.h"
#include "x509/der.h"

/*
 * Distinguished names of the shape that we issue: at most one each of C, O,
 * OU, CN and serialNumber, in this order, one a set.  C and serialNumber are
 * PrintableString, the others UTF8String.
 */
struct name {
	struct span der; /* the whole Name, as parsed; unused for writing */
	bool foreign;	 /* well formed, but not of our shape: only der tells */
	struct span country, organisation, unit, common_name, serial_number;
};

/* An attribute that is absent is an empty span. */
int name_parse(struct span *cursor, struct name *);
void name_put(struct der *, const struct name *);
/* The same without the header around them all. */
void name_put_attributes(struct der *, const struct name *);
/* "C=DE, O=Acme, CN=...", control characters never. */
void name_write(const struct name *, struct buf *);

/*
 * May these stand in a name?  ERR_INPUT says what is wrong: C is two capital
 * letters; the others 1 to 64 characters of UTF-8 (RFC 5280 appendix A.1),
 * serialNumber of PrintableString.
 */
int name_check(const struct name *);

#endif
