/*
 * Asks an address over kept TLS connections, and says how long each answer
 * took.
 *	ask PORT ROOT CERT KEY PATH TYPE CONNECTIONS [ANSWERS] <bodies
 * A line of the input is the body of one request, a line of ANSWERS that of
 * its answer.  All connections are there, and each has had an answer, before
 * the input is read and the clock starts: `connected' is said then, so that
 * whoever counts what the server does begins to count there, too.  One thread
 * and no library of HTTP: it shares the cores with what it measures, and must
 * take little of them.
 *
 * Where KEY is -, CERT has many certificates, each with its key behind it: each
 * body is asked with the next one, over a connection of its own, and the time
 * is taken from when that is there.
 *
 * Prints at the end
 *	asked N answered N seconds S middle MS p99 MS cpu_us US
 * where answered are those with 200 or 201, and cpu_us is its own time a
 * request.
 */

#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#define CONNECTIONS_MOST 1024
#define ANSWER_MOST	 65536
#define ASK_MOST	 32768
#define ADDRESSES	 8

struct connection {
	SSL *ssl;
	int fd;
	bool ready;	  /* TLS is there */
	const char *body; /* what it asks; NULL: nothing */
	double since;
	char answer[ANSWER_MOST];
	int n;
};

static struct credential {
	X509 *cert;
	EVP_PKEY *key;
} * credentials; /* one a body; NULL: the same for all */
static long ncredentials, left_out;
static struct connection *connections;
static char **bodies;
static double *took;
static long nbodies, next, answered, done;
static const char *path, *type;
static FILE *answers; /* NULL: nobody wants them */
static SSL_CTX *ctx;
static int port, queue;

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
read_bodies(void)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	while ((n = getline(&line, &size, stdin)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		bodies =
		    realloc(bodies, (size_t)(nbodies + 1) * sizeof(char *));
		bodies[nbodies++] = strdup(line);
	}
	free(line);
	took = calloc((size_t)nbodies + 1, sizeof(double));
}

static void
read_credentials(const char *file)
{
	FILE *f = fopen(file, "r");
	struct credential c;

	if (f == NULL)
		err(1, "%s", file);
	SSL_CTX_add_extra_chain_cert(ctx, PEM_read_X509(f, NULL, NULL, NULL));
	while ((c.cert = PEM_read_X509(f, NULL, NULL, NULL)) != NULL &&
	    (c.key = PEM_read_PrivateKey(f, NULL, NULL, NULL)) != NULL) {
		credentials = realloc(credentials,
		    (size_t)(ncredentials + 1) * sizeof(credentials[0]));
		credentials[ncredentials++] = c;
	}
	ERR_clear_error();
	(void)fclose(f);
}

/* From some addresses of the loopback, as the server limits what comes from
 * one. */
static void
open_connection(struct connection *c)
{
	static int opened;
	struct epoll_event e = { EPOLLIN, { .ptr = c } };
	struct sockaddr_in from = { .sin_family = AF_INET,
		.sin_addr.s_addr =
		    htonl(INADDR_LOOPBACK + (uint32_t)(opened++ % ADDRESSES)) };
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int one = 1;

	c->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(c->fd, (struct sockaddr *)&from, sizeof(from)) == -1 ||
	    connect(c->fd, (struct sockaddr *)&to, sizeof(to)) == -1)
		errx(1, "could not connect");
	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	c->ssl = SSL_new(ctx);
	SSL_set_fd(c->ssl, c->fd);
	c->ready = false;
	if (credentials != NULL)
		(void)fcntl(c->fd, F_SETFL, O_NONBLOCK);
	(void)epoll_ctl(queue, EPOLL_CTL_ADD, c->fd, &e);
}

/* As far as it goes; all the way where it may wait. */
static bool
shake_hands(struct connection *c)
{
	int rc = SSL_connect(c->ssl);

	if (rc != 1 && SSL_get_error(c->ssl, rc) == SSL_ERROR_WANT_READ)
		return false;
	if (rc != 1)
		errx(1, "no TLS: %s", ERR_error_string(ERR_get_error(), NULL));
	c->ready = true;
	return true;
}

static void
ask(struct connection *c)
{
	char text[ASK_MOST];
	int n;

	n = snprintf(text, sizeof(text),
	    "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: %s\r\n"
	    "Content-Length: %zu\r\n\r\n%s",
	    path, type, strlen(c->body), c->body);
	c->n = 0;
	if (n >= ASK_MOST || SSL_write(c->ssl, text, n) != n)
		errx(1, "could not ask");
}

static void
ask_now(struct connection *c)
{
	c->since = now();
	ask(c);
}

/* Is the answer whole? */
static bool
is_whole(struct connection *c)
{
	const char *end, *length;

	c->answer[c->n] = '\0';
	if ((end = strstr(c->answer, "\r\n\r\n")) == NULL)
		return false;
	length = strcasestr(c->answer, "content-length:");
	return length != NULL && length < end &&
	    c->n >= end + 4 - c->answer + atoi(length + 15);
}

/*
 * Something that nginx says by itself: by TLS 1.3 a client is done before the
 * server has looked at its certificate.
 */
static void
await_server(struct connection *c)
{
	static const char hello[] = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
	int n;

	if (SSL_write(c->ssl, hello, sizeof(hello) - 1) <= 0)
		errx(1, "could not say hello");
	for (c->n = 0; !is_whole(c); c->n += n)
		if ((n = SSL_read(c->ssl, c->answer + c->n,
			 ANSWER_MOST - 1 - c->n)) <= 0)
			errx(1, "no answer to hello");
}

