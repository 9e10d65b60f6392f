/*
 * A time-stamping authority over HTTP (RFC 3161 section 3.4): each request is
 * answered by `openssl ts -reply`.
 *	tsa PORT FOLDER
 * FOLDER has tsa.cnf with all that openssl needs; while it has a file "dead",
 *what comes is not answered, and while it has one named "lies", with the
 *"reply" that is there; then there is a file "lied".
 */

#include <sys/socket.h>

#include <arpa/inet.h>

#include <netinet/in.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const char reply_command[] =
    "openssl ts -reply -config tsa.cnf -queryfile query -out reply "
    "2>>tsa.log";

static void
write_file(const char *path, const void *p, size_t n)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fwrite(p, 1, n, f) != n || fclose(f) != 0)
		exit(1);
}

/* The body of one request; how long it is. */
static size_t
read_request(int fd, char *all, size_t most)
{
	char *end = NULL, *length;
	size_t n = 0, want = 0;
	ssize_t got;

	while (end == NULL || n < (size_t)(end - all) + want) {
		if (n + 1 >= most ||
		    (got = read(fd, all + n, most - n - 1)) <= 0)
			return 0;
		n += (size_t)got;
		all[n] = '\0';
		if (end == NULL && (end = strstr(all, "\r\n\r\n")) != NULL) {
			end += 4;
			length = strcasestr(all, "content-length:");
			want = length != NULL
			    ? (size_t)strtol(length + 15, NULL, 10)
			    : 0;
		}
	}
	memmove(all, end, want);
	return want;
}

static void
answer(int fd)
{
	static char buffer[65536];
	size_t n = read_request(fd, buffer, sizeof(buffer));
	FILE *f;

	if (n == 0 || access("dead", F_OK) == 0)
		return;
	if (access("lies", F_OK) == 0)
		write_file("lied", "", 0);
	else {
		write_file("query", buffer, n);
		if (system(reply_command) != 0)
			return;
	}
	if ((f = fopen("reply", "r")) == NULL)
		return;
	n = fread(buffer, 1, sizeof(buffer), f);
	(void)fclose(f);
	dprintf(fd,
	    "HTTP/1.1 200 OK\r\nContent-Type: application/timestamp-reply\r\n"
	    "Content-Length: %zu\r\nConnection: close\r\n\r\n",
	    n);
	if (write(fd, buffer, n) != (ssize_t)n)
		fprintf(stderr, "tsa: the answer was not taken\n");
}

int
main(int argc, char **argv)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	int yes = 1, s, fd;

	if (argc != 3 || chdir(argv[2]) == -1)
		return 2;
	at.sin_port = htons((uint16_t)strtol(argv[1], NULL, 10));
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s = socket(AF_INET, SOCK_STREAM, 0);
	(void)setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(s, (struct sockaddr *)&at, sizeof(at)) == -1 ||
	    listen(s, 8) == -1)
		return 1;
	while ((fd = accept(s, NULL, NULL)) != -1) {
		answer(fd);
		(void)close(fd);
	}
	return 1;
}
