/*
 * The roots that nginx lets clients come from: as the authority publishes them.
 */

#include "api/cli/roots.h"
#include "base/err.h"
#include "base/io.h"
#include "x509/cert.h"

#define ROOTS_MOST 262144

/* With anything else nginx would not start again. */
static bool
are_certificates(struct span text)
{
	struct buf der = BUF_EMPTY;
	struct cert c;
	size_t n = 0;
	bool good = true;

	while (good && cert_read_pem(&text, &der) == 0) {
		good = cert_parse(buf_span(&der), &c) == 0;
		buf_clear(&der);
		n++;
	}
	buf_free(&der);
	return good && n > 0 && err_kind() == ERR_ABSENT;
}

int
roots_follow(const struct instance *in)
{
	char from[INSTANCE_PATH_MAX], to[INSTANCE_PATH_MAX];
	struct buf fresh = BUF_EMPTY, old = BUF_EMPTY;
	int rc = 0;

	instance_path(in, from, "public/ca/roots.pem");
	instance_path(in, to, "nginx/client-ca.pem");
	if (io_read_theirs(from, ROOTS_MOST, &fresh) == -1)
		rc = err_kind() == ERR_ABSENT ? 0 : -1;
	else if (!are_certificates(buf_span(&fresh)))
		rc = err_set(ERR_INPUT, "%s is not what it should be", from);
	else if (io_read_file(to, ROOTS_MOST, &old) == -1 ||
	    !span_equal(buf_span(&fresh), buf_span(&old)))
		rc = io_write_file(to, 0600, buf_span(&fresh)) == 0 ? 1 : -1;
	buf_free(&fresh);
	buf_free(&old);
	return rc;
}
