/*
 * Is there anything in what is to be signed that lint does not look at?  Of
 * each profile's content every octet gets every other value, every octet is
 * left out and doubled, every field and every extension is left out, doubled,
 * exchanged with its neighbour and turned in its criticality: lint refuses all
 * of it.  There is no list of changes that do not matter: none is.
 */

#include <string.h>

#include "tests/unit/test.h"

#include "base/err.h"
#include "issue/lint.h"
#include "tests/unit/pki.h"
#include "tests/unit/tamper.h"
#include "x509/der.h"

static struct pki pki;
static struct key *key;
static const uint8_t octets[40] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
static const char *const hosts[] = { "localhost", "127.0.0.1", "::1" };

/* What is to be signed, and the order that it fulfils. */
static struct template_spec spec;
static struct template_row row;
static uint8_t space[CERT_MAX], changed[CERT_MAX + 1];
static struct span content;
static const char *profile;
static size_t tried;

static int
start(void **state)
{
	(void)state;
	pki_start(&pki);
	key = key_generate(KEY_P256);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	pki_stop(&pki);
	key_free(key);
	return 0;
}

static struct pki_ca *
issuer_of(enum profile_kind kind)
{
	switch (kind) {
	case PROFILE_ROOT:
		return NULL;
	case PROFILE_ROOT_LINK:
	case PROFILE_ACCESS_CA:
	case PROFILE_ISSUING_CA:
	case PROFILE_ROOT_OCSP_SIGNER:
	case PROFILE_DELEGATED_CA:
		return &pki.root;
	case PROFILE_TRE:
	case PROFILE_OCSP_SIGNER:
		return &pki.tre;
	case PROFILE_TERMINAL:
		return &pki.terminal;
	default:
		return &pki.access;
	}
}

static void
order(enum profile_kind kind)
{
	const struct key *subject = kind == PROFILE_ROOT ? pki.root.key : key;
	struct template_linted linted;
	struct template *t;

	spec = pki_spec(&pki, kind, issuer_of(kind));
	if (kind == PROFILE_ROOT_LINK)
		pki_name_as_root(&spec);
	profile = spec.profile->name;
	if (kind == PROFILE_ACCESS)
		spec.unit = "supplier";
	if (kind == PROFILE_TLS_SERVER) {
		spec.hosts = hosts;
		spec.nhosts = 3;
	}
	row = (struct template_row){ .serial = span_of(octets, 17),
		.index = 70000,
		.key = key_kind(subject),
		.point = key_point(subject),
		.device_id = span_str("ACME-0001"),
		.tac = span_str("35693803"),
		.binding = { span_of(octets, 32), span_of(octets, 20),
		    span_of(octets, 17) } };
	pki_must((t = template_new(&spec)) != NULL);
	pki_must(template_prepare(t, &row, space, sizeof(space), &linted) == 0);
	template_free(t);
	content = linted.content;
}

static void
must_be_refused(struct span tbs, const char *what, size_t at)
{
	tried++;
	if (lint_check(tbs, &spec, &row) != -1)
		fail_msg("%s: %s %zu is not noticed", profile, what, at);
	if (!lint_has_failed())
		fail_msg("%s: %s %zu: %s", profile, what, at, err_code());
}

static void
refuses_every_other_value_of_every_octet(void **state)
{
	(void)state;
	for (int kind = 0; kind < PROFILE_KINDS; kind++) {
		order((enum profile_kind)kind);
		memcpy(changed, content.p, content.n);
		for (size_t i = 0; i < content.n; i++) {
			for (unsigned by = 1; by < 256; by++) {
				changed[i] = (uint8_t)(content.p[i] ^ by);
				must_be_refused(span_of(changed, content.n),
				    "another octet", i);
			}
			changed[i] = content.p[i];
		}
	}
}

static void
refuses_every_octet_left_out_or_doubled(void **state)
{
	(void)state;
	for (int kind = 0; kind < PROFILE_KINDS; kind++) {
		order((enum profile_kind)kind);
		for (size_t i = 0; i < content.n; i++) {
			memcpy(changed, content.p, i);
			memcpy(
			    changed + i, content.p + i + 1, content.n - i - 1);
			must_be_refused(span_of(changed, content.n - 1),
			    "an octet left out", i);
			memcpy(changed + i, content.p + i, 1);
			memcpy(changed + i + 1, content.p + i, content.n - i);
			must_be_refused(span_of(changed, content.n + 1),
			    "an octet doubled", i);
		}
	}
}

