/*
 * Files of lines, and answers that are too long for one JSON value.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/cli/lines.h"
#include "base/err.h"
#include "base/io.h"

int
lines_read(const char *path, size_t most, struct buf *text)
{
	const uint8_t *p, *nul;
	size_t line = 1;

	if (io_read_file(path, most, text) == -1)
		return -1;
	if ((nul = memchr(buf_str(text), '\0', text->n)) == NULL)
		return 0;
	for (p = text->p; p < nul; p++)
		line += *p == '\n';
	return err_set(ERR_INPUT, "line %zu of %s has a NUL in it", line, path);
}

int
lines_save(struct cli *cli, const char *path, const char *accept, int fd)
{
	struct client_call call = {
		.method = "GET", .path = path, .accept = accept, .save_fd = fd
	};
	struct client_reply reply;
	int rc = client_do(cli, &call, &reply);

	if (rc == 0)
		client_reply_free(&reply);
	return rc;
}

int
lines_get(struct cli *cli, const char *path,
    int (*visit)(json_t *object, void *ctx), void *ctx)
{
	FILE *f = tmpfile();
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	json_t *o;
	int rc = -1;

	if (f == NULL)
		return err_set(ERR_INTERNAL, "could not make a temporary file");
	if (lines_save(cli, path, "application/x-ndjson", fileno(f)) == -1 ||
	    lseek(fileno(f), 0, SEEK_SET) == -1)
		goto out;
	rc = 0;
	while (rc == 0 && (n = getline(&line, &cap, f)) > 0) {
		o = json_loadb(line, (size_t)n, JSON_REJECT_DUPLICATES, NULL);
		rc = o == NULL
		    ? err_set(ERR_INTERNAL, "the answer is no NDJSON")
		    : visit(cli_plain(cli, o), ctx);
		json_decref(o);
	}
out:
	free(line);
	(void)fclose(f);
	return rc;
}
