/*
 * Requests for certificates (PKCS#10) from anybody.  What is read lies within
 * what was sent; whose signature we believe, OpenSSL does, if it can read the
 * names, which we do not look at.
 */

#include <openssl/x509.h>

#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "x509/csr.h"
#include "x509/csr_subject.h"

static void
ask_openssl(const struct csr *c)
{
	const unsigned char *p = c->der.p;
	X509_REQ *x = d2i_X509_REQ(NULL, &p, (long)c->der.n);

	if (x != NULL)
		must(X509_REQ_verify(x, X509_REQ_get0_pubkey(x)) == 1);
	X509_REQ_free(x);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct span all = span_of(p, n), names;
	struct csr c, again;

	if (csr_parse(all, &c) == -1)
		return 0;
	within(c.spki, all);
	within(c.point, all);
	must(csr_parse(span_of(p, n - 1), &again) == -1);
	if (csr_subject(&c, &names) == 0)
		within(names, all);
	if (csr_verify(&c) == 0)
		ask_openssl(&c);
	return 0;
}
