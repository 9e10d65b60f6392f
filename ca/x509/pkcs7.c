/*
 * PKCS #7, as far as it carries certificates: what is the same in all of them
 * is octets, and libcrypto would parse each certificate only to write it again,
 * which takes longer than to sign one.
 */

#include "x509/pkcs7.h"
#include "x509/der.h"

/* Headers, and all that stands around the certificates. */
#define ROOM 64

static const uint8_t signed_data[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01,
	0x07, 0x02 };
static const uint8_t data[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07,
	0x01 };

/* SignedData of RFC 2315 section 9.1 without a signer; so nothing is signed,
 * and RFC 8551 leaves the content out.  Written backwards. */
static void
put(struct der *w, const struct span *certificates, size_t n)
{
	size_t mark;

	der_put_tlv(w, DER_SET, span_of(NULL, 0)); /* signerInfos */
	mark = der_mark(w);
	while (n > 0)
		der_put_span(w, certificates[--n]);
	der_wrap(w, DER_CONTEXT_CONS(0), mark);
	mark = der_mark(w);
	der_put_oid(w, span_of(data, sizeof(data)));
	der_wrap(w, DER_SEQUENCE, mark);
	der_put_tlv(w, DER_SET, span_of(NULL, 0)); /* digestAlgorithms */
	der_put_uint(w, 1);
	der_wrap(w, DER_SEQUENCE, 0);
	der_wrap(w, DER_CONTEXT_CONS(0), 0);
	der_put_oid(w, span_of(signed_data, sizeof(signed_data)));
	der_wrap(w, DER_SEQUENCE, 0);
}

int
pkcs7_certificates(const struct span *certificates, size_t n, struct buf *out)
{
	struct buf space = BUF_EMPTY;
	struct span in, whole;
	size_t size = ROOM, i;
	struct der w;
	int rc = -1;

	for (i = 0; i < n; i++) {
		in = certificates[i];
		if (der_get_whole(&in, DER_SEQUENCE, &whole) == -1 ||
		    der_end(in, "a certificate") == -1)
			return -1;
		size += certificates[i].n;
	}
	der_start(&w, buf_reserve(&space, size), size);
	put(&w, certificates, n);
	if (der_done(&w, &whole) == 0) {
		buf_put_span(out, whole);
		rc = 0;
	}
	buf_free(&space);
	return rc;
}