/* As one that is kept for all that follows. */
static void
open_kept(struct connection *c)
{
	open_connection(c);
	(void)shake_hands(c);
	await_server(c);
	(void)fcntl(c->fd, F_SETFL, O_NONBLOCK);
}

/* As the next of many. */
static void
open_as_next(struct connection *c)
{
	const struct credential *as = &credentials[left_out + next - 1];

	if (c->ssl != NULL) {
		SSL_free(c->ssl);
		(void)close(c->fd);
	}
	open_connection(c);
	if (SSL_use_certificate(c->ssl, as->cert) != 1 ||
	    SSL_use_PrivateKey(c->ssl, as->key) != 1)
		errx(1, "could not use a credential");
	if (shake_hands(c))
		ask_now(c);
}

static void
ask_next(struct connection *c)
{
	c->body = next < nbodies ? bodies[next++] : NULL;
	if (c->body == NULL)
		return;
	if (credentials != NULL)
		open_as_next(c);
	else
		ask_now(c);
}

/* The server ends a connection after a thousand requests. */
static void
again(struct connection *c)
{
	SSL_free(c->ssl);
	(void)close(c->fd);
	c->ssl = NULL;
	if (c->body == NULL)
		return; /* it has nothing left to ask */
	if (credentials != NULL)
		errx(1, "a connection was ended");
	open_kept(c);
	ask(c);
}

static void
hear(struct connection *c)
{
	int n;

	if (!c->ready) {
		if (shake_hands(c))
			ask_now(c);
		return;
	}
	while ((n = SSL_read(
		    c->ssl, c->answer + c->n, ANSWER_MOST - 1 - c->n)) > 0)
		c->n += n;
	if (SSL_get_error(c->ssl, n) != SSL_ERROR_WANT_READ) {
		again(c);
		return;
	}
	if (c->body == NULL || !is_whole(c))
		return;
	took[done++] = now() - c->since;
	if (answers != NULL)
		fprintf(answers, "%s\n", strstr(c->answer, "\r\n\r\n") + 4);
	if (strncmp(c->answer, "HTTP/1.1 200", 12) == 0 ||
	    strncmp(c->answer, "HTTP/1.1 201", 12) == 0)
		answered++;
	else if (done - answered == 1)
		warnx("%.600s", c->answer);
	ask_next(c);
}

static int
by_size(const void *a, const void *b)
{
	double d = *(const double *)a - *(const double *)b;

	return d < 0 ? -1 : d > 0;
}

static double
own_cpu(void)
{
	struct rusage u;

	(void)getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void
run(int n)
{
	struct epoll_event ready[CONNECTIONS_MOST];
	int i, got;

	for (i = 0; i < n; i++)
		ask_next(&connections[i]);
	while (done < nbodies) {
		got = epoll_wait(queue, ready, CONNECTIONS_MOST, 30000);
		if (got <= 0)
			errx(1, "%ld of %ld were answered", done, nbodies);
		for (i = 0; i < got; i++)
			hear(ready[i].data.ptr);
	}
}

int
main(int argc, char **argv)
{
	double began, cpu;
	int i, n;

	if (argc != 8 && argc != 9)
		errx(2,
		    "ask PORT ROOT CERT KEY PATH TYPE CONNECTIONS [ANSWERS] "
		    "<bodies");
	if (argc == 9 && (answers = fopen(argv[8], "w")) == NULL)
		err(1, "%s", argv[8]);
	port = atoi(argv[1]);
	path = argv[5];
	type = argv[6];
	n = atoi(argv[7]);
	if (n < 1 || n > CONNECTIONS_MOST)
		errx(2, "1 to %d connections", CONNECTIONS_MOST);
	ctx = SSL_CTX_new(TLS_client_method());
	if (argv[4][0] == '-') {
		left_out = atol(argv[4] + 1);
		read_credentials(argv[3]);
	}
	if (SSL_CTX_load_verify_locations(ctx, argv[2], NULL) != 1 ||
	    (credentials == NULL &&
		(SSL_CTX_use_certificate_chain_file(ctx, argv[3]) != 1 ||
		    SSL_CTX_use_PrivateKey_file(
			ctx, argv[4], SSL_FILETYPE_PEM) != 1)))
		errx(1, "could not read a credential");
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	queue = epoll_create1(0);
	connections = calloc((size_t)n, sizeof(connections[0]));
	for (i = 0; i < n && credentials == NULL; i++)
		open_kept(&connections[i]);
	printf("connected\n");
	(void)fflush(stdout);
	read_bodies();
	if (credentials != NULL && ncredentials < nbodies)
		errx(
		    1, "%ld credentials for %ld bodies", ncredentials, nbodies);
	cpu = own_cpu();
	began = now();
	run(n);
	began = now() - began;
	cpu = own_cpu() - cpu;
	qsort(took, (size_t)done, sizeof(double), by_size);
	printf("asked %ld answered %ld seconds %.3f middle %.3f p99 %.3f "
	       "cpu_us %.0f\n",
	    nbodies, answered, began, took[done / 2] * 1000,
	    took[done * 99 / 100] * 1000, cpu * 1e6 / (double)nbodies);
	if (answers != NULL && fclose(answers) != 0)
		err(1, "%s", argv[8]);
	return answered == nbodies ? 0 : 1;
}
