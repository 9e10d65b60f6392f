/*
 * Requests as nginx writes them, in pieces of any length, and whatever else
 * somebody might send.
 */

#include "../test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/wire.h"

static struct request req;
static struct wire wire;
static char octets[WIRE_MAX + 1];

static int
read_octets(const char *p, size_t n)
{
	memcpy(octets, p, n);
	return wire_read(octets, n, &req, &wire);
}

static int
read_text(const char *text)
{
	return read_octets(text, strlen(text));
}

static void
reads_what_nginx_writes(void **state)
{
	(void)state;
	assert_int_equal(
	    read_text("GET /ocsp/MFIw%2Fa?b=c HTTP/1.1\r\n"
		      "Host: assay\r\nIf-None-Match: \"0 1\"\r\n\r\n"),
	    WIRE_WHOLE);
	assert_int_equal(req.method, METHOD_GET);
	assert_string_equal(req.path, "/ocsp/MFIw%2Fa");
	assert_string_equal(req.query, "b=c");
	assert_int_equal(req.nheaders, 2);
	assert_string_equal(request_header(&req, "if-none-match"), "\"0 1\"");
	assert_int_equal(req.body.n, 0);
	assert_int_equal(req.body_fd, -1);
	assert_false(wire.head);
	assert_false(wire.ends);

	assert_int_equal(
	    read_octets("POST /ocsp HTTP/1.1\r\nHost: assay\r\n"
			"Content-Type: application/ocsp-request\r\n"
			"Content-Length: 4\r\n\r\na\0\r\n",
		sizeof("POST /ocsp HTTP/1.1\r\nHost: assay\r\n"
		       "Content-Type: application/ocsp-request\r\n"
		       "Content-Length: 4\r\n\r\na\0\r\n") -
		    1),
	    WIRE_WHOLE);
	assert_int_equal(req.method, METHOD_POST);
	assert_string_equal(req.path, "/ocsp");
	assert_string_equal(req.query, "");
	assert_true(request_has_type(&req, "application/ocsp-request"));
	assert_int_equal(req.body.n, 4);
	assert_memory_equal(req.body.p, "a\0\r\n", 4);
}

static void
knows_methods(void **state)
{
	(void)state;
	assert_int_equal(read_text("HEAD / HTTP/1.1\r\n\r\n"), WIRE_WHOLE);
	assert_int_equal(req.method, METHOD_GET);
	assert_true(wire.head);
	assert_int_equal(read_text("PUT / HTTP/1.1\r\n\r\n"), WIRE_WHOLE);
	assert_int_equal(req.method, METHOD_PUT);
	assert_int_equal(read_text("DELETE / HTTP/1.1\r\n\r\n"), WIRE_WHOLE);
	assert_int_equal(req.method, METHOD_DELETE);
	assert_int_equal(read_text("get / HTTP/1.1\r\n\r\n"), WIRE_WHOLE);
	assert_int_equal(req.method, METHOD_OTHER);
	assert_false(wire.head);
	assert_int_equal(
	    read_text("GET / HTTP/1.1\r\nConnection: close\r\n\r\n"),
	    WIRE_WHOLE);
	assert_true(wire.ends);
}

/* Whatever the first piece is; and it is left as it was. */
static void
waits_for_the_rest(void **state)
{
	static const char text[] = "POST /ocsp?a HTTP/1.1\r\nHost: assay\r\n"
				   "Content-Length: 12\r\n\r\nhello\r\n\r\nyou";
	size_t n = sizeof(text) - 1, i;

	(void)state;
	for (i = 0; i < n; i++) {
		assert_int_equal(read_octets(text, i), WIRE_MORE);
		assert_memory_equal(octets, text, i);
	}
	assert_int_equal(read_octets(text, n), WIRE_WHOLE);
	assert_int_equal(req.body.n, 12);
}

