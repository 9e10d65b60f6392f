#ifndef X509_ROOTS_H
#define X509_ROOTS_H

#include "base/buf.h"

/*
 * Roots to trust, as somebody keeps them in a file: one in DER, or several in
 * PEM.  What is self-signed is trusted because it is there; any other must be
 * a link (RFC 9810 section 4.4): another root's key, certified by one of these,
 * itself or through other links.
 */
#define ROOTS_MOST 16

struct roots {
	struct buf der[ROOTS_MOST]; /* each a root's key, to judge paths by */
	size_t n;
};

/* ERR_INPUT, or ERR_DENIED with code ROOT_LINK.  Free in either case. */
int roots_read(struct span text, struct roots *);
/*
 * Trust what these links lead to, too, as somebody has sent them: each counts
 * as far as one of the roots has signed it, itself or through others.  What
 * none of them has, or what leads where they are, is passed over.
 */
int roots_link(struct roots *, const struct buf *der, size_t n);
void roots_free(struct roots *);

#endif
