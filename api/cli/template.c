/*
 * Settings files from templates.
 */

#include <string.h>

#include "api/cli/template.h"
#include "base/err.h"
#include "base/io.h"

#define TEMPLATE_MOST (256 * 1024)
#define NAME_LETTERS  "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"

/* Length of the name in "@NAME@" at p, or 0. */
static size_t
name_at(struct span s, size_t at)
{
	size_t n = at + 1;

	if (s.p[at] != '@')
		return 0;
	while (
	    n < s.n && s.p[n] != '\0' && strchr(NAME_LETTERS, s.p[n]) != NULL)
		n++;
	return n > at + 1 && n < s.n && s.p[n] == '@' ? n - at - 1 : 0;
}

int
template_fill(
    struct span text, const struct template_value *values, struct buf *out)
{
	const struct template_value *v;
	size_t i, n;

	for (i = 0; i < text.n; i++) {
		if ((n = name_at(text, i)) == 0) {
			buf_putc(out, (char)text.p[i]);
			continue;
		}
		for (v = values; v->name != NULL; v++)
			if (span_equal(
				span_str(v->name), span_of(text.p + i + 1, n)))
				break;
		if (v->name == NULL)
			return err_set(ERR_INPUT, "nothing stands for @%.*s@",
			    (int)n, (const char *)text.p + i + 1);
		buf_puts(out, v->value);
		i += n + 1;
	}
	return 0;
}

int
template_write(
    const char *from, const struct template_value *values, const char *to)
{
	struct buf in = BUF_EMPTY, out = BUF_EMPTY;
	int rc = -1;

	if (io_read_file(from, TEMPLATE_MOST, &in) == -1)
		goto out;
	if (template_fill(buf_span(&in), values, &out) == -1) {
		err_set(ERR_INPUT, "%s: %s", from, err_text());
		goto out;
	}
	rc = io_write_file(to, 0600, buf_span(&out));
out:
	buf_free(&in);
	buf_free(&out);
	return rc;
}
