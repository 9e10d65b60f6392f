/*
 * Our own extensions: what is written is read; other shapes are refused.
 */

#include <string.h>

#include "tests/unit/test.h"

#include "base/err.h"
#include "x509/ext.h"

#define TEXT(s)                                                                \
	{                                                                      \
		(const uint8_t *)(s), sizeof(s) - 1                            \
	}

static const struct tre_info tre = { TEXT("tre-model"), TEXT("1.0"),
	TEXT("2.1"), TEXT("TRE-2026-000001"), TEXT("rules-1"), TEXT("plant"),
	4 };
static const struct terminal_info terminal = { TEXT("meter"), TEXT("board"),
	TEXT("35693803"), TEXT("TER-2026-000001"), TEXT("plant"), 1 };

static uint8_t space[1024];
static struct der w;

static struct span
done(void)
{
	struct span out = { NULL, 0 };

	assert_int_equal(der_done(&w, &out), 0);
	return out;
}

static struct span
put_tre(const struct tre_info *t)
{
	der_start(&w, space, sizeof(space));
	tre_info_put(&w, t);
	return done();
}

static struct span
put_terminal(const struct terminal_info *t)
{
	der_start(&w, space, sizeof(space));
	terminal_info_put(&w, t);
	return done();
}

static struct span
put_binding(size_t key, size_t id, size_t serial)
{
	static const uint8_t octets[64] = { 0x7f, 1, 2 };
	const struct tre_binding b = { span_of(octets, key),
		span_of(octets, id), span_of(octets, serial) };

	der_start(&w, space, sizeof(space));
	tre_binding_put(&w, &b);
	return done();
}

static void
reads_treInfo_as_written(void **state)
{
	struct tre_info t;

	(void)state;
	assert_int_equal(tre_info_parse(put_tre(&tre), &t), 0);
	assert_true(span_equal(t.least_firmware, tre.least_firmware));
	assert_true(span_equal(t.site, tre.site));
	assert_int_equal(t.level, 4);
}

static void
reads_terminalInfo_as_written(void **state)
{
	struct terminal_info t;

	(void)state;
	assert_int_equal(terminal_info_parse(put_terminal(&terminal), &t), 0);
	assert_true(span_equal(t.tac, terminal.tac));
	assert_true(
	    span_equal(t.hardware_platform, terminal.hardware_platform));
	assert_int_equal(t.level, 1);
}

static void
reads_treBinding_as_written(void **state)
{
	struct tre_binding b;

	(void)state;
	assert_int_equal(tre_binding_parse(put_binding(32, 20, 17), &b), 0);
	assert_int_equal(b.serial.n, 17);
}

static void
refuses_levels_other_than_1_to_4(void **state)
{
	struct tre_info t = tre;

	(void)state;
	t.level = 0;
	assert_int_equal(tre_info_parse(put_tre(&t), &t), -1);
	t = tre;
	t.level = 5;
	assert_int_equal(tre_info_parse(put_tre(&t), &t), -1);
	assert_string_equal(err_code(), "DER_MALFORMED");
}

static void
refuses_empty_and_overlong_texts(void **state)
{
	static uint8_t longer[EXT_STRING_MAX + 1];
	struct tre_info t = tre;

	(void)state;
	t.site.n = 0;
	assert_int_equal(tre_info_parse(put_tre(&t), &t), -1);
	memset(longer, 'a', sizeof(longer));
	t = tre;
	t.model = span_of(longer, sizeof(longer));
	assert_int_equal(tre_info_parse(put_tre(&t), &t), -1);
}

static void
refuses_a_TAC_that_is_not_8_digits(void **state)
{
	struct terminal_info t = terminal;

	(void)state;
	t.tac = span_str("3569380");
	assert_int_equal(terminal_info_parse(put_terminal(&t), &t), -1);
	t = terminal;
	t.tac = span_str("3569380 ");
	assert_int_equal(terminal_info_parse(put_terminal(&t), &t), -1);
}

static void
refuses_bindings_of_other_sizes(void **state)
{
	struct tre_binding b;

	(void)state;
	assert_int_equal(tre_binding_parse(put_binding(31, 20, 17), &b), -1);
	assert_int_equal(tre_binding_parse(put_binding(32, 21, 17), &b), -1);
	assert_int_equal(tre_binding_parse(put_binding(32, 20, 21), &b), -1);
}

static void
refuses_trailing_octets(void **state)
{
	struct terminal_info t;
	struct span der = put_terminal(&terminal);
	struct buf b = BUF_EMPTY;

	(void)state;
	buf_put_span(&b, der);
	buf_putc(&b, '\0');
	assert_int_equal(terminal_info_parse(buf_span(&b), &t), -1);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_treInfo_as_written),
		cmocka_unit_test(reads_terminalInfo_as_written),
		cmocka_unit_test(reads_treBinding_as_written),
		cmocka_unit_test(refuses_levels_other_than_1_to_4),
		cmocka_unit_test(refuses_empty_and_overlong_texts),
		cmocka_unit_test(refuses_a_TAC_that_is_not_8_digits),
		cmocka_unit_test(refuses_bindings_of_other_sizes),
		cmocka_unit_test(refuses_trailing_octets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
