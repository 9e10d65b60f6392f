/*
 * The number of a published CRL.  It stands behind the entries: the file is
 * mapped, and of a large one a few pages are read.
 */

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "base/io.h"
#include "base/log.h"
#include "revoke/crl_number.h"
#include "x509/crl_read.h"

static int
number_in(int fd, uint64_t *number)
{
	struct stat st;
	struct crl c;
	size_t n;
	void *at;
	int rc;

	if (fstat(fd, &st) == -1 || st.st_size < 1)
		return err_set(ERR_INPUT, "it is empty");
	n = (size_t)st.st_size;
	if ((at = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0)) == MAP_FAILED)
		return io_err("map", "it");
	rc = crl_parse(span_of(at, n), &c);
	*number = c.number;
	(void)munmap(at, n);
	return rc;
}

uint64_t
crl_number_placed(const char *var, const char *path)
{
	char *file = xasprintf("%s/%s", var, path);
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	uint64_t number = 0;

	if (fd == -1 ? errno != ENOENT && errno != ENOTDIR
		     : number_in(fd, &number) == -1) {
		if (fd == -1)
			(void)io_err("open", file);
		log_write(LOG_WARN,
		    "the number of the CRL in %s is not known: %s", file,
		    err_text());
		number = 0;
	}
	if (fd != -1)
		(void)close(fd);
	free(file);
	return number;
}
