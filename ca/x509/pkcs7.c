/*
 * PKCS #7, as libcrypto writes it.
 */

#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include "base/err.h"
#include "x509/ossl.h"
#include "x509/pkcs7.h"

static int
add(PKCS7 *p7, struct span der)
{
	const unsigned char *p = der.p;
	X509 *x = d2i_X509(NULL, &p, (long)der.n);
	int ok = x != NULL && PKCS7_add_certificate(p7, x) == 1;

	X509_free(x);
	return ok ? 0 : -1;
}

int
pkcs7_certificates(const struct span *certificates, size_t n, struct buf *out)
{
	PKCS7 *p7 = PKCS7_new();
	unsigned char *der = NULL;
	int length = -1, rc = -1;
	size_t i;

	if (p7 == NULL || PKCS7_set_type(p7, NID_pkcs7_signed) != 1 ||
	    PKCS7_content_new(p7, NID_pkcs7_data) != 1)
		goto out;
	/* no signer, so nothing is signed: RFC 8551 leaves the content out */
	if (PKCS7_set_detached(p7, 1) != 1)
		goto out;
	for (i = 0; i < n; i++)
		if (add(p7, certificates[i]) == -1)
			goto out;
	if ((length = i2d_PKCS7(p7, &der)) <= 0)
		goto out;
	buf_put_span(out, span_of(der, (size_t)length));
	rc = 0;
out:
	if (rc == -1)
		x509_err("write certificates as PKCS #7");
	OPENSSL_free(der);
	PKCS7_free(p7);
	return rc;
}
