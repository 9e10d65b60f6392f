#ifndef UNIT_MANIFEST_TEXT_H
#define UNIT_MANIFEST_TEXT_H

/*
 * Manifests written by hand, opened.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "issue/manifest.h"

#define MANIFEST_FUNCTION __attribute__((unused)) static

#define HEAD "{\"header\":\"a.b.c\"}\n"
#define ROW  "{\"id\":\"TRE-0001\",\"csr\":\"MAA=\"}\n"

/* A manifest of these octets, with its header read. */
MANIFEST_FUNCTION struct manifest *
open_octets(struct span s, FILE **f)
{
	*f = tmpfile();
	assert_non_null(*f);
	assert_int_equal(fwrite(s.p, 1, s.n, *f), s.n);
	assert_int_equal(fflush(*f), 0);
	assert_int_equal(lseek(fileno(*f), 0, SEEK_SET), 0);
	return manifest_open(fileno(*f));
}

MANIFEST_FUNCTION struct manifest *
open_text(const char *text, FILE **f)
{
	return open_octets(span_str(text), f);
}

/* The one row behind a good header, as the reader sees it. */
MANIFEST_FUNCTION struct manifest_row
read_row_of(enum manifest_kind kind, const char *line)
{
	struct manifest_row row = { 0 };
	struct buf text = BUF_EMPTY, jws = BUF_EMPTY;
	struct manifest *m;
	FILE *f;

	buf_puts(&text, HEAD);
	buf_puts(&text, line);
	m = open_octets(buf_span(&text), &f);
	assert_int_equal(manifest_header(m, &jws), 0);
	manifest_expect(m, kind);
	assert_int_equal(manifest_next(m, &row), 1);
	row.line = span_of(NULL, row.line.n);
	manifest_free(m);
	fclose(f);
	buf_free(&text);
	buf_free(&jws);
	return row;
}

MANIFEST_FUNCTION struct manifest_row
read_row(const char *line)
{
	return read_row_of(MANIFEST_CSR, line);
}

#endif
