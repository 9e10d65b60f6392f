/*
 * certs-only messages: libcrypto reads them, and would have written the same.
 */

#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include "tests/unit/test.h"

#include "tests/unit/pki.h"

#include "base/err.h"
#include "x509/pkcs7.h"

static struct pki pki;

static int
start(void **state)
{
	(void)state;
	pki_start(&pki);
	return 0;
}

/* What libcrypto makes of them. */
static void
by_libcrypto(const struct span *certificates, int n, struct buf *out)
{
	PKCS7 *p7 = PKCS7_new();
	const unsigned char *p;
	unsigned char *der = NULL;
	X509 *x;
	int i, length;

	assert_int_equal(PKCS7_set_type(p7, NID_pkcs7_signed), 1);
	assert_int_equal(PKCS7_content_new(p7, NID_pkcs7_data), 1);
	assert_int_equal(PKCS7_set_detached(p7, 1), 1);
	for (i = 0; i < n; i++) {
		p = certificates[i].p;
		x = d2i_X509(NULL, &p, (long)certificates[i].n);
		assert_non_null(x);
		assert_int_equal(PKCS7_add_certificate(p7, x), 1);
		X509_free(x);
	}
	length = i2d_PKCS7(p7, &der);
	assert_true(length > 0);
	buf_put_span(out, span_of(der, (size_t)length));
	OPENSSL_free(der);
	PKCS7_free(p7);
}

static void
is_what_libcrypto_writes(void **state)
{
	struct span certificates[] = { buf_span(&pki.tre.der),
		buf_span(&pki.root.der), buf_span(&pki.access.der) };
	struct buf ours = BUF_EMPTY, theirs = BUF_EMPTY;
	int n;

	(void)state;
	for (n = 0; n <= 3; n++) {
		buf_clear(&ours);
		buf_clear(&theirs);
		assert_int_equal(
		    pkcs7_certificates(certificates, (size_t)n, &ours), 0);
		if (n == 0)
			continue; /* libcrypto leaves the empty list out */
		by_libcrypto(certificates, n, &theirs);
		assert_true(span_equal(buf_span(&ours), buf_span(&theirs)));
	}
	buf_free(&ours);
	buf_free(&theirs);
}

static void
appends(void **state)
{
	struct span certificate = buf_span(&pki.tre.der);
	struct buf out = BUF_EMPTY;

	(void)state;
	buf_puts(&out, "before");
	assert_int_equal(pkcs7_certificates(&certificate, 1, &out), 0);
	assert_memory_equal(out.p, "before\x30\x82", 8);
	buf_free(&out);
}

static void
refuses_what_is_no_certificate(void **state)
{
	struct buf out = BUF_EMPTY, longer = BUF_EMPTY;
	struct span bad[] = { span_of("\x31\x00", 2),
		span_of("\x30\x05\x00", 3), span_of("", 0), span_of(NULL, 0) };
	size_t i;

	(void)state;
	buf_put_span(&longer, buf_span(&pki.tre.der));
	buf_putc(&longer, '\0');
	bad[3] = buf_span(&longer);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(pkcs7_certificates(&bad[i], 1, &out), -1);
		assert_string_equal(err_code(), "DER_MALFORMED");
	}
	assert_int_equal(out.n, 0);
	buf_free(&longer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_what_libcrypto_writes),
		cmocka_unit_test(appends),
		cmocka_unit_test(refuses_what_is_no_certificate),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
