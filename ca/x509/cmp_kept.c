/*
 * Certificates that message after message comes with, or is answered with.
 *
 * To read one takes libcrypto 0.1 ms, nearly all of it the search for a decoder
 * of its key, and a message has a dozen: who answers, the CAs above, the
 * factory's. So the last ones stay read, each known by all its octets.
 */

#include <openssl/x509.h>

#include "base/buf.h"
#include "x509/cmp_inside.h"

#define KEPT 16

/* A thread's own: one that is used is written to. */
static _Thread_local struct {
	struct buf der;
	X509 *x;
	unsigned long used; /* when last; 0: never */
} kept[KEPT];
static _Thread_local unsigned long uses;

X509 *
cmp_read_certificate(struct span der)
{
	const unsigned char *p = der.p;
	X509 *x = der.n == 0 ? NULL : d2i_X509(NULL, &p, (long)der.n);

	if (x == NULL || p == der.p + der.n)
		return x;
	X509_free(x);
	return NULL;
}

X509 *
cmp_kept_certificate(struct span der)
{
	int i, oldest = 0;
	X509 *x;

	for (i = 0; i < KEPT; i++) {
		if (kept[i].used != 0 &&
		    span_equal(buf_span(&kept[i].der), der)) {
			kept[i].used = ++uses;
			return X509_up_ref(kept[i].x) == 1 ? kept[i].x : NULL;
		}
		if (kept[i].used < kept[oldest].used)
			oldest = i;
	}
	x = cmp_read_certificate(der);
	if (x == NULL || X509_up_ref(x) != 1)
		return x;
	X509_free(kept[oldest].x);
	kept[oldest].x = x;
	kept[oldest].used = ++uses;
	buf_clear(&kept[oldest].der);
	buf_put_span(&kept[oldest].der, der);
	return x;
}
