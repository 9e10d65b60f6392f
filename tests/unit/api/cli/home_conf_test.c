/*
 * assay.cnf: one setting changed, all else as it was.
 */

#include "../../test.h"

#include <stdlib.h>
#include <string.h>

#include "api/cli/home_conf.h"
#include "base/err.h"

static void
sets(const char *before, const char *name, const char *after)
{
	/* exactly as long as it is: who looks behind it is found out */
	char *text = xstrdup(before);
	struct buf out = BUF_EMPTY;
	int rc = home_conf_set(span_str(text), name, "9", &out);

	free(text);
	if (after == NULL) {
		assert_int_equal(rc, -1);
		assert_int_equal(err_kind(), ERR_ABSENT);
	} else {
		assert_int_equal(rc, 0);
		assert_string_equal(buf_str(&out), after);
	}
	buf_free(&out);
}

static void
changes_a_setting_and_no_other(void **state)
{
	(void)state;
	sets("# port\nport = 1\nports = 2\n", "port",
	    "# port\nport = 9\nports = 2\n");
	sets("a=1\nport\t =1\nb=2\n", "port", "a=1\nport = 9\nb=2\n");
	sets("a = 1\nport = 1", "port", "a = 1\nport = 9\n");
}

static void
refuses_a_setting_that_is_not_there(void **state)
{
	(void)state;
	sets("ports = 1\n", "port", NULL);
	sets(" port = 1\n", "port", NULL);
	sets("", "port", NULL);
}

static void
looks_no_further_than_the_text(void **state)
{
	(void)state;
	sets("a=1\nb", "public_port_that_is_longer_than_what_is_left", NULL);
	sets("public_port", "public_port", NULL);
	sets("public_port \t", "public_port", NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes_a_setting_and_no_other),
		cmocka_unit_test(refuses_a_setting_that_is_not_there),
		cmocka_unit_test(looks_no_further_than_the_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
