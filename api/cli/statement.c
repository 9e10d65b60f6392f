/*
 * A signed act: the body of a POST under the key of the credential --as.
 */

#include <stdlib.h>

#include "api/cli/client.h"
#include "base/clock.h"
#include "base/io.h"
#include "key/key.h"
#include "registry/statement.h"
#include "x509/cert.h"

#define CREDENTIAL_MOST 65536

/* The leaf of VAR/credentials/NAME.crt, which comes first; DER. */
static int
read_leaf(const struct cli *cli, struct buf *der)
{
	char *path = cli_credential(cli, cli->as, ".crt");
	struct buf pem = BUF_EMPTY;
	struct span text;
	int rc = -1;

	if (io_read_file(path, CREDENTIAL_MOST, &pem) == 0) {
		text = buf_span(&pem);
		rc = cert_read_pem(&text, der);
	}
	buf_free(&pem);
	free(path);
	return rc;
}

char *
client_statement(struct cli *cli, const char *path, struct span body)
{
	char *key_path = cli_credential(cli, cli->as, ".key"), *text = NULL;
	struct buf der = BUF_EMPTY, jws = BUF_EMPTY;
	struct statement s = { .body = body, .url = path };
	struct key *key = key_load(key_path, NULL);

	if (key != NULL && read_leaf(cli, &der) == 0) {
		s.certificate = buf_span(&der);
		if (statement_build(&s, key, clock_now(), &jws) == 0)
			text = xstrdup(buf_str(&jws));
	}
	key_free(key);
	buf_free(&der);
	buf_free(&jws);
	free(key_path);
	return text;
}
