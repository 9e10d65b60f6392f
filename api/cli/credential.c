/*
 * A principal's key and certificate, from VAR/credentials.
 */

#include <stdlib.h>

#include "api/cli/credential.h"
#include "base/err.h"
#include "base/io.h"
#include "key/key.h"
#include "x509/cert.h"

#define CREDENTIAL_MOST 65536

struct key *
credential_load(const struct cli *cli, struct buf *der)
{
	char *key_path = cli_credential(cli, cli->as, ".key");
	char *crt_path = cli_credential(cli, cli->as, ".crt");
	struct buf pem = BUF_EMPTY;
	struct span text;
	struct key *key = NULL;

	if (cli->as[0] == '\0') {
		(void)err_set(ERR_INPUT, "say as whom: --as NAME");
		goto out;
	}
	if (io_read_file(crt_path, CREDENTIAL_MOST, &pem) == -1)
		goto out;
	text = buf_span(&pem);
	if (cert_read_pem(&text, der) == 0)
		key = key_load(key_path, NULL);
out:
	buf_free(&pem);
	free(key_path);
	free(crt_path);
	return key;
}
