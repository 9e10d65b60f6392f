#ifndef UNIT_LINT_ORDER_H
#define UNIT_LINT_ORDER_H

/*
 * A certificate made for an order, for tests of lint: once the order or the
 * certificate is changed, it is caught.  start() and stop() are a fixture.
 */

#include <string.h>

#include "base/err.h"
#include "issue/lint.h"
#include "tests/unit/pki.h"
#include "tests/unit/tamper.h"
#include "x509/der.h"

#define ORDER_FUNCTION __attribute__((unused)) static

static struct pki pki;
static struct key *key;
static const uint8_t octets[40] = { 1, 2, 3 };

/* A certificate, and the order that it fulfils. */
static struct template_spec spec;
static struct template_row row;
static uint8_t space[CERT_MAX];
static struct span der;
static __attribute__((unused)) struct tamper tamper;

ORDER_FUNCTION int
start(void **state)
{
	(void)state;
	pki_start(&pki);
	key = key_generate(KEY_P256);
	return 0;
}

ORDER_FUNCTION int
stop(void **state)
{
	(void)state;
	pki_stop(&pki);
	key_free(key);
	return 0;
}

/* What was signed of it. */
ORDER_FUNCTION struct span
content_of(struct span whole)
{
	struct span in = { NULL, 0 }, tbs = { NULL, 0 };

	if (der_get_only(whole, DER_SEQUENCE, "it", &in) == -1 ||
	    der_get_whole(&in, DER_SEQUENCE, &tbs) == -1)
		return whole;
	return tbs;
}

ORDER_FUNCTION int
look(void)
{
	return lint_check(content_of(der), &spec, &row);
}

ORDER_FUNCTION void
order(enum profile_kind kind, struct pki_ca *issuer)
{
	static const char *const hosts[] = { "localhost", "127.0.0.1", "::1" };
	struct template *t;

	spec = pki_spec(&pki, kind, issuer);
	if (kind == PROFILE_TLS_SERVER) {
		spec.hosts = hosts;
		spec.nhosts = 3;
	}
	row = (struct template_row){ .serial = span_of(octets, 17),
		.index = 70000,
		.key = kind == PROFILE_ROOT ? KEY_P384 : KEY_P256,
		.point = key_point(kind == PROFILE_ROOT ? pki.root.key : key),
		.device_id = span_str("ACME-0001"),
		.tac = span_str("35693803"),
		.binding = { span_of(octets, 32), span_of(octets, 20),
		    span_of(octets, 17) } };
	t = template_new(&spec);
	pki_must(t != NULL);
	pki_must(template_build(t, &row, space, sizeof(space), &der) == 0);
	template_free(t);
	assert_int_equal(look(), 0);
}

/* Now that something is different, which rule says so? */
ORDER_FUNCTION void
caught_by(const char *code)
{
	assert_int_equal(look(), -1);
	assert_int_equal(err_kind(), ERR_INTERNAL);
	assert_string_equal(err_code(), code);
}

#endif
