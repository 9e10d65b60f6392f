/*
 * The key and certificate of the credential --as.
 */

#include <stdlib.h>
#include <string.h>

#include "api/cli/signer.h"
#include "base/io.h"
#include "key/jws.h"
#include "x509/pem.h"

#define PEM_MOST 65536

int
signer_certificate(const char *path, struct buf *der)
{
	struct buf text = BUF_EMPTY;
	struct span rest;
	int rc;

	if ((rc = io_read_file(path, PEM_MOST, &text)) == 0) {
		rest = buf_span(&text);
		rc = pem_read("CERTIFICATE", &rest, der);
	}
	buf_free(&text);
	return rc;
}

int
signer_open(struct cli *cli, struct signer *s)
{
	char *key, *certificate;
	int rc;

	memset(s, 0, sizeof(*s));
	if (cli->as[0] == '\0')
		return cli_usage("this is signed: say --as NAME");
	key = cli_credential(cli, cli->as, ".key");
	certificate = cli_credential(cli, cli->as, ".crt");
	rc = signer_certificate(certificate, &s->certificate);
	if (rc == 0 && (s->key = key_load(key, NULL)) == NULL)
		rc = -1;
	free(key);
	free(certificate);
	if (rc == -1)
		signer_free(s);
	return rc;
}

void
signer_free(struct signer *s)
{
	key_free(s->key);
	buf_free(&s->certificate);
	memset(s, 0, sizeof(*s));
}

int
signer_sign(
    struct cli *cli, const char *typ, struct span payload, struct buf *jws)
{
	struct signer by;
	char thumbprint[44], *header;
	int rc;

	if (signer_open(cli, &by) == -1)
		return -1;
	jws_thumbprint(buf_span(&by.certificate), thumbprint);
	header =
	    xasprintf("{\"alg\":\"%s\",\"typ\":\"%s\",\"x5t#S256\":\"%s\"}",
		jws_algorithm(by.key), typ, thumbprint);
	rc = jws_sign(by.key, header, payload, jws);
	free(header);
	signer_free(&by);
	return rc;
}
