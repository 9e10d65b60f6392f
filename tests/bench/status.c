/*
 * What measurements of the status index and of OCSP need beside a load
 * generator:
 *
 *	status requests VAR ISSUER SPAN COUNT get|post|nonce
 *	    as many requests, a line each (METHOD ADDRESS BODY-IN-HEX), about
 *	    certificates of the issuer all over SPAN indexes from 1000 on
 *	status database VAR ISSUER SPAN COUNT
 *	    the same certificates as `openssl ocsp -index` reads them, each
 *	    named by its index
 *	status resident FOLDER ISSUER SPAN
 *	    ask the index about certificates all over, then how many octets of
 *	    its files this process has in memory
 *	status sign SECONDS
 *	    P-256 signatures in a second of a core's time, all being busy
 *	status crowd PORT COUNT SECONDS
 *	    so many connections that say nothing, or an octet of a request now
 *	    and then; who is thrown out comes again
 */

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <netinet/in.h>

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/enc.h"
#include "base/err.h"
#include "base/io.h"
#include "issue/serial.h"
#include "key/hash.h"
#include "key/key.h"
#include "revoke/status.h"
#include "x509/cert.h"
#include "x509/der.h"
#include "x509/oid.h"

/* A prime: no index comes twice.  Another than that of what is revoked. */
#define STRIDE UINT64_C(2246822519)
#define FIRST  1000 /* as status.sh appends them */

static void
must(int rc)
{
	if (rc == -1) {
		fprintf(stderr, "%s\n", err_text());
		exit(1);
	}
}

struct asked {
	uint32_t issuer;
	uint64_t span;
	struct serial_key *serials;
	uint8_t name_hash[HASH_SHA1], key_hash[HASH_SHA1];
};

static void
read_issuer(const char *var, struct asked *a)
{
	struct buf der = BUF_EMPTY;
	struct cert cert;
	char *path = xasprintf("%s/public/ca/%u.cer", var, a->issuer);

	must(io_read_file(path, CERT_MAX, &der));
	must(cert_parse(buf_span(&der), &cert));
	hash_sha1(cert.subject.der, a->name_hash);
	hash_sha1(cert.point, a->key_hash);
	buf_free(&der);
	free(path);
	path = xasprintf("%s/status/serial.key", var);
	a->serials = serial_key_load(path);
	must(a->serials == NULL ? -1 : 0);
	free(path);
}

static void
put_nonce(struct der *w, uint64_t n)
{
	uint8_t nonce[32];

	hash_sha256(span_of((uint8_t *)&n, sizeof(n)), nonce);
	der_put_tlv(w, DER_OCTET_STRING, span_of(nonce, sizeof(nonce)));
	der_wrap(w, DER_OCTET_STRING, 0);
	der_put_oid(w, oid_ocsp_nonce);
	der_wrap(w, DER_SEQUENCE, 0);
	der_wrap(w, DER_SEQUENCE, 0);
	der_wrap(w, DER_CONTEXT_CONS(2), 0);
}

/* That of the n-th that is asked about. */
static uint64_t
index_of(const struct asked *a, uint64_t n)
{
	return FIRST + n * STRIDE % a->span;
}

/* OCSPRequest, RFC 6960 section 4.1.1, about one by SHA-1. */
static struct span
build(struct asked *a, uint64_t n, bool nonce, uint8_t *space, size_t size)
{
	uint8_t serial[SERIAL_SIZE];
	struct span whole;
	struct der w;
	size_t mark, hash;

	serial_make(a->serials, a->issuer, index_of(a, n), serial);
	der_start(&w, space, size);
	if (nonce)
		put_nonce(&w, n);
	mark = der_mark(&w);
	der_put_integer(&w, span_of(serial, sizeof(serial)));
	der_put_tlv(&w, DER_OCTET_STRING, span_of(a->key_hash, HASH_SHA1));
	der_put_tlv(&w, DER_OCTET_STRING, span_of(a->name_hash, HASH_SHA1));
	hash = der_mark(&w);
	der_put_null(&w);
	der_put_oid(&w, oid_sha1);
	der_wrap(&w, DER_SEQUENCE, hash);
	der_wrap(&w, DER_SEQUENCE, mark); /* CertID */
	der_wrap(&w, DER_SEQUENCE, mark); /* Request */
	der_wrap(&w, DER_SEQUENCE, mark); /* requestList */
	der_wrap(&w, DER_SEQUENCE, 0);	  /* TBSRequest */
	der_wrap(&w, DER_SEQUENCE, 0);
	must(der_done(&w, &whole));
	return whole;
}

