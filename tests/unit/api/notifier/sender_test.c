/*
 * Receivers that end nothing: a name that is looked up for ever, an answer
 * that stops in the middle.
 */

#include "tests/unit/test.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "api/notifier/sender.h"
#include "base/clock.h"
#include "base/err.h"

#define LOOKED_UP_S 14

/* Whoever keeps the names of a domain decides how long this takes. */
int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
    struct addrinfo **res)
{
	(void)service, (void)hints;
	*res = NULL;
	if (strcmp(node, "nowhere.example") == 0)
		return EAI_NONAME;
	(void)sleep(LOOKED_UP_S);
	return EAI_FAIL;
}

/* A server that says the same to each who comes, and then waits or hangs up. */
struct server {
	pid_t pid;
	char url[64];
};

static struct server
server_start(const char *answer, bool hangs_up)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), peer;
	struct server s;
	char request[4096];

	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 5), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
	(void)snprintf(s.url, sizeof(s.url), "http://127.0.0.1:%u/",
	    (unsigned)ntohs(at.sin_port));
	if ((s.pid = fork()) != 0) {
		(void)close(fd);
		return s;
	}
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	while ((peer = accept(fd, NULL, NULL)) != -1) {
		if (read(peer, request, sizeof(request)) <= 0 ||
		    write(peer, answer, strlen(answer)) == -1)
			_exit(1);
		if (hangs_up)
			(void)close(peer);
	}
	_exit(0);
}

static void
server_end(const struct server *s)
{
	(void)kill(s->pid, SIGKILL);
	(void)waitpid(s->pid, NULL, 0);
}

static struct sender *
open_sender(bool is_private)
{
	static struct instance in;
	struct sender *s;

	in.webhook_private = is_private;
	s = sender_open(&in);
	assert_non_null(s);
	return s;
}

static void
send_to(struct sender *s, const char *url)
{
	struct delivery d;

	memset(&d, 0, sizeof(d));
	(void)snprintf(d.url, sizeof(d.url), "%s", url);
	(void)snprintf(d.message, sizeof(d.message), "acme-1");
	buf_puts(&d.body, "{}");
	sender_start(s, &d, 0);
}

static int
take(const struct outcome *o, void *ctx)
{
	struct outcome *last = ctx;

	*last = *o;
	last->delivery = NULL;
	return 0;
}

/* Until one has ended; the longest that any other would have waited, in ms. */
static int64_t
work(struct sender *s, struct outcome *o)
{
	int64_t longest = 0, begun, until = clock_ms() + 12000;
	int n = sender_count(s);

	while (sender_count(s) == n && clock_ms() < until) {
		begun = clock_ms();
		assert_int_equal(sender_turn(s, take, o), 0);
		if (clock_ms() - begun > longest)
			longest = clock_ms() - begun;
		sender_wait(s, NULL, 0, 50);
	}
	return longest;
}

static void
a_name_that_takes_long_keeps_nobody_waiting(void **state)
{
	struct sender *s = open_sender(true);
	struct outcome o = { .status = -1 };
	int64_t begun;

	(void)state;
	send_to(s, "http://slow.example/");
	assert_in_range(work(s, &o), 0, 1000);
	assert_int_equal(sender_count(s), 0);
	assert_false(o.delivered);
	send_to(s, "http://slow.example/");
	(void)sender_turn(s, take, &o);
	begun = clock_ms();
	sender_drop(s);
	assert_in_range(clock_ms() - begun, 0, 1000);
	sender_free(s);
}

static void
is_answered(const char *answer, bool hangs_up, int status, bool delivered)
{
	struct server server = server_start(answer, hangs_up);
	struct sender *s = open_sender(true);
	struct outcome o = { .status = -1 };

	send_to(s, server.url);
	(void)work(s, &o);
	assert_int_equal(o.status, status);
	assert_int_equal(o.delivered, delivered);
	sender_free(s);
	server_end(&server);
}

static void
an_answer_is_one_before_its_body_ends(void **state)
{
	(void)state;
	is_answered(
	    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", true, 200, true);
	is_answered(
	    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", false, 200, true);
	is_answered(
	    "HTTP/1.1 500 No\r\nContent-Length: 5\r\n\r\nab", true, 500, false);
}

static void
half_of_an_answer_is_none(void **state)
{
	(void)state;
	is_answered("HTTP/1.1 2", true, 0, false);
	is_answered("HTTP/1.1 100 Continue\r\n\r\n", true, 0, false);
	is_answered("", true, 0, false);
}

/* What its owner is told of a receiver at that address. */
static const char *
told(bool is_private, const char *url)
{
	static struct outcome o;
	struct sender *s = open_sender(is_private);

	memset(&o, 0, sizeof(o));
	send_to(s, url);
	(void)work(s, &o);
	assert_int_equal(o.status, 0);
	assert_false(o.delivered);
	sender_free(s);
	return o.why;
}

/* Its log tells more. */
static void
a_subscriber_learns_nothing_of_our_network(void **state)
{
	struct server other = server_start("SSH-2.0-x\r\n", true);
	struct server open = server_start("", true);
	char url[80];

	(void)state;
	server_end(&open); /* a port that is closed now */
	assert_string_equal(told(true, open.url), "there was no answer");
	assert_string_equal(told(true, other.url), "there was no answer");
	assert_string_equal(
	    told(true, "http://nowhere.example/"), "there was no answer");
	(void)snprintf(url, sizeof(url), "https%s", other.url + strlen("http"));
	assert_string_equal(told(true, url), "there was no answer");
	assert_string_equal(
	    told(false, url), "the host has no address of the Internet");
	assert_string_equal(told(false, "https://nowhere.example/"),
	    "the host has no address of the Internet");
	assert_string_equal(
	    told(false, other.url), "this instance sends by https only");
	server_end(&other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_that_takes_long_keeps_nobody_waiting),
		cmocka_unit_test(an_answer_is_one_before_its_body_ends),
		cmocka_unit_test(half_of_an_answer_is_none),
		cmocka_unit_test(a_subscriber_learns_nothing_of_our_network),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
