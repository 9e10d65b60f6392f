/*
 * Files that go into a body as base64.
 */

#include <stdlib.h>
#include <string.h>

#include "api/cli/file.h"
#include "base/enc.h"
#include "base/io.h"
#include "x509/pem.h"

#define FILE_MAX ((size_t)4 << 20)

char *
file_base64(const char *path, const char *label)
{
	struct span pem;
	struct buf file = BUF_EMPTY, der = BUF_EMPTY, out = BUF_EMPTY;
	char *text = NULL;

	if (io_read_file(path, FILE_MAX, &file) == -1)
		goto out;
	if (label != NULL && file.n > 10 &&
	    memcmp(file.p, "-----BEGIN", 10) == 0) {
		pem = buf_span(&file);
		if (pem_read(label, &pem, &der) == -1)
			goto out;
	} else
		buf_put_span(&der, buf_span(&file));
	base64_encode(&out, buf_span(&der));
	text = xstrdup(buf_str(&out));
out:
	buf_free(&file);
	buf_free(&der);
	buf_free(&out);
	return text;
}

int
file_put(json_t *body, struct cli *cli, const char *member, const char *option,
    const char *label)
{
	const char *path = cli_option(cli, option);
	char *text;

	if (path == NULL)
		return 0;
	if ((text = file_base64(path, label)) == NULL)
		return -1;
	json_object_set_new(body, member, json_string(text));
	free(text);
	return 0;
}

int
file_put_all(json_t *body, struct cli *cli, const char *member,
    const char *option, const char *label)
{
	json_t *list = json_array();
	const char *path;
	char *text;
	size_t i;

	json_object_set_new(body, member, list);
	for (i = 0; (path = cli_option_at(cli, option, i)) != NULL; i++) {
		if ((text = file_base64(path, label)) == NULL)
			return -1;
		json_array_append_new(list, json_string(text));
		free(text);
	}
	return 0;
}