static void
refuses_all_else(void **state)
{
	static const struct {
		const char *text;
		int status;
	} cases[] = {
		/* what stands behind the end is no second request */
		{ "GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nContent-Length: 1\r\n\r\nab", 400 },
		{ "POST / HTTP/1.1\r\n\r\na", 400 },
		/* one length, in one way */
		{ "POST / HTTP/1.1\r\nContent-Length: 1\r\n"
		  "Content-Length: 1\r\n\r\na",
		    400 },
		{ "POST / HTTP/1.1\r\nContent-Length: 1,1\r\n\r\na", 400 },
		{ "POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\na", 400 },
		{ "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\na", 400 },
		{ "POST / HTTP/1.1\r\nContent-Length: 0x1\r\n\r\na", 400 },
		{ "POST / HTTP/1.1\r\nContent-Length: 1 \r\n\r\na", 400 },
		{ "POST / HTTP/1.1\r\nContent-Length: 65537\r\n\r\na", 413 },
		{ "POST / HTTP/1.1\r\n"
		  "Content-Length: 18446744073709551617\r\n\r\na",
		    413 },
		{ "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0",
		    400 },
		{ "POST / HTTP/1.1\r\ntransfer-encoding: x\r\n"
		  "Content-Length: 1\r\n\r\na",
		    400 },
		/* lines */
		{ "GET / HTTP/1.1\nHost: a\r\n\r\n", 505 },
		{ "GET / HTTP/1.1\r\nHost: a\nB: c\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: a\rB: c\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\n folded: a\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost a\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\n: a\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: \r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nA: \xc3\xa4\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nA: \t\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nA: b\x7f\r\n\r\n", 400 },
		/* the first of them */
		{ "\r\nGET / HTTP/1.1\r\n\r\n", 400 },
		{ "GET  / HTTP/1.1\r\n\r\n", 400 },
		{ "GET / HTTP/1.1 \r\n\r\n", 505 },
		{ "GET /\r\n\r\n", 400 },
		{ "GET a HTTP/1.1\r\n\r\n", 400 },
		{ "GET http://a/ HTTP/1.1\r\n\r\n", 400 },
		{ "GET /\xe4 HTTP/1.1\r\n\r\n", 400 },
		{ "GET /\t HTTP/1.1\r\n\r\n", 400 },
		{ " / HTTP/1.1\r\n\r\n", 400 },
		{ "G(T / HTTP/1.1\r\n\r\n", 400 },
		{ "GET / HTTP/1.0\r\n\r\n", 505 },
		{ "GET / HTTP/2\r\n\r\n", 505 },
		{ "GET / http/1.1\r\n\r\n", 400 },
		{ "\r\n\r\n", 400 },
		{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (read_text(cases[i].text) != cases[i].status)
			fail_msg(
			    "%d: %s", read_text(cases[i].text), cases[i].text);
	/* a NUL ends nothing */
	assert_int_equal(read_octets("GET /\0 HTTP/1.1\r\n\r\n", 20), 400);
	assert_int_equal(
	    read_octets("GET / HTTP/1.1\r\nA: b\0c\r\n\r\n", 26), 400);
}

/* n octets of c between two texts. */
static int
read_long(const char *before, char c, size_t n, const char *after)
{
	size_t b = strlen(before), a = strlen(after);

	assert_true(b + n + a <= sizeof(octets));
	memcpy(octets, before, b);
	memset(octets + b, c, n);
	memcpy(octets + b + n, after, a);
	return wire_read(octets, b + n + a, &req, &wire);
}

static void
has_an_end(void **state)
{
	char text[2048];
	size_t at = 0, i;

	(void)state;
	assert_int_equal(
	    read_long("GET /", 'a', WIRE_TARGET_MAX - 1, " HTTP/1.1\r\n\r\n"),
	    WIRE_WHOLE);
	assert_int_equal(
	    read_long("GET /", 'a', WIRE_TARGET_MAX, " HTTP/1.1\r\n\r\n"), 414);
	assert_int_equal(
	    read_long("GET / HTTP/1.1\r\nA: ", 'b', 8000, "\r\n\r\n"),
	    WIRE_WHOLE);
	assert_int_equal(
	    read_long("GET / HTTP/1.1\r\nA: ", 'b', 8100, ""), WIRE_MORE);
	assert_int_equal(
	    read_long("GET / HTTP/1.1\r\nA: ", 'b', WIRE_HEAD_MAX, "\r\n\r\n"),
	    431);
	assert_int_equal(
	    read_long("POST / HTTP/1.1\r\nContent-Length: 65536\r\n\r\n", 'x',
		WIRE_BODY_MAX, ""),
	    WIRE_WHOLE);
	assert_int_equal(req.body.n, WIRE_BODY_MAX);
	assert_int_equal(
	    read_long("POST / HTTP/1.1\r\nContent-Length: 65536\r\n\r\n", 'x',
		WIRE_BODY_MAX - 1, ""),
	    WIRE_MORE);

	at += (size_t)snprintf(text, sizeof(text), "GET / HTTP/1.1\r\n");
	for (i = 0; i < REQUEST_HEADERS_MAX; i++)
		at += (size_t)snprintf(
		    text + at, sizeof(text) - at, "H%zu: a\r\n", i);
	(void)snprintf(text + at, sizeof(text) - at, "\r\n");
	assert_int_equal(read_text(text), WIRE_WHOLE);
	assert_int_equal(req.nheaders, REQUEST_HEADERS_MAX);
	(void)snprintf(text + at, sizeof(text) - at, "More: a\r\n\r\n");
	assert_int_equal(read_text(text), 400);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_nginx_writes),
		cmocka_unit_test(knows_methods),
		cmocka_unit_test(waits_for_the_rest),
		cmocka_unit_test(refuses_all_else),
		cmocka_unit_test(has_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
