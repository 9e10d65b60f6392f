/*
 * A target's inputs once each, without libFuzzer:
 *	NAME FILE...
 * FILE is an input, or, called *.base64, has one on each line.  Prints how many
 * there were; ends by SIGABRT where one is not taken as it must be, and says
 * which.
 */

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/enc.h"
#include "base/err.h"
#include "base/io.h"
#include "tests/fuzz/fuzz.h"

#define FILE_MAX ((size_t)64 << 20)

static char at[512]; /* the input at hand */

static void
say_where(int signo)
{
	(void)!write(STDERR_FILENO, at, strlen(at));
	(void)signal(signo, SIG_DFL);
	(void)raise(signo);
}

static int
run(struct span input)
{
	return LLVMFuzzerTestOneInput(input.p, input.n);
}

/* An input has memory of its own, so that what is read behind it shows. */
static int
run_line(struct span line)
{
	struct buf input = BUF_EMPTY;
	uint8_t *own;

	if (base64_decode(&input, line) == -1)
		return err_set(ERR_INPUT, "%s is no base64", at);
	own = xcalloc(1, input.n);
	if (input.n > 0)
		memcpy(own, input.p, input.n);
	(void)run(span_of(own, input.n));
	free(own);
	buf_free(&input);
	return 0;
}

static int
run_lines(const char *path, struct span all, unsigned *n)
{
	const uint8_t *end;
	unsigned line = 0;
	size_t length;

	while (all.n > 0) {
		if ((end = memchr(all.p, '\n', all.n)) == NULL)
			return err_set(ERR_INPUT, "%s ends in a line", path);
		length = (size_t)(end - all.p);
		(void)snprintf(
		    at, sizeof(at), "%.400s, line %u\n", path, ++line);
		if (run_line(span_of(all.p, length)) == -1)
			return -1;
		all = span_of(end + 1, all.n - length - 1);
		*n += 1;
	}
	return 0;
}

static int
run_file(const char *path, unsigned *n)
{
	size_t length = strlen(path);
	struct buf file = BUF_EMPTY;
	int rc;

	(void)snprintf(at, sizeof(at), "%.400s\n", path);
	if ((rc = io_read_file(path, FILE_MAX, &file)) == -1)
		return -1;
	if (length > 7 && strcmp(path + length - 7, ".base64") == 0)
		rc = run_lines(path, buf_span(&file), n);
	else {
		(void)run(buf_span(&file));
		*n += 1;
	}
	buf_free(&file);
	return rc;
}

int
main(int argc, char **argv)
{
	unsigned n = 0;

	(void)signal(SIGABRT, say_where);
	(void)signal(SIGSEGV, say_where);
	for (int i = 1; i < argc; i++)
		if (run_file(argv[i], &n) == -1) {
			fprintf(stderr, "%s\n", err_text());
			return 1;
		}
	printf("%u\n", n);
	return 0;
}
