/*
 * instance_open(): every setting, and each way to write it wrongly.
 */

#include "../../test.h"

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/io.h"
#include "registry/instance.h"

static const char good[] = "[instance]\n"
			   "var = /srv/assay # a comment\n"
			   "run = $var/run\n"
			   "share = /usr/share/assay\n"
			   "listen = 127.0.0.1\n"
			   "port = 8443\n"
			   "public_port = 8080\n"
			   "url = https://127.0.0.1:8443\n"
			   "public_url = http://127.0.0.1:8080\n"
			   "oid_arc = 2.999.33812\n"
			   "body_name = Assay Body\n"
			   "body_country = XX\n"
			   "api_instances = 2\n"
			   "status_instances = 2\n"
			   "passphrase_file =\n";

/* Open the good file with one piece of its text replaced. */
static int
open_with(const char *was, const char *is, struct instance *in)
{
	char path[] = "/tmp/assay-instance-XXXXXX";
	const char *at = was != NULL ? strstr(good, was) : NULL;
	struct buf b = BUF_EMPTY;
	int fd = mkstemp(path), rc;

	if (at == NULL)
		buf_puts(&b, good);
	else {
		buf_put(&b, good, (size_t)(at - good));
		buf_puts(&b, is);
		buf_puts(&b, at + strlen(was));
	}
	assert_int_equal(io_write_all(fd, buf_span(&b)), 0);
	rc = instance_open(path, in);
	(void)close(fd);
	(void)unlink(path);
	buf_free(&b);
	return rc;
}

static void
refuses(const char *was, const char *is, const char *says)
{
	struct instance in;

	assert_int_equal(open_with(was, is, &in), -1);
	assert_int_equal(err_kind(), ERR_INPUT);
	assert_non_null(strstr(err_text(), says));
}

static void
reads_every_setting(void **state)
{
	struct instance in;
	char path[INSTANCE_PATH_MAX], info[INSTANCE_CONNINFO_MAX];

	(void)state;
	assert_int_equal(open_with(NULL, NULL, &in), 0);
	assert_string_equal(in.var, "/srv/assay");
	assert_string_equal(in.run, "/srv/assay/run");
	assert_int_equal(in.port, 8443);
	assert_int_equal(in.status_instances, 2);
	assert_string_equal(in.body_name, "Assay Body");
	assert_string_equal(in.passphrase_file, "");
	assert_string_equal(instance_path(&in, path, "log/%s.log", "api-0"),
	    "/srv/assay/log/api-0.log");
	assert_string_equal(instance_share(&in, path, "db/schema"),
	    "/usr/share/assay/db/schema");
	assert_string_equal(instance_conninfo(&in, "assay_api", info),
	    "host='/srv/assay/run' port=5432 dbname=assay user=assay_api "
	    "connect_timeout=5 "
	    "options='-c search_path=assay,pg_temp'");
}

static void
what_webhooks_may_reach_may_be_left_out(void **state)
{
	struct instance in;

	(void)state;
	assert_int_equal(open_with(NULL, NULL, &in), 0);
	assert_false(in.webhook_private);
	assert_string_equal(in.webhook_ca, "");
	assert_int_equal(open_with("passphrase_file =\n",
			     "passphrase_file =\nwebhook_private = yes\n"
			     "webhook_ca = /etc/ca.pem\n",
			     &in),
	    0);
	assert_true(in.webhook_private);
	assert_string_equal(in.webhook_ca, "/etc/ca.pem");
	refuses("passphrase_file =\n",
	    "passphrase_file =\nwebhook_private = 1\n",
	    "webhook_private must be yes or no");
	refuses("passphrase_file =\n", "passphrase_file =\nwebhook_private =\n",
	    "webhook_private must be yes or no");
}

static void
refuses_a_missing_setting(void **state)
{
	(void)state;
	refuses("oid_arc = 2.999.33812\n", "", "oid_arc is missing");
}

static void
refuses_an_unknown_setting(void **state)
{
	(void)state;
	refuses("oid_arc", "oid_arch", "oid_arch is not known");
}

static void
refuses_a_port_out_of_range(void **state)
{
	(void)state;
	refuses("= 8443", "= 65536", "port must be a number from 1");
	refuses("= 8443", "= 84a", "port must be a number from 1");
	refuses("= 8443", "=", "port must be a number from 1");
}

static void
refuses_one_port_for_both(void **state)
{
	(void)state;
	refuses("= 8443", "= 8080", "must differ");
}

static void
refuses_to_listen_on_a_name(void **state)
{
	(void)state;
	refuses("listen = ", "listen = foo #", "listen must be an IP address");
}

