/*
 * Parameters: arrays as PostgreSQL's array_recv() reads them.
 */

#include <string.h>

#include "tests/unit/test.h"

#include "db/conn.h"

#define HEADER(type, n)                                                        \
	"\0\0\0\1"                                                             \
	"\0\0\0\0"                                                             \
	"\0\0\0" type "\0\0\0" n "\0\0\0\1"

/* What the parameter has is that text of n octets. */
static void
is(const struct db_args *args, const char *octets, size_t n)
{
	assert_int_equal(args->n, 1);
	assert_int_equal(args->format[0], 1);
	assert_int_equal(args->length[0], n);
	assert_memory_equal(args->value[0], octets, n);
}

static void
an_array_of_octets_keeps_each_length(void **state)
{
	static const char want[] = HEADER("\x11", "\2") "\0\0\0\2"
							"a\0"
							"\0\0\0\0";
	struct db_args args = DB_ARGS_EMPTY;
	struct db_array a;

	(void)state;
	db_array_begin(&a, DB_BYTEA);
	db_array_put(&a, span_of("a", 2));
	db_array_put(&a, span_of("", 0));
	db_arg_array(&args, &a);
	is(&args, want, sizeof(want) - 1);
	db_array_free(&a);
}

static void
numbers_are_big_endian_and_may_be_negative(void **state)
{
	static const char four[] = HEADER("\x17", "\2") "\0\0\0\4"
							"\0\0\1\2"
							"\0\0\0\4"
							"\xff\xff\xff\xff";
	static const char eight[] =
	    HEADER("\x14", "\1") "\0\0\0\x8"
				 "\x1\x2\x3\x4\x5\x6\x7\x8";
	struct db_args args = DB_ARGS_EMPTY, more = DB_ARGS_EMPTY;
	struct db_array a, b;

	(void)state;
	db_array_begin(&a, DB_INT4);
	db_array_put_int4(&a, 258);
	db_array_put_int4(&a, -1);
	db_arg_array(&args, &a);
	is(&args, four, sizeof(four) - 1);
	db_array_begin(&b, DB_INT8);
	db_array_put_int8(&b, INT64_C(0x0102030405060708));
	db_arg_array(&more, &b);
	is(&more, eight, sizeof(eight) - 1);
	db_array_free(&a);
	db_array_free(&b);
}

static void
what_is_there_already_is_not_put_in_again(void **state)
{
	static const char want[] = HEADER("\x19", "\3") "\0\0\0\2"
							"ab"
							"\0\0\0\0"
							"\0\0\0\1"
							"a";
	struct db_args args = DB_ARGS_EMPTY;
	struct db_array a;

	(void)state;
	db_array_begin(&a, DB_TEXT);
	assert_int_equal(db_array_put_once(&a, span_str("ab")), 1);
	assert_int_equal(db_array_put_once(&a, span_str("")), 2);
	assert_int_equal(db_array_put_once(&a, span_str("ab")), 1);
	assert_int_equal(db_array_put_once(&a, span_str("a")), 3);
	assert_int_equal(db_array_put_once(&a, span_str("a")), 3);
	assert_int_equal(db_array_put_once(&a, span_str("")), 2);
	db_arg_array(&args, &a);
	is(&args, want, sizeof(want) - 1);
	db_array_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_array_of_octets_keeps_each_length),
		cmocka_unit_test(what_is_there_already_is_not_put_in_again),
		cmocka_unit_test(numbers_are_big_endian_and_may_be_negative),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
