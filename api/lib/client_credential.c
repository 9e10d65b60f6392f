/*
 * The operator's certificate and key: looked at once before anybody is
 * connected to, so that a fault in them is told as one.
 */

#include "api/lib/client_inside.h"
#include "base/err.h"
#include "base/io.h"
#include "x509/credential.h"

#define FILE_MOST (256 * 1024)

int
client_credential_check(const char *certificate, const char *key)
{
	struct buf c = BUF_EMPTY, k = BUF_EMPTY;
	int rc = -1;

	if (io_read_file(certificate, FILE_MOST, &c) == 0 &&
	    io_read_file(key, FILE_MOST, &k) == 0)
		rc = credential_check(buf_span(&c), buf_span(&k));
	buf_free(&c);
	buf_wipe(&k);
	return rc == 0 ? 0
		       : err_set_code(ERR_INPUT, "CLIENT_OPTIONS",
			     "certificate, key: %s", err_text());
}
