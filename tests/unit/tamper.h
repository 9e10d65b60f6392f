#ifndef UNIT_TAMPER_H
#define UNIT_TAMPER_H

/*
 * Take a certificate apart, exchange parts, put it together again, signed
 * anew or with the signature it had: for tests of what must be refused.
 */

#include <string.h>

#include "key/key.h"
#include "x509/der.h"

enum tamper_part {
	TAMPER_VERSION,
	TAMPER_SERIAL,
	TAMPER_ALGORITHM,
	TAMPER_ISSUER,
	TAMPER_VALIDITY,
	TAMPER_SUBJECT,
	TAMPER_KEY,
	TAMPER_PARTS
};

#define TAMPER_EXTS 32

struct tamper {
	struct span part[TAMPER_PARTS]; /* whole elements */
	struct span ext[TAMPER_EXTS];	/* whole elements */
	size_t next;
	struct span outer_algorithm; /* whole element */
	struct span signature;	     /* ECDSA-Sig-Value */
	uint8_t made[4096];	     /* parts made by tamper_ext() */
	size_t nmade;
	uint8_t tbs[8192], space[8192];
};

#define TAMPER_FUNCTION __attribute__((unused)) static

TAMPER_FUNCTION void
tamper_read(struct span der, struct tamper *t)
{
	struct span in, tbs, exts;
	uint8_t tag;

	t->next = t->nmade = 0;
	assert_int_equal(der_get_only(der, DER_SEQUENCE, "it", &in), 0);
	assert_int_equal(der_get(&in, DER_SEQUENCE, &tbs), 0);
	assert_int_equal(
	    der_get_whole(&in, DER_SEQUENCE, &t->outer_algorithm), 0);
	assert_int_equal(der_get_octet_bits(&in, &t->signature), 0);
	for (int i = 0; i < TAMPER_PARTS; i++)
		assert_int_equal(der_get_any(&tbs, &tag, &t->part[i], NULL), 0);
	assert_int_equal(der_get(&tbs, DER_CONTEXT_CONS(3), &exts), 0);
	assert_int_equal(der_get_only(exts, DER_SEQUENCE, "it", &in), 0);
	while (in.n > 0)
		assert_int_equal(
		    der_get_whole(&in, DER_SEQUENCE, &t->ext[t->next++]), 0);
}

/* Its extension with that OID. */
TAMPER_FUNCTION struct span *
tamper_find(struct tamper *t, struct span oid)
{
	struct span in, id;

	for (size_t i = 0; i < t->next; i++) {
		assert_int_equal(
		    der_get_only(t->ext[i], DER_SEQUENCE, "it", &in), 0);
		assert_int_equal(der_get_oid(&in, &id), 0);
		if (span_equal(id, oid))
			return &t->ext[i];
	}
	fail_msg("there is no such extension");
	return NULL;
}

/* The value within an extension. */
TAMPER_FUNCTION struct span
tamper_value(struct span ext)
{
	struct span in, value;

	assert_int_equal(der_get_only(ext, DER_SEQUENCE, "it", &in), 0);
	assert_int_equal(der_get_any(&in, NULL, NULL, NULL), 0);
	if (der_next_is(in, DER_BOOLEAN))
		assert_int_equal(der_get_any(&in, NULL, NULL, NULL), 0);
	assert_int_equal(der_get(&in, DER_OCTET_STRING, &value), 0);
	return value;
}

/* An extension with another value or criticality. */
TAMPER_FUNCTION struct span
tamper_ext(struct tamper *t, struct span oid, bool critical, struct span value)
{
	struct span out = { NULL, 0 };
	struct der w;

	der_start(&w, t->made, sizeof(t->made) - t->nmade);
	der_put_tlv(&w, DER_OCTET_STRING, value);
	if (critical)
		der_put_bool(&w, true);
	der_put_oid(&w, oid);
	der_wrap(&w, DER_SEQUENCE, 0);
	assert_int_equal(der_done(&w, &out), 0);
	t->nmade += out.n;
	return out;
}

/* Put together; signed by key, or with the signature it had. */
TAMPER_FUNCTION struct span
tamper_write(struct tamper *t, const struct key *key)
{
	uint8_t signature[KEY_SIGNATURE_MAX];
	struct span tbs = { NULL, 0 }, out = { NULL, 0 }, sig = t->signature;
	struct der w;
	size_t n = 0;

	der_start(&w, t->tbs, sizeof(t->tbs));
	for (size_t i = t->next; i-- > 0;)
		der_put_span(&w, t->ext[i]);
	der_wrap(&w, DER_SEQUENCE, 0);
	der_wrap(&w, DER_CONTEXT_CONS(3), 0);
	for (int i = TAMPER_PARTS; i-- > 0;)
		der_put_span(&w, t->part[i]);
	der_wrap(&w, DER_SEQUENCE, 0);
	assert_int_equal(der_done(&w, &tbs), 0);
	if (key != NULL) {
		assert_int_equal(key_sign(key, tbs, signature, &n), 0);
		sig = span_of(signature, n);
	}
	der_start(&w, t->space, sizeof(t->space));
	der_put_octet_bits(&w, sig);
	der_put_span(&w, t->outer_algorithm);
	der_put_span(&w, tbs);
	der_wrap(&w, DER_SEQUENCE, 0);
	assert_int_equal(der_done(&w, &out), 0);
	return out;
}

#endif
