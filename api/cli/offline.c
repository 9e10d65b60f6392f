/*
 * Verifying offline: the root, the time, the bad answer.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/cli/offline.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/io.h"
#include "x509/cert.h"

#define ROOT_MOST 65536

/* PEM, or DER as AIA's address has it. */
static int
read_root(const char *path, struct buf *der)
{
	struct buf file = BUF_EMPTY;
	struct span text;
	int rc = -1;

	if (io_read_file(path, ROOT_MOST, &file) == -1)
		goto out;
	text = buf_span(&file);
	if (text.n > 0 && text.p[0] == 0x30) {
		buf_put_span(der, text);
		rc = 0;
	} else
		rc = cert_read_pem(&text, der);
out:
	buf_free(&file);
	return rc;
}

int
offline_root(struct cli *cli, struct buf *der)
{
	char *path = cli_option(cli, "root") != NULL
	    ? xstrdup(cli_option(cli, "root"))
	    : cli_credential(cli, "root", ".crt");
	int rc = read_root(path, der);

	free(path);
	return rc;
}

int
offline_time(struct cli *cli, int64_t *t)
{
	const char *at = cli_option(cli, "at");

	*t = clock_now();
	if (at != NULL && clock_parse(span_str(at), t) == -1)
		return cli_usage(
		    "--at must be a time such as 2026-11-24T02:03:04Z");
	return 0;
}

void
offline_json(json_t *o)
{
	(void)json_dumpf(o, stdout, JSON_INDENT(2));
	printf("\n");
	json_decref(o);
}

int
offline_bad(const struct cli *cli, const char *what, const char *prefix)
{
	if (strncmp(err_code(), prefix, strlen(prefix)) != 0)
		return -1;
	if (cli->json)
		offline_json(json_pack("{s:b, s:s, s:s}", "valid", 0, "code",
		    err_code(), "detail", err_text()));
	else
		fprintf(stderr, "assay: the %s does not hold: %s [%s]\n", what,
		    err_text(), err_code());
	return CLI_REFUSED;
}
