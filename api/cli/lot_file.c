/*
 * Signing a lot.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "api/cli/lot_file.h"
#include "api/cli/signer.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/io.h"
#include "key/hash.h"

#define CHUNK 65536

/* Read the rows once, for their hash and number, or copy them to fd. */
static int
read_rows(const char *path, int copy_to, struct manifest_header *h)
{
	struct hash *hash = hash_new();
	static uint8_t chunk[CHUNK];
	FILE *in = fopen(path, "r");
	bool ended = true;
	size_t n, i, count = 0;
	int rc = -1;

	if (in == NULL) {
		err_set(
		    ERR_ABSENT, "could not open %s: %s", path, strerror(errno));
		goto out;
	}
	while ((n = fread(chunk, 1, sizeof(chunk), in)) > 0) {
		if (copy_to != -1 &&
		    io_write_all(copy_to, span_of(chunk, n)) == -1)
			goto out;
		hash_put(hash, span_of(chunk, n));
		for (i = 0; i < n; i++)
			count += chunk[i] == '\n';
		ended = chunk[n - 1] == '\n';
	}
	hash_end(hash, h->rows_sha256);
	h->count = (int)count;
	if (ferror(in) != 0)
		err_set(ERR_ABSENT, "could not read %s to its end", path);
	else if (!ended || count == 0 || count > MANIFEST_ROWS_MAX)
		err_set(ERR_INPUT,
		    "%s must have 1 to %d lines, each ended by a newline", path,
		    MANIFEST_ROWS_MAX);
	else
		rc = 0;
out:
	if (in != NULL)
		(void)fclose(in);
	hash_free(hash);
	return rc;
}

/* {"header":"..."} and a newline. */
static int
write_header(struct cli *cli, const struct manifest_header *h, struct buf *out)
{
	struct buf payload = BUF_EMPTY, jws = BUF_EMPTY;
	int rc;

	manifest_header_write(&payload, h);
	rc = signer_sign(cli, MANIFEST_TYP, buf_span(&payload), &jws);
	if (rc == 0)
		buf_printf(out, "{\"header\":\"%s\"}\n", buf_str(&jws));
	buf_free(&payload);
	buf_free(&jws);
	return rc;
}

int
lot_file_build(
    struct cli *cli, const char *rows, struct manifest_header *h, char **path)
{
	struct buf line = BUF_EMPTY;
	int fd = -1, rc = -1;

	*path = xstrdup("/tmp/assay-lot.XXXXXX");
	h->iat = clock_now();
	if (read_rows(rows, -1, h) == -1 || write_header(cli, h, &line) == -1)
		goto out;
	if ((fd = mkstemp(*path)) == -1) {
		err_set(ERR_INTERNAL, "could not make a temporary file: %s",
		    strerror(errno));
		goto out;
	}
	if (io_write_all(fd, buf_span(&line)) == 0 &&
	    read_rows(rows, fd, h) == 0)
		rc = 0;
	close(fd);
	if (rc == -1)
		(void)unlink(*path);
out:
	buf_free(&line);
	if (rc == -1) {
		free(*path);
		*path = NULL;
	}
	return rc;
}
