/*
 * requests_signer FILE KEY CERTIFICATE...: requests.json with a signature by
 * that key (PEM), to standard output; x5c has these certificates (DER, or PEM
 * with several).  What the authority would never sign is signed here, too.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/enc.h"
#include "base/err.h"
#include "base/io.h"
#include "ceremony/requests_signature.h"
#include "key/jws.h"
#include "policy/canon.h"
#include "x509/cert.h"

#define MOST (8 << 20)

static void
must(int rc)
{
	if (rc == -1) {
		fprintf(stderr, "requests_signer: %s\n", err_text());
		exit(1);
	}
}

static void
put_one(struct buf *header, struct span der)
{
	buf_puts(header, header->p[header->n - 1] == '[' ? "\"" : ",\"");
	base64_encode(header, der);
	buf_puts(header, "\"");
}

static void
put_certificates(struct buf *header, const char *path)
{
	struct buf file = BUF_EMPTY, der = BUF_EMPTY;
	struct span text;

	must(io_read_file(path, MOST, &file));
	text = buf_span(&file);
	if (text.n > 0 && text.p[0] == 0x30)
		put_one(header, text);
	else
		while (cert_read_pem(&text, &der) == 0) {
			put_one(header, buf_span(&der));
			buf_clear(&der);
		}
	buf_free(&file);
	buf_free(&der);
}

int
main(int argc, char **argv)
{
	struct buf header = BUF_EMPTY, content = BUF_EMPTY, jws = BUF_EMPTY;
	struct key *key;
	json_t *o;

	if (argc < 4 || (o = json_load_file(argv[1], 0, NULL)) == NULL)
		return 2;
	must((key = key_load(argv[2], NULL)) == NULL ? -1 : 0);
	json_object_del(o, "signature");
	must(canon_write(&content, o));
	buf_printf(&header,
	    "{\"alg\":\"%s\",\"typ\":\"" REQUESTS_TYP "\",\"x5c\":[",
	    jws_algorithm(key));
	for (int i = 3; i < argc; i++)
		put_certificates(&header, argv[i]);
	buf_puts(&header, "]}");
	must(
	    jws_sign_detached(key, buf_str(&header), buf_span(&content), &jws));
	json_object_set_new(o, "signature", json_string(buf_str(&jws)));
	must(json_dumpf(o, stdout, JSON_INDENT(1)));
	printf("\n");
	json_decref(o);
	key_free(key);
	buf_free(&header);
	buf_free(&content);
	buf_free(&jws);
	return 0;
}
