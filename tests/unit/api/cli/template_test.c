/*
 * Settings files from templates, and one setting changed in a file.
 */

#include "../../test.h"

#include <string.h>

#include "api/cli/home_conf.h"
#include "api/cli/template.h"
#include "base/err.h"

static const struct template_value values[] = { { "VAR", "/srv" }, { "N", "7" },
	{ "EMPTY", "" }, { NULL, NULL } };

static void
becomes(const char *from, const char *to)
{
	struct buf out = BUF_EMPTY;

	assert_int_equal(template_fill(span_str(from), values, &out), 0);
	assert_string_equal(buf_str(&out), to);
	buf_free(&out);
}

static void
replaces_names(void **state)
{
	(void)state;
	becomes("path @VAR@/x-@N@.sock;\n", "path /srv/x-7.sock;\n");
	becomes("@VAR@@N@@EMPTY@", "/srv7");
}

static void
leaves_alone_what_is_no_name(void **state)
{
	(void)state;
	becomes("a@b.example @ @@ @lower@ @NO", "a@b.example @ @@ @lower@ @NO");
	becomes("location @away {", "location @away {");
	becomes("", "");
}

static void
refuses_a_name_that_nothing_stands_for(void **state)
{
	struct buf out = BUF_EMPTY;

	(void)state;
	assert_int_equal(template_fill(span_str("x @PORT@"), values, &out), -1);
	assert_int_equal(err_kind(), ERR_INPUT);
	assert_non_null(strstr(err_text(), "@PORT@"));
	buf_free(&out);
}

static void
changes_one_setting_and_keeps_the_rest(void **state)
{
	static const char text[] = "# port = 1\n[instance]\npublic_port = 2\n"
				   "port = 3\nport_x = 4";
	struct buf out = BUF_EMPTY;

	(void)state;
	assert_int_equal(home_conf_set(span_str(text), "port", "9", &out), 0);
	assert_string_equal(buf_str(&out),
	    "# port = 1\n[instance]\npublic_port = 2\nport = 9\nport_x = 4");
	buf_clear(&out);
	assert_int_equal(home_conf_set(span_str(text), "por", "9", &out), -1);
	assert_int_equal(err_kind(), ERR_ABSENT);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replaces_names),
		cmocka_unit_test(leaves_alone_what_is_no_name),
		cmocka_unit_test(refuses_a_name_that_nothing_stands_for),
		cmocka_unit_test(changes_one_setting_and_keeps_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
