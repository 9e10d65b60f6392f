/*
 * A CRL as large as one likes, by our writer, to be measured against others:
 *	crl index INDEX.TXT CA.pem CA.key OUT
 *	    from the database of `openssl ca`
 *	crl run N CA.pem CA.key OUT
 *	    N on hold by one measure, of which each tenth is revoked by itself
 *	crl cost COMMAND...
 *	    how long a command takes and what memory: "WALL-MS CPU-MS OCTETS"
 */

#include <sys/resource.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/enc.h"
#include "base/err.h"
#include "base/io.h"
#include "issue/serial.h"
#include "key/key.h"
#include "revoke/crl_list.h"
#include "x509/cert.h"
#include "x509/crl.h"

#define NOW 1800000000

static void
die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, err_text());
	exit(1);
}

static int
cost(char **command)
{
	struct timespec before, after;
	struct rusage use;
	int status;
	pid_t pid;

	(void)clock_gettime(CLOCK_MONOTONIC, &before);
	if ((pid = fork()) == 0) {
		(void)execvp(command[0], command);
		_exit(127);
	}
	if (pid == -1 || wait4(pid, &status, 0, &use) == -1 || status != 0)
		return 1;
	(void)clock_gettime(CLOCK_MONOTONIC, &after);
	printf("%ld %ld %ld\n",
	    (after.tv_sec - before.tv_sec) * 1000 +
		(after.tv_nsec - before.tv_nsec) / 1000000,
	    (use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000 +
		(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1000,
	    use.ru_maxrss * 1024);
	return 0;
}

/* ---- R TAB expiry TAB revoked,reason TAB serial TAB file TAB subject */

static int
digits(const char *p)
{
	return (p[0] - '0') * 10 + p[1] - '0';
}

/* YYMMDDHHMMSSZ; the month and day of a year that begins in March */
static int64_t
read_time(const char *p)
{
	int64_t m = digits(p + 2), y = digits(p) + (m < 3 ? -1 : 0), days;

	days = 365 * y + y / 4 + (153 * ((m + 9) % 12) + 2) / 5 +
	    digits(p + 4) + 11016;
	return ((days * 24 + digits(p + 6)) * 60 + digits(p + 8)) * 60 +
	    digits(p + 10);
}

static void
read_line(char *line, struct crl_row *row)
{
	struct buf serial = { row->serial, 0, sizeof(row->serial) - 1 };
	char *field[6], *p = line;

	for (int i = 0; i < 6; i++) {
		if (p == NULL)
			die("the index has a bad line");
		field[i] = p;
		if ((p = strchr(p, '\t')) != NULL)
			*p++ = '\0';
	}
	*row = (struct crl_row){ .since = read_time(field[2]),
		.reason = strcmp(field[2] + 13, ",keyCompromise") == 0 };
	if (strlen(field[3]) > 2 * serial.cap ||
	    hex_decode(&serial, span_str(field[3])) == -1)
		die("the index has a bad serial number");
	row->serial_length = serial.n;
}

/* As the authority has them out of the database: by themselves. */
static struct crl_list *
index_list(const char *path)
{
	struct crl_list *list = crl_list_new(NULL, 3);
	struct crl_row row;
	char line[512];
	FILE *f = fopen(path, "r");

	if (f == NULL)
		die(path);
	(void)setvbuf(f, NULL, _IOFBF, 1 << 18);
	while (fgets(line, sizeof(line), f) != NULL) {
		read_line(line, &row);
		if (crl_list_add(&row, list) == -1)
			die("list");
	}
	(void)fclose(f);
	return list;
}

/* ---- */

static int
put(void *arg, struct span s)
{
	return io_write_all(*(int *)arg, s);
}

static struct crl_list *
run_list(uint64_t n)
{
	static const uint8_t secret[32] = { 1 };
	struct serial_key *serials = serial_key_new(secret);
	struct crl_list *list = crl_list_new(serials, 3);
	struct crl_row row = { .count = n, .reason = 6, .since = NOW };

	if (crl_list_add(&row, list) == -1)
		die("list");
	for (uint64_t i = 0; i < n; i += 10) {
		row = (struct crl_row){ .first = i,
			.reason = 1,
			.since = NOW,
			.invalidity = NOW - 1,
			.serial_length = SERIAL_SIZE };
		serial_make(serials, 3, i, row.serial);
		if (crl_list_add(&row, list) == -1)
			die("list");
	}
	return list;
}

static void
write_crl(struct crl_spec *spec, char **arg)
{
	struct buf pem = BUF_EMPTY, der = BUF_EMPTY;
	struct span text;
	struct cert issuer;
	struct key *key = key_load(arg[1], NULL);
	int fd = open(arg[2], O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (key == NULL || fd == -1 ||
	    io_read_file(arg[0], 1 << 20, &pem) == -1)
		die("CA");
	text = buf_span(&pem);
	if (cert_read_pem(&text, &der) == -1 ||
	    cert_read(buf_span(&der), &issuer) == -1)
		die("CA");
	spec->issuer = &issuer;
	spec->key = key;
	spec->number = 1;
	spec->this_update = NOW;
	spec->next_update = NOW + 7 * 86400;
	if (crl_write(spec, put, &fd) == -1 || close(fd) == -1)
		die("CRL");
	key_free(key);
	buf_free(&pem);
	buf_free(&der);
}

int
main(int argc, char **argv)
{
	struct crl_spec spec = { .scope = CRL_ALL,
		.rewind = crl_list_rewind,
		.next = crl_list_next };

	if (argc > 2 && strcmp(argv[1], "cost") == 0)
		return cost(argv + 2);
	if (argc == 6 && strcmp(argv[1], "index") == 0) {
		spec.list = index_list(argv[2]);
	} else if (argc == 6 && strcmp(argv[1], "run") == 0) {
		spec.list = run_list(strtoull(argv[2], NULL, 10));
	} else
		return 2;
	write_crl(&spec, argv + 3);
	return 0;
}
