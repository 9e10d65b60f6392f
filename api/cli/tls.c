/*
 * The certificate with which nginx shows itself.
 */

#include "api/cli/tls.h"
#include "base/io.h"
#include "key/key.h"
#include "x509/cert.h"
#include "x509/pem.h"

#define CHAIN_MOST 65536

/* With a certificate for another key nginx would not start again. */
static bool
is_for_our_key(const struct instance *in, struct span chain)
{
	char path[INSTANCE_PATH_MAX];
	struct key *key =
	    key_load(instance_path(in, path, "nginx/tls.key"), NULL);
	struct buf der = BUF_EMPTY;
	struct cert c;
	bool yes = key != NULL && pem_read("CERTIFICATE", &chain, &der) == 0 &&
	    cert_parse(buf_span(&der), &c) == 0 &&
	    span_equal(c.spki, key_spki(key));

	buf_free(&der);
	key_free(key);
	return yes;
}

int
tls_follow(const struct instance *in)
{
	char from[INSTANCE_PATH_MAX], to[INSTANCE_PATH_MAX];
	struct buf fresh = BUF_EMPTY, old = BUF_EMPTY;
	int rc = 0;

	instance_path(in, from, "status/tls/tls.pem");
	instance_path(in, to, "nginx/tls.crt");
	if (io_read_theirs(from, CHAIN_MOST, &fresh) == -1 ||
	    (io_read_file(to, CHAIN_MOST, &old) == 0 &&
		span_equal(buf_span(&fresh), buf_span(&old))))
		goto out;
	if (is_for_our_key(in, buf_span(&fresh)))
		rc = io_write_file(to, 0644, buf_span(&fresh)) == 0 ? 1 : -1;
out:
	buf_free(&fresh);
	buf_free(&old);
	return rc;
}
