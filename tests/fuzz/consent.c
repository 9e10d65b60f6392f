/*
 * Consents from anybody: what is read keeps its bounds, and is read again as
 * the same.
 */

#include <string.h>

#include "key/uuid.h"
#include "registry/consent.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct consent c, again;

	if (consent_parse(span_of(p, n), &c) == 0) {
		must(n <= CONSENT_MAX && uuid_valid(c.id));
		must(strlen(c.issuer) <= 40 && strlen(c.target) <= 40);
		must(strlen(c.audience) >= 1 && strlen(c.audience) <= 255);
		must(c.iat >= 0 && c.exp >= 0);
		must(consent_parse(span_of(p, n), &again) == 0);
		must(strcmp(c.id, again.id) == 0 && c.exp == again.exp);
		consent_free(&again);
		/* nothing may stand behind it, nor be missing */
		must(consent_parse(span_of(p, n - 1), &again) == -1 ||
		    c.jws.signature_length != again.jws.signature_length);
		consent_free(&again);
	}
	consent_free(&c);
	return 0;
}
