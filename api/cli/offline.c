/*
 * Verifying offline: the root, the time, the bad answer.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/cli/offline.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/io.h"
#include "x509/cert.h"

#define ROOT_FILE_MOST 262144

struct links {
	const char *folder;
	struct buf der[2 * ROOTS_MOST];
	size_t n;
};

static int
add_link(const char *name, void *ctx)
{
	struct links *l = ctx;
	char *file = xasprintf("%s/%s", l->folder, name);

	if (l->n < 2 * ROOTS_MOST &&
	    io_read_file(file, CERT_MAX, &l->der[l->n]) == 0)
		l->n++;
	free(file);
	return 0;
}

/* What an instance that is here has published of its root's successors: each is
 * believed only as far as our root has signed it. */
static int
own_roots(const struct cli *cli, struct span root, struct roots *roots)
{
	char *folder = xasprintf("%s/public/ca", cli->var);
	struct links l = { .folder = folder };
	int rc = roots_read(root, roots);

	if (rc == 0) {
		(void)io_each(folder, "*-with-*.cer", add_link, &l);
		rc = roots_link(roots, l.der, l.n);
	}
	for (size_t i = 0; i < 2 * ROOTS_MOST; i++)
		buf_free(&l.der[i]);
	free(folder);
	return rc;
}

int
offline_roots(struct cli *cli, struct roots *roots)
{
	const char *said = cli_option(cli, "root");
	char *path =
	    said != NULL ? xstrdup(said) : cli_credential(cli, "root", ".crt");
	struct buf file = BUF_EMPTY;
	int rc = io_read_file(path, ROOT_FILE_MOST, &file);

	if (rc == 0) {
		rc = said != NULL ? roots_read(buf_span(&file), roots)
				  : own_roots(cli, buf_span(&file), roots);
		if (rc == -1 && err_kind() == ERR_ABSENT)
			rc = err_set(ERR_INPUT,
			    "%s has no certificate of a "
			    "root in it, PEM or DER",
			    path);
	}
	buf_free(&file);
	free(path);
	return rc;
}

const struct buf *
offline_under(const struct roots *roots, const char *signer_code,
    int (*verify)(const void *what, struct span root), const void *what)
{
	size_t i;

	for (i = 0; i < roots->n; i++) {
		if (verify(what, buf_span(&roots->der[i])) == 0)
			return &roots->der[i];
		/* signed under another root, or under none */
		if (strcmp(err_code(), signer_code) != 0)
			break;
	}
	return NULL;
}

int
offline_time(struct cli *cli, int64_t *t)
{
	const char *at = cli_option(cli, "at");

	*t = clock_now();
	if (at != NULL && clock_parse(span_str(at), t) == -1)
		return cli_usage(
		    "--at must be a time such as 2026-11-24T02:03:04Z");
	return 0;
}

void
offline_json(json_t *o)
{
	(void)json_dumpf(o, stdout, JSON_INDENT(2));
	printf("\n");
	json_decref(o);
}

int
offline_bad(const struct cli *cli, const char *what, const char *prefix)
{
	if (strncmp(err_code(), prefix, strlen(prefix)) != 0)
		return -1;
	if (cli->json)
		offline_json(json_pack("{s:b, s:s, s:s}", "valid", 0, "code",
		    err_code(), "detail", err_text()));
	else
		fprintf(stderr, "assay: the %s does not hold: %s [%s]\n", what,
		    cli_why(), err_code());
	return CLI_REFUSED;
}

void
offline_fetched(
    struct cli *cli, const char *what, int64_t fetched, int64_t newest)
{
	if (cli->json)
		offline_json(json_pack("{s:I, s:I}", "fetched",
		    (json_int_t)fetched, what, (json_int_t)newest));
	cli_say(cli, "%lld fetched; the chain holds to %s %lld",
	    (long long)fetched, what, (long long)newest);
}