static void
refuses_a_public_url_that_is_none(void **state)
{
	(void)state;
	refuses("public_url = http://", "public_url = ", "public_url must");
}

static void
refuses_an_address_that_is_none(void **state)
{
	(void)state;
	refuses("url = https://", "url = http://", "url must begin with https");
	refuses(
	    "public_url = http://", "public_url = http://a ", "neither blanks");
	refuses("public_url = http://", "public_url = http:///", "public_url");
}

static void
refuses_a_relative_folder(void **state)
{
	(void)state;
	refuses("run = $var/run", "run = run", "absolute");
	refuses("/srv/assay #", "srv/assay #", "absolute");
}

static void
refuses_what_connection_strings_would_misread(void **state)
{
	(void)state;
	refuses("run = $var/run", "run = /a\\'b", "run must not have");
}

static void
tells_a_missing_file(void **state)
{
	struct instance in;

	(void)state;
	assert_int_equal(instance_open("/nonexistent/assay.cnf", &in), -1);
	assert_int_equal(err_kind(), ERR_ABSENT);
}

static void
names_the_line_that_is_no_setting(void **state)
{
	(void)state;
	refuses("port = 8443", "port", "line 6");
}

static void
refuses_a_body_without_a_country(void **state)
{
	(void)state;
	refuses("body_country = XX", "body_country = xx", "body_country");
	refuses("body_country = XX", "body_country = X", "body_country");
	refuses("body_name = Assay Body", "body_name =", "body_name");
}

static void
what_others_reach_a_program_by_is_in_a_folder_of_its_own_where_it_is_a_user(
    void **state)
{
	struct instance in;
	char line[INSTANCE_LINE_MAX];

	(void)state;
	assert_int_equal(open_with(NULL, NULL, &in), 0);
	assert_false(in.separate);
	assert_string_equal(instance_line(&in, "api-3", "sock", line),
	    "/srv/assay/run/api-3.sock");
	assert_string_equal(instance_line(&in, "authority", "bell", line),
	    "/srv/assay/run/authority.bell");
	assert_int_equal(open_with("passphrase_file =\n",
			     "passphrase_file =\nseparate = yes\n", &in),
	    0);
	assert_true(in.separate);
	assert_string_equal(instance_line(&in, "api-3", "sock", line),
	    "/srv/assay/run/api/api-3.sock");
	assert_string_equal(instance_line(&in, "api-3", "bell", line),
	    "/srv/assay/run/bell/api/api-3.bell");
	assert_string_equal(instance_line(&in, "authority", "bell", line),
	    "/srv/assay/run/bell/authority/authority.bell");
}

static void
who_could_enter_what_is_anothers_is_not_apart_from_it(void **state)
{
	char var[] = "/tmp/assay-instance.XXXXXX", path[INSTANCE_PATH_MAX];
	struct instance in = { .separate = true };
	static const char *const closed[] = { "authority", "credentials",
		"postgres" };
	size_t i;

	(void)state;
	assert_non_null(mkdtemp(var));
	(void)snprintf(in.var, sizeof(in.var), "%s", var);
	assert_int_equal(instance_apart(&in), 0);
	for (i = 0; i < 3; i++) {
		in.separate = true;
		instance_path(&in, path, "%s", closed[i]);
		assert_int_equal(mkdir(path, 0700), 0);
		assert_int_equal(instance_apart(&in), -1);
		assert_int_equal(err_kind(), ERR_DENIED);
		assert_non_null(strstr(err_text(), path));
		in.separate = false;
		assert_int_equal(instance_apart(&in), 0);
		assert_int_equal(rmdir(path), 0);
	}
	assert_int_equal(rmdir(var), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    what_others_reach_a_program_by_is_in_a_folder_of_its_own_where_it_is_a_user),
		cmocka_unit_test(
		    who_could_enter_what_is_anothers_is_not_apart_from_it),
		cmocka_unit_test(reads_every_setting),
		cmocka_unit_test(what_webhooks_may_reach_may_be_left_out),
		cmocka_unit_test(refuses_a_missing_setting),
		cmocka_unit_test(refuses_an_unknown_setting),
		cmocka_unit_test(refuses_a_port_out_of_range),
		cmocka_unit_test(refuses_one_port_for_both),
		cmocka_unit_test(refuses_to_listen_on_a_name),
		cmocka_unit_test(refuses_a_public_url_that_is_none),
		cmocka_unit_test(refuses_a_relative_folder),
		cmocka_unit_test(refuses_an_address_that_is_none),
		cmocka_unit_test(refuses_what_connection_strings_would_misread),
		cmocka_unit_test(tells_a_missing_file),
		cmocka_unit_test(names_the_line_that_is_no_setting),
		cmocka_unit_test(refuses_a_body_without_a_country),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