static void
print_request(struct span der, bool get)
{
	struct buf text = BUF_EMPTY;
	const char *c;

	if (!get) {
		hex_encode(&text, der);
		printf("POST /ocsp %s\n", buf_str(&text));
		buf_free(&text);
		return;
	}
	base64_encode(&text, der);
	printf("GET /ocsp/");
	for (c = buf_str(&text); *c != '\0'; c++)
		if (strchr("+/=", *c) != NULL)
			printf("%%%02X", *c);
		else
			putchar(*c);
	printf("\n");
	buf_free(&text);
}

static int
requests(struct asked *a, uint64_t count, const char *how)
{
	uint8_t space[512];
	uint64_t n;

	for (n = 1; n <= count; n++)
		print_request(build(a, n, strcmp(how, "nonce") == 0, space,
				  sizeof(space)),
		    strcmp(how, "get") == 0);
	return 0;
}

static int
database(struct asked *a, uint64_t count)
{
	uint8_t serial[SERIAL_SIZE];
	uint64_t n;
	int i;

	for (n = 1; n <= count; n++) {
		serial_make(a->serials, a->issuer, index_of(a, n), serial);
		printf("V\t491231235959Z\t\t");
		for (i = 0; i < SERIAL_SIZE; i++)
			printf("%02X", serial[i]);
		printf("\tunknown\t/CN=%llu\n",
		    (unsigned long long)index_of(a, n));
	}
	return 0;
}

/* Of the mappings of files in this folder, from smaps(5). */
static uint64_t
resident_octets(const char *folder)
{
	FILE *f = fopen("/proc/self/smaps", "r");
	uint64_t sum = 0;
	unsigned long long kib;
	char line[1024];
	bool ours = false;

	if (f == NULL)
		return 0;
	while (fgets(line, sizeof(line), f) != NULL)
		if (strchr(line, '-') != NULL && line[0] != 'V' &&
		    strstr(line, " r") != NULL)
			ours = strstr(line, folder) != NULL;
		else if (ours && sscanf(line, "Rss: %llu kB", &kib) == 1)
			sum += kib * 1024;
	(void)fclose(f);
	return sum;
}

/* One a page of the octets, so that every page is there. */
#define EVERY 512

static int
resident(const char *folder, uint32_t issuer, uint64_t span)
{
	uint64_t states[STATUS_VOID + 1] = { 0 }, i;
	struct status_answer a;
	struct status *s = status_open_reader(folder);

	must(s == NULL ? -1 : 0);
	for (i = 0; i < span; i += EVERY) {
		must(status_get(s, issuer, i + i / EVERY % EVERY, &a));
		states[a.state]++;
	}
	printf("octets %llu\nasked_good %llu\nasked_revoked %llu\n",
	    (unsigned long long)resident_octets(folder),
	    (unsigned long long)states[STATUS_GOOD],
	    (unsigned long long)states[STATUS_REVOKED]);
	status_free(s);
	return 0;
}

