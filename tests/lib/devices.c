/*
 * Rows of a manifest, for tests of large lots: fresh keys, nobody keeps the
 * private halves.
 *	devices csr|key COUNT PREFIX [FROM]
 * writes the rows of PREFIX-FROM, PREFIX-FROM+1, ...
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/pool.h"
#include "issue/manifest.h"
#include "key/key.h"
#include "x509/csr.h"

#define AT_ONCE 4096

struct making {
	enum manifest_kind kind;
	const char *prefix;
	long from;
	struct buf rows[AT_ONCE];
};

static int
make_row(void *ctx, size_t i)
{
	struct making *m = ctx;
	struct buf der = BUF_EMPTY;
	struct key *key = key_generate(KEY_P256);
	char id[MANIFEST_ID_MAX + 1];
	int rc = -1;

	(void)snprintf(id, sizeof(id), "%s-%ld", m->prefix, m->from + (long)i);
	if (key == NULL)
		return -1;
	if (m->kind == MANIFEST_KEY)
		buf_put_span(&der, key_spki(key));
	if (m->kind == MANIFEST_KEY || csr_build(key, id, &der) == 0) {
		buf_clear(&m->rows[i]);
		manifest_row_write(
		    &m->rows[i], m->kind, id, buf_span(&der), NULL, NULL);
		rc = 0;
	}
	buf_free(&der);
	key_free(key);
	return rc;
}

static int
make_all(struct making *m, long count)
{
	struct pool *pool = pool_new(0, NULL);
	long i, n;

	for (; count > 0; count -= n, m->from += n) {
		n = count < AT_ONCE ? count : AT_ONCE;
		if (pool_each(pool, (size_t)n, make_row, m) == -1)
			return -1;
		for (i = 0; i < n; i++)
			(void)fwrite(m->rows[i].p, 1, m->rows[i].n, stdout);
	}
	return fflush(stdout) == 0 ? 0
				   : err_set(ERR_INTERNAL, "could not write");
}

int
main(int argc, char **argv)
{
	static struct making m;

	if (argc < 4 || argc > 5 ||
	    manifest_kind_parse(argv[1], &m.kind) == -1) {
		fprintf(stderr, "usage: devices csr|key COUNT PREFIX [FROM]\n");
		return 2;
	}
	m.prefix = argv[3];
	m.from = argc == 5 ? strtol(argv[4], NULL, 10) : 1;
	if (make_all(&m, strtol(argv[2], NULL, 10)) == 0)
		return 0;
	fprintf(stderr, "devices: %s\n", err_text());
	return 1;
}
