/*
 * The folder of a ceremony's results: what may lie there already.
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/io.h"
#include "ceremony/run_folder.h"
#include "ceremony/transcript.h"

struct look {
	const char *folder;
	const struct requests *requests;
};

int
run_conflict(const char *file, const char *why)
{
	return err_set_code(ERR_CONFLICT, "CEREMONY_CONFLICT",
	    "%s %s: nothing was overwritten", file, why);
}

static bool
is_result(const struct requests *q, const char *name, size_t n)
{
	const char *const others[] = { PLAN_ROOT, PLAN_CRL, TRANSCRIPT_FILE };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strlen(others[i]) == n && memcmp(others[i], name, n) == 0)
			return true;
	for (size_t i = 0; i < q->n; i++)
		if (strlen(q->certificates[i].name) + 4 == n &&
		    memcmp(q->certificates[i].name, name, n - 4) == 0 &&
		    memcmp(name + n - 4, ".cer", 4) == 0)
			return true;
	return false;
}

/*
 * A result's name with a point and six characters behind it is what
 * io_create_file() had begun when it was interrupted.
 */
static int
look_at(const char *name, void *ctx)
{
	const struct look *l = ctx;
	size_t n = strlen(name);
	char *path;
	int rc = 0;

	if (is_result(l->requests, name, n))
		return 0;
	if (n < 7 || name[n - 7] != '.' || !is_result(l->requests, name, n - 7))
		return run_conflict(name, "lies among the results");
	path = xasprintf("%s/%s", l->folder, name);
	if (unlink(path) == -1)
		rc = io_err("remove", path);
	free(path);
	return rc;
}

/* Leftovers go first: they may be of a run that came to its end. */
int
run_folder_ready(const char *folder, const struct requests *requests)
{
	struct look l = { folder, requests };
	char *path = xasprintf("%s/" TRANSCRIPT_FILE, folder);
	int rc = -1;

	if (io_make_folder(folder, 0755) == -1 ||
	    io_sync_folder_of(folder) == -1 ||
	    ceremony_each_file(folder, look_at, &l) == -1)
		goto out;
	rc = access(path, F_OK) == -1
	    ? 0
	    : run_conflict(TRANSCRIPT_FILE,
		  "is there already, so that this ceremony is complete");
out:
	free(path);
	return rc;
}