static double
processor(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* In a second of processor time. */
static double
signatures(double seconds)
{
	uint8_t message[400] = { 1 }, signature[KEY_SIGNATURE_MAX];
	struct key *key = key_generate(KEY_P256);
	double began, now, n = 0;
	size_t size;
	int i;

	must(key == NULL ? -1 : 0);
	for (i = 0; i < 1000; i++)
		must(key_sign(key, span_of(message, 400), signature, &size));
	began = processor();
	while ((now = processor() - began) < seconds)
		for (i = 0; i < 100; i++, n++)
			must(key_sign(
			    key, span_of(message, 400), signature, &size));
	return n / now;
}

/* By one process for each core at the same time, as while it answers: what a
 * core does alone is more than it does beside another. */
static int
sign(double seconds)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN), i;
	double *rate = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	double all = 0;
	int status = 0;

	must(rate == MAP_FAILED || cores < 1 || cores > 512 ? -1 : 0);
	for (i = 0; i < cores; i++)
		if (fork() == 0) {
			rate[i] = signatures(seconds);
			_exit(0);
		}
	while (wait(&status) > 0)
		must(status == 0 ? 0 : -1);
	for (i = 0; i < cores; i++)
		all += rate[i];
	printf("%.0f\n", all / (double)cores);
	return 0;
}

/* Of three kinds: silent, slow with its headers, slow with its body. */
static int
join(uint16_t port, int kind)
{
	static const char *const begins[] = { "",
		"POST /ocsp HTTP/1.1\r\nHost: x\r\nX-Slow: ",
		"POST /ocsp HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n"
		"Content-Type: application/ocsp-request\r\n\r\n" };
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return -1;
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == -1 ||
	    send(fd, begins[kind], strlen(begins[kind]), MSG_NOSIGNAL) == -1) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* false: it was thrown out. */
static bool
goes_on(int fd, int kind)
{
	char c;
	ssize_t n = recv(fd, &c, 1, MSG_DONTWAIT);

	if (n == 0 || (n == -1 && errno != EAGAIN))
		return false;
	return kind == 0 || send(fd, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
}

static int
crowd(uint16_t port, int count, double seconds)
{
	struct rlimit files;
	int *fds = xcalloc((size_t)count, sizeof(*fds)), i, turn, thrown = 0;
	time_t end = time(NULL) + (time_t)seconds;

	(void)getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &files);
	for (i = 0; i < count; i++)
		fds[i] = join(port, i % 3);
	printf("there\n");
	(void)fflush(stdout);
	for (turn = 0; time(NULL) < end; turn++) {
		(void)sleep(1);
		for (i = turn % 4; i < count; i += 4)
			if (fds[i] == -1 || !goes_on(fds[i], i % 3)) {
				thrown++;
				if (fds[i] != -1)
					(void)close(fds[i]);
				fds[i] = join(port, i % 3);
			}
	}
	for (i = 0, turn = 0; i < count; i++)
		turn += fds[i] != -1;
	printf(
	    "%d connections at the end, %d times thrown out\n", turn, thrown);
	free(fds);
	return 0;
}

int
main(int argc, char **argv)
{
	struct asked a = { 0 };

	if (argc == 3 && strcmp(argv[1], "sign") == 0)
		return sign(atof(argv[2]));
	if (argc == 5 && strcmp(argv[1], "crowd") == 0)
		return crowd(
		    (uint16_t)atoi(argv[2]), atoi(argv[3]), atof(argv[4]));
	if (argc < 5)
		return 2;
	a.issuer = (uint32_t)atoi(argv[3]);
	a.span = strtoull(argv[4], NULL, 10);
	if (strcmp(argv[1], "resident") == 0)
		return resident(argv[2], a.issuer, a.span);
	if (argc < 6)
		return 2;
	read_issuer(argv[2], &a);
	if (argc == 7 && strcmp(argv[1], "requests") == 0)
		return requests(&a, strtoull(argv[5], NULL, 10), argv[6]);
	if (argc == 6 && strcmp(argv[1], "database") == 0)
		return database(&a, strtoull(argv[5], NULL, 10));
	return 2;
}
