/*
 * The roots that nginx lets clients come from: as the authority publishes them.
 */

#include "api/cli/roots.h"
#include "base/io.h"

#define ROOTS_MOST 262144

int
roots_follow(const struct instance *in)
{
	char from[INSTANCE_PATH_MAX], to[INSTANCE_PATH_MAX];
	struct buf fresh = BUF_EMPTY, old = BUF_EMPTY;
	int rc = 0;

	instance_path(in, from, "public/ca/roots.pem");
	instance_path(in, to, "nginx/client-ca.pem");
	if (io_read_file(from, ROOTS_MOST, &fresh) == 0 && fresh.n > 0 &&
	    (io_read_file(to, ROOTS_MOST, &old) == -1 ||
		!span_equal(buf_span(&fresh), buf_span(&old))))
		rc = io_write_file(to, 0600, buf_span(&fresh)) == 0 ? 1 : -1;
	buf_free(&fresh);
	buf_free(&old);
	return rc;
}
