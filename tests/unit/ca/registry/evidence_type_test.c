/*
 * Media types told by content: each that is taken, and each lie.
 */

#include "tests/unit/test.h"

#include <string.h>

#include "base/err.h"
#include "registry/evidence_type.h"

/* Is it that type, whole and octet by octet? */
static int
holds(const char *type, const char *octets, size_t n)
{
	struct evidence_type whole, pieces;
	size_t i;
	int rc;

	assert_int_equal(evidence_type_begin(&whole, type), 0);
	assert_int_equal(evidence_type_begin(&pieces, type), 0);
	evidence_type_put(&whole, span_of(octets, n));
	for (i = 0; i < n; i++)
		evidence_type_put(&pieces, span_of(octets + i, 1));
	rc = evidence_type_end(&whole);
	assert_int_equal(evidence_type_end(&pieces), rc);
	if (rc == -1) {
		assert_int_equal(err_kind(), ERR_INPUT);
		assert_string_equal(err_code(), "EVIDENCE_TYPE_MISMATCH");
	}
	return rc;
}

#define HOLDS(type, octets)                                                    \
	assert_int_equal(holds(type, octets, sizeof(octets) - 1), 0)
#define LIES(type, octets)                                                     \
	assert_int_equal(holds(type, octets, sizeof(octets) - 1), -1)

static void
takes_each_type_by_its_content(void **state)
{
	(void)state;
	HOLDS("application/pdf", "%PDF-1.4\n\0\1");
	HOLDS("application/zip", "PK\3\4....");
	HOLDS("application/zip", "PK\5\6....");
	HOLDS("image/jpeg", "\xff\xd8\xff\xe0");
	HOLDS("image/png", "\x89PNG\r\n\x1a\n....");
	HOLDS("application/json", " {\"a\": \"\xc3\xa4\"}\n");
	HOLDS("application/json", "[1]");
	HOLDS("text/plain", "Pr\xc3\xbc\x66haus\r\n\tgut \xf0\x9f\x94\x92\f");
}

static void
takes_a_type_in_any_case_and_with_parameters(void **state)
{
	struct evidence_type t;

	(void)state;
	assert_int_equal(
	    evidence_type_begin(&t, "Text/Plain; charset=utf-8"), 0);
	assert_string_equal(t.name, "text/plain");
}

static void
refuses_other_types(void **state)
{
	static const char *const others[] = { "", "text/html", "text/plainer",
		"application/x-pdf", "text" };
	struct evidence_type t;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_int_equal(evidence_type_begin(&t, others[i]), -1);
		assert_string_equal(err_code(), "EVIDENCE_TYPE_UNKNOWN");
	}
}

static void
refuses_one_type_under_the_name_of_another(void **state)
{
	(void)state;
	LIES("application/pdf", "PK\3\4....");
	LIES("application/pdf", "%PDF");
	LIES("image/png", "\xff\xd8\xff\xe0....");
	LIES("image/jpeg", "\x89PNG\r\n\x1a\n");
	LIES("application/zip", "PK\7\x8....");
	LIES("text/plain", "\x89PNG\r\n\x1a\n");
}

static void
refuses_what_only_looks_like_json(void **state)
{
	(void)state;
	LIES("application/json", "{no json at all}");
	LIES("application/json", "[1, 2] and more");
	LIES("application/json", "{\"a\": 1");
	LIES("application/json", "{\"a\": 1]");
	LIES("application/json", "\"a\"");
	LIES("application/json", " \n");
}

static void
refuses_control_characters_in_text(void **state)
{
	(void)state;
	LIES("text/plain", "a\0b");
	LIES("text/plain", "\x1b[2J");
	LIES("text/plain", "a\x7f");
}

static void
refuses_what_is_no_utf8(void **state)
{
	(void)state;
	LIES("text/plain", "\xe4");		/* Latin-1 */
	LIES("text/plain", "\x80");		/* begins in the middle */
	LIES("text/plain", "a\xc3");		/* ends in the middle */
	LIES("text/plain", "\xc3 ");		/* one too few */
	LIES("text/plain", "\xc0\xaf");		/* a second spelling of / */
	LIES("text/plain", "\xe0\x80\xaf");	/* likewise */
	LIES("text/plain", "\xf0\x80\x80\xaf"); /* likewise */
	LIES("text/plain", "\xed\xa0\x80");	/* a surrogate */
	LIES("text/plain", "\xf4\x90\x80\x80"); /* beyond U+10FFFF */
	LIES("text/plain", "\xf5\x80\x80\x80");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_each_type_by_its_content),
		cmocka_unit_test(takes_a_type_in_any_case_and_with_parameters),
		cmocka_unit_test(refuses_other_types),
		cmocka_unit_test(refuses_one_type_under_the_name_of_another),
		cmocka_unit_test(refuses_what_only_looks_like_json),
		cmocka_unit_test(refuses_control_characters_in_text),
		cmocka_unit_test(refuses_what_is_no_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
