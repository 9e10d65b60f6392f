/*
 * What a ceremony made, from its folder.
 */

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/io.h"
#include "ceremony/results.h"
#include "ceremony/transcript.h"
#include "x509/cert.h"

struct buf *
results_add(struct results *r, const char *name)
{
	struct results_certificate *c;

	r->certificates =
	    xrealloc(r->certificates, (r->n + 1) * sizeof(r->certificates[0]));
	c = &r->certificates[r->n++];
	memset(c, 0, sizeof(*c));
	(void)snprintf(c->name, sizeof(c->name), "%s", name);
	return &c->der;
}

void
results_free(struct results *r)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		buf_free(&r->certificates[i].der);
	free(r->certificates);
	buf_free(&r->root);
	buf_free(&r->crl);
	buf_free(&r->transcript);
	memset(r, 0, sizeof(*r));
}

/* NAME of NAME.cer; false for everything else. */
static bool
is_certificate(const char *file, char name[41])
{
	size_t n = strlen(file);

	if (n < 5 || n > 44 || strcmp(file + n - 4, ".cer") != 0)
		return false;
	(void)snprintf(name, 41, "%.*s", (int)(n - 4), file);
	return true;
}

static int
take(const char *folder, const char *file, struct results *r)
{
	char *path = xasprintf("%s/%s", folder, file), name[41];
	int rc = 0;

	if (strcmp(file, PLAN_ROOT) == 0)
		rc = io_read_file(path, CERT_MAX, &r->root);
	else if (strcmp(file, PLAN_CRL) == 0)
		rc = io_read_file(path, PLAN_FILE_MAX, &r->crl);
	else if (strcmp(file, TRANSCRIPT_FILE) == 0)
		rc = io_read_file(path, TRANSCRIPT_MAX, &r->transcript);
	else if (is_certificate(file, name) && r->n < RESULTS_MAX)
		rc = io_read_file(path, CERT_MAX, results_add(r, name));
	free(path);
	return rc;
}

int
results_read(const char *folder, struct results *r)
{
	struct dirent *e;
	DIR *d;
	int rc = 0;

	memset(r, 0, sizeof(*r));
	if ((d = opendir(folder)) == NULL)
		return err_set(ERR_ABSENT, "could not read the folder %s: %s",
		    folder, strerror(errno));
	while (rc == 0 && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			rc = take(folder, e->d_name, r);
	(void)closedir(d);
	return rc;
}
