/*
 * assay.cnf: made and changed by what options say.
 */

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/cli/home_conf.h"
#include "api/cli/template.h"
#include "base/enc.h"
#include "base/err.h"
#include "base/io.h"
#include "key/hash.h"

/* PostgreSQL's own names are the longest: /.s.PGSQL.5432.lock */
#define RUN_MOST 80

/* Not every machine, and hardly a container, knows its own name. */
static bool
resolves(const char *host)
{
	struct addrinfo *ai = NULL;

	if (getaddrinfo(host, NULL, NULL, &ai) != 0)
		return false;
	freeaddrinfo(ai);
	return true;
}

/* An address as it stands in a URL. */
static char *
url_of(const char *scheme, const char *listen, const char *port)
{
	bool six = strchr(listen, ':') != NULL;
	char host[256];

	(void)snprintf(host, sizeof(host), "%s", listen);
	/* Nobody can connect to "every address". */
	if (strcmp(listen, "0.0.0.0") == 0 || strcmp(listen, "::") == 0) {
		six = false;
		if (gethostname(host, sizeof(host)) == -1 || !resolves(host))
			(void)snprintf(host, sizeof(host), "localhost");
	}
	return xasprintf("%s://%s%s%s:%s", scheme, six ? "[" : "", host,
	    six ? "]" : "", port);
}

/* VAR/run, or where a longer path would not fit into a socket's address. */
static char *
run_folder(const char *var)
{
	uint8_t digest[HASH_SIZE];
	struct buf hex = BUF_EMPTY;
	char *run = xasprintf("%s/run", var);

	if (strlen(run) <= RUN_MOST)
		return run;
	free(run);
	hash_sha256(span_str(var), digest);
	hex_encode(&hex, span_of(digest, 8));
	run = xasprintf("/tmp/assay-%s", buf_str(&hex));
	buf_free(&hex);
	return run;
}

static int
write_conf(const struct cli *cli, const struct home *h, const char *var)
{
	const char *listen = cli_option_or(cli, "listen", "127.0.0.1"),
		   *port = cli_option_or(cli, "port", "8443"),
		   *public_port = cli_option_or(cli, "public-port", "8080");
	char *url = url_of("https", listen, port),
	     *public_url = url_of("http", listen, public_port),
	     *run = run_folder(var), from[INSTANCE_PATH_MAX];
	const struct template_value values[] = {
		{ "VAR", var },
		{ "RUN", run },
		{ "SHARE", h->at.share },
		{ "LISTEN", listen },
		{ "PORT", port },
		{ "PUBLIC_PORT", public_port },
		{ "URL", url },
		{ "PUBLIC_URL", cli_option_or(cli, "public-url", public_url) },
		{ "OID_ARC", cli_option_or(cli, "oid-arc", "2.999.33812") },
		{ "BODY_NAME", cli_option_or(cli, "body-name", "Assay Body") },
		{ "BODY_COUNTRY", cli_option_or(cli, "body-country", "XX") },
		{ "ROOT",
		    cli_option_or(cli, "root",
			strcmp(cli->command->noun, "run") == 0 ? "online"
							       : "offline") },
		{ "ROOT_ALGORITHM", cli_option_or(cli, "root-algorithm", "") },
		{ "ACCESS_ALGORITHM",
		    cli_option_or(cli, "access-algorithm", "") },
		{ "ISSUER_ALGORITHM",
		    cli_option_or(cli, "issuer-algorithm", "") },
		{ "PASSPHRASE_FILE",
		    cli_option_or(cli, "passphrase-file", "") },
		{ "TOKEN", cli_option_or(cli, "pkcs11-token", "") },
		{ NULL, NULL },
	};
	int rc;

	(void)snprintf(
	    from, sizeof(from), "%.400s/conf/assay.cnf.in", h->at.share);
	rc = template_write(from, values, h->conf);
	free(url);
	free(public_url);
	free(run);
	return rc;
}

int
home_conf_set(
    struct span text, const char *name, const char *value, struct buf *out)
{
	const char *p = (const char *)text.p, *end = p + text.n, *line;
	size_t len = strlen(name);
	bool done = false;

	for (; p < end; p = line) {
		line = memchr(p, '\n', (size_t)(end - p));
		line = line != NULL ? line + 1 : end;
		if ((size_t)(line - p) > len && memcmp(p, name, len) == 0 &&
		    p[len + strspn(p + len, " \t")] == '=') {
			buf_printf(out, "%s = %s\n", name, value);
			done = true;
		} else
			buf_put(out, p, (size_t)(line - p));
	}
	if (!done)
		return err_set(ERR_ABSENT, "there is no setting %s", name);
	return 0;
}

static int
change(const struct home *h, const char *name, const char *value)
{
	struct buf in = BUF_EMPTY, out = BUF_EMPTY;
	int rc = -1;

	if (io_read_file(h->conf, 65536, &in) == 0) {
		(void)buf_str(
		    &in); /* home_conf_set() may look one octet ahead */
		if (home_conf_set(buf_span(&in), name, value, &out) == 0)
			rc = io_write_file(h->conf, 0600, buf_span(&out));
	}
	buf_free(&in);
	buf_free(&out);
	return rc;
}

/*
 * What options say otherwise than assay.cnf.  Not public_url: certificates
 * have it in them by now.
 */
static int
change_conf(const struct cli *cli, struct home *h)
{
	static const char *const names[][2] = { { "listen", "listen" },
		{ "port", "port" }, { "public-port", "public_port" } };
	const char *value;
	char *port, *url;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		value = cli_option(cli, names[i][0]);
		if (value != NULL && change(h, names[i][1], value) == -1)
			return -1;
	}
	if (cli_option(cli, "port") == NULL &&
	    cli_option(cli, "listen") == NULL)
		return instance_open(h->conf, &h->in);
	if (instance_open(h->conf, &h->in) == -1)
		return -1;
	port = xasprintf("%d", h->in.port);
	url = url_of("https", h->in.listen, port);
	rc = change(h, "url", url);
	free(url);
	free(port);
	return rc == 0 ? instance_open(h->conf, &h->in) : -1;
}

int
home_conf_settle(const struct cli *cli, struct home *h, const char *var)
{
	bool first = access(h->conf, F_OK) == -1;
	struct buf before = BUF_EMPTY;
	int rc;

	if (first)
		rc = write_conf(cli, h, var) == 0
		    ? instance_open(h->conf, &h->in)
		    : -1;
	else if ((rc = io_read_file(h->conf, 65536, &before)) == 0)
		rc = change_conf(cli, h);
	if (rc == -1 && first)
		(void)unlink(h->conf);
	else if (rc == -1 && before.n > 0)
		(void)io_write_file(h->conf, 0600, buf_span(&before));
	buf_free(&before);
	return rc;
}
