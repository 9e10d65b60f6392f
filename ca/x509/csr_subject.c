/*
 * Subjects of certification requests.
 */

#include <string.h>

#include "base/err.h"
#include "x509/csr_subject.h"
#include "x509/der.h"

static int
malformed(const char *why)
{
	return err_set_code(
	    ERR_INPUT, "CSR_MALFORMED", "the request's subject %s", why);
}

static int
put(struct span pair, char *text, size_t size)
{
	struct span value;
	uint8_t tag;

	if (der_get_any(&pair, &tag, NULL, &value) == -1)
		return malformed("is malformed");
	if (tag != DER_UTF8 && tag != DER_PRINTABLE && tag != DER_IA5)
		return malformed("has an attribute that is no plain text");
	if (value.n == 0 || value.n >= size || !der_is_utf8(value) ||
	    memchr(value.p, '\0', value.n) != NULL)
		return malformed("has an attribute that is empty or too long");
	memcpy(text, value.p, value.n);
	text[value.n] = '\0';
	return 1;
}

int
csr_subject(const struct csr *csr, struct span *names)
{
	struct span in;
	uint64_t version;

	if (der_get_only(csr->info, DER_SEQUENCE, "a request", &in) == -1 ||
	    der_get_uint(&in, &version) == -1 ||
	    der_get(&in, DER_SEQUENCE, names) == -1)
		return malformed("is malformed");
	return 0;
}

int
csr_subject_find(struct span names, struct span type, char *text, size_t size)
{
	struct span set, pair, oid;
	int found = 0;

	while (names.n > 0) {
		if (der_get(&names, DER_SET, &set) == -1)
			return malformed("is malformed");
		while (set.n > 0) {
			if (der_get(&set, DER_SEQUENCE, &pair) == -1 ||
			    der_get_oid(&pair, &oid) == -1)
				return malformed("is malformed");
			if (!span_equal(oid, type))
				continue;
			if (found != 0)
				return malformed("says the same thing twice");
			if ((found = put(pair, text, size)) == -1)
				return -1;
		}
	}
	return found;
}
