/*
 * A subscriber of webhooks: keeps each request as it came, and answers as the
 * control file says at that moment.
 *
 *	receiver PORT FOLDER
 *
 * FOLDER/control holds one word, and for some a second one:
 *	200, 410, 500 ...	that status
 *	302 URL			a redirect to there
 *	slow SECONDS		200, after so long
 *	endless			200, and a body that doesn't end
 *	silent			no answer at all
 *	run PROGRAM		what PROGRAM writes, octet for octet; it gets
 *the request's file FOLDER/connections has a line for each connection.  Request
 *N goes to FOLDER/N.req, N from 000001 or where an earlier receiver ended; by
 *the time of its answer it is there as a whole.
 */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define REQUEST_MOST 1048576

/* Head and body of one request; how long it is, 0 when it is none. */
static size_t
read_request(int fd, char *text)
{
	size_t n = 0, want = 0;
	const char *end, *length;
	ssize_t got;

	while (want == 0 || n < want) {
		got = read(fd, text + n, REQUEST_MOST - n);
		if (got <= 0)
			return 0;
		n += (size_t)got;
		text[n] = '\0';
		if (want == 0 && (end = strstr(text, "\r\n\r\n")) != NULL) {
			length = strcasestr(text, "\r\ncontent-length:");
			want = (size_t)(end + 4 - text) +
			    (length != NULL ? strtoul(length + 17, NULL, 10)
					    : 0);
		}
	}
	return n;
}

static void
keep(const char *folder, unsigned number, const char *text, size_t n)
{
	char path[512], done[520];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%06u.new", folder, number);
	(void)snprintf(done, sizeof(done), "%s/%06u.req", folder, number);
	if ((f = fopen(path, "w")) == NULL || fwrite(text, 1, n, f) != n ||
	    fclose(f) != 0 || rename(path, done) == -1)
		err(1, "%s", path);
}

/* How many there are from before. */
static unsigned
find_last(const char *folder)
{
	char path[512];
	unsigned n = 0;

	do
		(void)snprintf(path, sizeof(path), "%s/%06u.req", folder, ++n);
	while (access(path, F_OK) == 0);
	return n - 1;
}

static void
count(const char *folder)
{
	char path[512];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/connections", folder);
	if ((f = fopen(path, "a")) == NULL || fputs("one\n", f) == EOF ||
	    fclose(f) != 0)
		err(1, "%s", path);
}

static void
say(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) == -1)
		exit(0); /* nobody listens any more */
}

static void
run(int fd, const char *program, const char *folder, unsigned number)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/%06u.req", folder, number);
	(void)signal(SIGCHLD, SIG_DFL);
	if (dup2(fd, STDOUT_FILENO) == -1)
		err(1, "dup2");
	(void)execl(program, program, path, (char *)NULL);
	err(1, "%s", program);
}

static void
answer(int fd, const char *folder, unsigned number)
{
	char path[512], word[32] = "200", more[256] = "", line[512];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/control", folder);
	if ((f = fopen(path, "r")) != NULL) {
		if (fscanf(f, "%31s %255s", word, more) < 1)
			(void)snprintf(word, sizeof(word), "200");
		(void)fclose(f);
	}
	if (strcmp(word, "silent") == 0) {
		(void)!read(fd, line, 1); /* until the other one hangs up */
		exit(0);
	}
	if (strcmp(word, "run") == 0)
		run(fd, more, folder, number);
	if (strcmp(word, "slow") == 0)
		(void)sleep((unsigned)atoi(more));
	if (strcmp(word, "endless") == 0) {
		say(fd, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
		for (;;)
			say(fd, "and so on, and so on, and so on, and so on\n");
	}
	(void)snprintf(line, sizeof(line),
	    "HTTP/1.1 %d X\r\n%s%s%sContent-Length: 0\r\n"
	    "Connection: close\r\n\r\n",
	    atoi(word) > 0 ? atoi(word) : 200,
	    atoi(word) == 302 ? "Location: " : "",
	    atoi(word) == 302 ? more : "", atoi(word) == 302 ? "\r\n" : "");
	say(fd, line);
}

int
main(int argc, char **argv)
{
	static char text[REQUEST_MOST + 1];
	struct sockaddr_in at = { .sin_family = AF_INET };
	int fd, s = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	unsigned number;
	size_t n;

	if (argc != 3)
		errx(2, "usage: receiver PORT FOLDER");
	number = find_last(argv[2]);
	at.sin_port = htons((uint16_t)atoi(argv[1]));
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	(void)setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(s, (struct sockaddr *)&at, sizeof(at)) == -1 ||
	    listen(s, 64) == -1)
		err(1, "port %s", argv[1]);
	(void)signal(SIGCHLD, SIG_IGN);
	while ((fd = accept(s, NULL, NULL)) != -1) {
		count(argv[2]);
		/* it is numbered here, so that numbers are in order */
		if ((n = read_request(fd, text)) > 0) {
			keep(argv[2], ++number, text, n);
			if (fork() == 0) {
				(void)close(s);
				answer(fd, argv[2], number);
				exit(0);
			}
		}
		(void)close(fd);
	}
	return 0;
}