/* ---- whole fields, their lengths put right */

static struct tamper taken;

static void
take_apart(void)
{
	static uint8_t whole[CERT_MAX];
	struct span der = { NULL, 0 };
	struct der w;

	/* as if it had been signed: that is how tamper.h reads */
	der_start(&w, whole, sizeof(whole));
	der_put_octet_bits(&w, span_of(octets, 8));
	der_put_span(&w, key_algorithm_of_signatures(KEY_P256));
	der_put_span(&w, content);
	der_wrap(&w, DER_SEQUENCE, 0);
	assert_int_equal(der_done(&w, &der), 0);
	tamper_read(der, &taken);
}

static void
must_be_refused_whole(const char *what, size_t at)
{
	struct span in, tbs, der = tamper_write(&taken, NULL);

	assert_int_equal(der_get_only(der, DER_SEQUENCE, "it", &in), 0);
	assert_int_equal(der_get_whole(&in, DER_SEQUENCE, &tbs), 0);
	must_be_refused(tbs, what, at);
}

static void
refuses_every_field_left_out_doubled_or_exchanged(void **state)
{
	struct span kept, next;
	static uint8_t both[2 * CERT_MAX];

	(void)state;
	for (int kind = 0; kind < PROFILE_KINDS; kind++) {
		order((enum profile_kind)kind);
		take_apart();
		for (size_t i = 0; i < TAMPER_PARTS; i++) {
			kept = taken.part[i];
			taken.part[i] = span_of(kept.p, 0);
			must_be_refused_whole("a field left out", i);
			memcpy(both, kept.p, kept.n);
			memcpy(both + kept.n, kept.p, kept.n);
			taken.part[i] = span_of(both, 2 * kept.n);
			must_be_refused_whole("a field doubled", i);
			taken.part[i] = kept;
			if (i + 1 == TAMPER_PARTS)
				continue;
			next = taken.part[i + 1];
			if (span_equal(kept, next))
				continue;
			taken.part[i] = next;
			taken.part[i + 1] = kept;
			must_be_refused_whole("a field exchanged", i);
			taken.part[i] = kept;
			taken.part[i + 1] = next;
		}
	}
}

/* The extension with its criticality turned around. */
static struct span
turned(struct span ext)
{
	struct span in, oid;

	assert_int_equal(der_get_only(ext, DER_SEQUENCE, "it", &in), 0);
	assert_int_equal(der_get_oid(&in, &oid), 0);
	taken.nmade = 0;
	return tamper_ext(
	    &taken, oid, !der_next_is(in, DER_BOOLEAN), tamper_value(ext));
}

static void
refuses_every_extension_left_out_doubled_moved_or_turned(void **state)
{
	size_t n, i;
	struct span kept;

	(void)state;
	for (int kind = 0; kind < PROFILE_KINDS; kind++) {
		order((enum profile_kind)kind);
		take_apart();
		n = taken.next;
		for (i = 0; i < n; i++) {
			kept = taken.ext[i];
			taken.ext[i] = turned(kept);
			must_be_refused_whole("criticality turned", i);
			taken.ext[i] = span_of(kept.p, 0);
			must_be_refused_whole("an extension left out", i);
			taken.ext[i] = kept;
			taken.ext[taken.next++] = kept;
			must_be_refused_whole("an extension doubled", i);
			taken.next--;
			if (i + 1 == n)
				continue;
			taken.ext[i] = taken.ext[i + 1];
			taken.ext[i + 1] = kept;
			must_be_refused_whole("an extension moved", i);
			taken.ext[i + 1] = taken.ext[i];
			taken.ext[i] = kept;
		}
	}
	print_message("%zu changes were tried\n", tried);
	assert_true(tried > 1000000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_every_other_value_of_every_octet),
		cmocka_unit_test(refuses_every_octet_left_out_or_doubled),
		cmocka_unit_test(
		    refuses_every_field_left_out_doubled_or_exchanged),
		cmocka_unit_test(
		    refuses_every_extension_left_out_doubled_moved_or_turned),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
