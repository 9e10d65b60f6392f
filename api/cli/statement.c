/*
 * What the caller signs of each act (registry/statement.h).
 */

#include "registry/statement.h"
#include "api/cli/client.h"
#include "api/cli/signer.h"
#include "base/clock.h"

char *
client_statement(struct cli *cli, const char *path, struct span body)
{
	struct buf jws = BUF_EMPTY;
	struct signer signer;
	struct statement s;
	char *text = NULL;

	if (signer_open(cli, &signer) == -1)
		return NULL;
	s = (struct statement){ .body = body,
		.url = path,
		.certificate = buf_span(&signer.certificate) };
	if (statement_build(&s, signer.key, clock_now(), &jws) == 0)
		text = xstrdup(buf_str(&jws));
	buf_free(&jws);
	signer_free(&signer);
	return text;
}
