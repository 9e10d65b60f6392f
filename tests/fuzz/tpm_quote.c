/*
 * What operators send of TPMs: a quote with its signature, or the public area
 * of a key.  Whatever is read keeps its limits, is read again as the same, and
 * has nothing behind it.
 *
 * The input: one octet n, n octets of signature, the rest TPMS_ATTEST; and the
 * same octets, from the second on, as TPM2B_PUBLIC.
 */

#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tpm/public.h"
#include "tpm/quote.h"

static void
try_quote(struct span attest, struct span signature)
{
	static struct tpm_quote q, again;
	static uint8_t longer[QUOTE_ATTEST_MAX + 1];

	if (tpm_quote_parse(attest, signature, &q) == -1)
		return;
	must(strlen(q.measured) > strlen("sha256:0;"));
	must(strncmp(q.measured, "sha256:", 7) == 0);
	must(q.nqualifying <= sizeof(q.qualifying));
	must(q.nsignature > 0 && q.nsignature <= sizeof(q.signature));
	must(tpm_quote_parse(attest, signature, &again) == 0);
	must(memcmp(&q, &again, sizeof(q)) == 0);
	memcpy(longer, attest.p, attest.n);
	must(tpm_quote_parse(
		 span_of(longer, attest.n + 1), signature, &again) == -1);
}

static void
try_public(struct span s)
{
	static struct tpm_public key;

	if (tpm_public_parse(s, &key) == -1)
		return;
	must(key.kind == KEY_P256 || key.kind == KEY_P384);
	must(key.npoint == (key.kind == KEY_P256 ? 65u : 97u));
	must(key.nname == 34 || key.nname == 50);
	must(tpm_public_parse(span_of(s.p, s.n - 1), &key) == -1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	size_t signature;

	if (n < 1)
		return 0;
	signature = p[0] < n - 1 ? p[0] : n - 1;
	try_quote(span_of(p + 1 + signature, n - 1 - signature),
	    span_of(p + 1, signature));
	try_public(span_of(p + 1, n - 1));
	return 0;
}
