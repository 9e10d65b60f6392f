/*
 * Answers, above all the error slot as problem+json (RFC 9457).
 */

#include "../test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "api/reply.h"
#include "base/err.h"
#include "base/io.h"

static void
becomes(enum err_kind kind, const char *code, int status, const char *type)
{
	struct reply reply = REPLY_EMPTY;
	char expected[128];
	json_t *o;

	if (code != NULL)
		err_set_code(kind, code, "a sentence");
	else
		err_set(kind, "a sentence");
	assert_int_equal(reply_status_of_err(), status);
	assert_int_equal(reply_problem(&reply, "77"), 0);
	assert_int_equal(reply.status, status);
	o = json_loadb((const char *)reply.body.p, reply.body.n,
	    JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(o);
	(void)snprintf(
	    expected, sizeof(expected), "%s%s", REPLY_PROBLEM_BASE, type);
	assert_string_equal(
	    json_string_value(json_object_get(o, "type")), expected);
	assert_int_equal(
	    json_integer_value(json_object_get(o, "status")), status);
	assert_string_equal(json_string_value(json_object_get(o, "instance")),
	    "urn:assay:request:77");
	assert_non_null(json_string_value(json_object_get(o, "title")));
	if (status == 500)
		assert_null(
		    strstr(json_string_value(json_object_get(o, "detail")),
			"a sentence"));
	else
		assert_string_equal(
		    json_string_value(json_object_get(o, "detail")),
		    "a sentence");
	json_decref(o);
	reply_free(&reply);
}

static void
maps_every_kind_of_failure(void **state)
{
	(void)state;
	becomes(ERR_INPUT, NULL, 400, "INPUT_REFUSED");
	becomes(ERR_DENIED, NULL, 403, "DENIED");
	becomes(ERR_ABSENT, NULL, 404, "ABSENT");
	becomes(ERR_CONFLICT, NULL, 409, "CONFLICT");
	becomes(ERR_BUSY, NULL, 503, "BUSY");
	becomes(ERR_INTERNAL, NULL, 500, "INTERNAL");
	becomes(ERR_NONE, NULL, 500, "INTERNAL");
}

static void
keeps_the_code_as_the_type(void **state)
{
	(void)state;
	becomes(ERR_CONFLICT, "KEY_REGISTERED", 409, "KEY_REGISTERED");
	becomes(ERR_DENIED, "UNAUTHENTICATED", 401, "UNAUTHENTICATED");
	becomes(ERR_INPUT, "BODY_TOO_LARGE", 413, "BODY_TOO_LARGE");
	becomes(ERR_INPUT, "MEDIA_TYPE", 415, "MEDIA_TYPE");
	becomes(ERR_INPUT, "METHOD_NOT_ALLOWED", 405, "METHOD_NOT_ALLOWED");
}

static void
never_tells_what_is_wrong_inside(void **state)
{
	(void)state;
	becomes(ERR_INTERNAL, "SECRET", 500, "INTERNAL");
}

static void
tells_a_busy_caller_when_to_come_back(void **state)
{
	struct reply reply = REPLY_EMPTY;

	(void)state;
	err_set(ERR_BUSY, "later");
	reply_problem(&reply, "1");
	assert_string_equal(reply.headers[0].name, "Retry-After");
	reply_free(&reply);
}

static void
tells_that_there_is_no_room_and_not_where(void **state)
{
	struct reply reply = REPLY_EMPTY;

	(void)state;
	err_set_code(ERR_BUSY, "STORAGE_FULL", "could not write /srv/x");
	reply_problem(&reply, "1");
	assert_int_equal(reply.status, 507);
	assert_null(strstr(buf_str(&reply.body), "/srv"));
	assert_string_equal(reply.headers[0].name, "Retry-After");
	reply_free(&reply);
}

static void
keeps_the_database_s_words_to_the_log(void **state)
{
	static const char *const codes[] = { "DATABASE_AWAY", "STORAGE_FULL",
		"VALUE_MALFORMED" };
	struct reply reply = REPLY_EMPTY;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		err_set_code(ERR_INPUT, codes[i], "socket \"/var/run/x\"");
		reply_problem(&reply, "1");
		assert_non_null(strstr(buf_str(&reply.body), codes[i]));
		assert_null(strstr(buf_str(&reply.body), "/var/run"));
		reply_free(&reply);
	}
}

static void
survives_octets_that_are_no_utf_8(void **state)
{
	struct reply reply = REPLY_EMPTY;

	(void)state;
	err_set(ERR_ABSENT, "there is nothing at \xff\xfe");
	reply_problem(&reply, "1");
	assert_non_null(strstr(buf_str(&reply.body), "nothing at ??"));
	reply_free(&reply);
}

static void
streams_a_file(void **state)
{
	struct reply reply = REPLY_EMPTY;
	char path[] = "/tmp/assay-reply-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(io_write_all(fd, span_str("12345")), 0);
	assert_int_equal(reply_file(&reply, "text/plain", fd), 0);
	assert_int_equal(reply.file_size, 5);
	assert_int_equal(reply.status, 200);
	/* Another answer instead closes it. */
	reply_json(&reply, 200, "{}");
	assert_int_equal(reply.file_fd, -1);
	assert_int_equal(close(fd), -1);
	reply_free(&reply);
	(void)unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(maps_every_kind_of_failure),
		cmocka_unit_test(keeps_the_code_as_the_type),
		cmocka_unit_test(never_tells_what_is_wrong_inside),
		cmocka_unit_test(tells_a_busy_caller_when_to_come_back),
		cmocka_unit_test(tells_that_there_is_no_room_and_not_where),
		cmocka_unit_test(keeps_the_database_s_words_to_the_log),
		cmocka_unit_test(survives_octets_that_are_no_utf_8),
		cmocka_unit_test(streams_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
