/*
 * OCSP requests from anybody: whatever is read lies within what was sent, keeps
 * the limits that answers are built for, and is read again as the same.
 */

#include "revoke/ocsp_request.h"
#include "tests/fuzz/fuzz.h"

static void
check(const struct ocsp_cert_id *id, const uint8_t *p, size_t n)
{
	within(id->whole, span_of(p, n));
	within(id->name_hash, span_of(p, n));
	within(id->key_hash, span_of(p, n));
	within(id->serial, span_of(p, n));
	must(id->serial.n >= 1 && id->serial.n <= 20);
	if (id->hash == OCSP_OTHER_HASH)
		return;
	must(id->name_hash.n == (id->hash == OCSP_SHA1 ? 20u : 32u));
	must(id->key_hash.n == id->name_hash.n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct ocsp_request r, again;
	size_t i;

	if (ocsp_request_parse(span_of(p, n), &r) == -1)
		return 0;
	must(n <= OCSP_REQUEST_MAX && r.n >= 1 && r.n <= OCSP_CERTS_MAX);
	within(r.nonce, span_of(p, n));
	must(r.nonce.n <= OCSP_NONCE_MAX + 3);
	for (i = 0; i < r.n; i++)
		check(&r.certs[i], p, n);
	must(ocsp_request_parse(span_of(p, n), &again) == 0);
	must(again.n == r.n && span_equal(again.nonce, r.nonce));
	/* nothing may stand behind it, nor be missing */
	must(ocsp_request_parse(span_of(p, n - 1), &again) == -1);
	return 0;
}
