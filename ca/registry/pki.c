/*
 * Our CAs, kept parsed.
 */

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "registry/pki.h"

struct pki {
	struct path_ca **roots; /* among the known ones, the newest first */
	size_t nroots;
	struct path_ca **known;
	size_t nknown;
	int64_t read_at; /* clock_ms() */
};

struct pki *
pki_new(void)
{
	return xcalloc(1, sizeof(struct pki));
}

static void
forget(struct pki *p)
{
	size_t i;

	for (i = 0; i < p->nknown; i++)
		path_ca_free(p->known[i]);
	free(p->known);
	free(p->roots);
	memset(p, 0, sizeof(*p));
}

void
pki_free(struct pki *p)
{
	if (p == NULL)
		return;
	forget(p);
	free(p);
}

/* Replace what we know by what the record says; keep the old on failure. */
static int
read_record(struct pki *p, struct db *db)
{
	struct pki fresh = { .read_at = clock_ms() };
	struct db_rows *rows;
	int i;

	if ((rows = db_query(db, "issuer_certificates", NULL)) == NULL)
		return -1;
	fresh.known =
	    xcalloc((size_t)rows_count(rows), sizeof(struct path_ca *));
	fresh.roots =
	    xcalloc((size_t)rows_count(rows), sizeof(struct path_ca *));
	for (i = 0; i < rows_count(rows); i++) {
		fresh.known[i] = path_ca_new(row_bytes(rows, i, 2));
		if (fresh.known[i] == NULL)
			break;
		fresh.nknown++;
		if (strcmp(row_text(rows, i, 1), "root") == 0)
			fresh.roots[fresh.nroots++] = fresh.known[i];
	}
	if (i < rows_count(rows) || fresh.nroots == 0) {
		forget(&fresh);
		rows_free(rows);
		return err_set(ERR_INTERNAL,
		    "the record's CA certificates cannot be read");
	}
	rows_free(rows);
	forget(p);
	*p = fresh;
	return 0;
}

int
pki_ready(struct pki *p, struct db *db)
{
	return p->nroots > 0 ? 0 : read_record(p, db);
}

static bool
knows(const struct pki *p, struct span der)
{
	size_t i;

	for (i = 0; i < p->nknown; i++)
		if (span_equal(path_ca_cert(p->known[i])->der, der))
			return true;
	return false;
}

const char *
pki_judge(struct pki *p, struct db *db, const struct path_question *q,
    struct cert *leaf)
{
	const char *code = "CHAIN_UNTRUSTED";
	size_t i;

	if (p->nroots == 0 ||
	    (!knows(p, q->issuer) && clock_ms() - p->read_at > 1000))
		(void)read_record(p, db);
	/* a path leads to one root: another's answer is that it isn't its own
	 */
	for (i = 0; i < p->nroots && code != NULL &&
	     strcmp(code, "CHAIN_UNTRUSTED") == 0;
	     i++)
		code = path_judge(q, p->roots[i], p->known, p->nknown, leaf);
	return code;
}
