/*
 * VAR/init/manifest: who needs a certificate before anybody can ask for one.
 */

#include <stdlib.h>
#include <string.h>

#include "authority/delegated.h"
#include "authority/init.h"
#include "authority/order.h"
#include "base/err.h"
#include "base/io.h"
#include "x509/csr.h"
#include "x509/pem.h"

#define MANIFEST_MAX 65536
#define WORDS_MAX    (CERT_HOSTS + 2)

/* One line: what, for whom, and what else. */
struct line {
	const char *words[WORDS_MAX];
	size_t n;
	struct buf csr_der;
	struct csr csr;
};

static int read_manifest(struct authority *, struct issuer *);
static int do_line(struct authority *, struct issuer *, char *);
static int read_csr(struct authority *, struct line *);
static int client(struct authority *, struct issuer *, struct line *);
static int server(struct authority *, struct issuer *, struct line *);
static int delegated(struct authority *, struct issuer *, struct line *);
static int write_chain(
    struct authority *, const char *name, struct issuer *, struct span der);

static const struct {
	const char *what;
	size_t least;
	int (*run)(struct authority *, struct issuer *, struct line *);
} kinds[] = {
	{ "client", 3, client },
	{ "server", 3, server },
	{ "ocsp", 2, delegated },
	{ "receipt", 2, delegated },
	{ "cmp", 2, delegated },
};

int
init_manifest(struct authority *a, struct issuer *access)
{
	return read_manifest(a, access);
}

int
init_delegated(struct authority *a)
{
	return read_manifest(a, NULL);
}

/* Without an access CA only what needs none. */
static int
read_manifest(struct authority *a, struct issuer *access)
{
	char path[INSTANCE_PATH_MAX], *text, *line, *next;
	struct buf in = BUF_EMPTY;
	int rc;

	instance_path(&a->in, path, "init/manifest");
	rc = io_read_file(path, MANIFEST_MAX, &in);
	text = xstrdup(buf_str(&in));
	for (line = text; rc == 0 && line != NULL; line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		if (line[0] != '#' && line[0] != '\0')
			rc = do_line(a, access, line);
	}
	free(text);
	buf_free(&in);
	return rc;
}

static int
do_line(struct authority *a, struct issuer *access, char *text)
{
	struct line l = { .n = 0 };
	char *save = NULL, *word;
	size_t i, nkinds = sizeof(kinds) / sizeof(kinds[0]);
	int rc = -1;

	for (word = strtok_r(text, " ", &save); word != NULL && l.n < WORDS_MAX;
	     word = strtok_r(NULL, " ", &save))
		l.words[l.n++] = word;
	for (i = 0; i < nkinds; i++)
		if (l.n >= kinds[i].least &&
		    strcmp(l.words[0], kinds[i].what) == 0)
			break;
	if (i == nkinds || strchr(l.words[1], '/') != NULL)
		return err_set(ERR_INPUT,
		    "init/manifest: \"%s\" is no line "
		    "of it",
		    l.n > 0 ? l.words[0] : "");
	if (access == NULL && kinds[i].run != delegated)
		return 0;
	if (read_csr(a, &l) == 0)
		rc = kinds[i].run(a, access, &l);
	if (rc == -1)
		(void)err_set(err_kind(), "init/manifest, %s %s: %s",
		    l.words[0], l.words[1], err_text());
	buf_free(&l.csr_der);
	return rc;
}

static int
read_csr(struct authority *a, struct line *l)
{
	char path[INSTANCE_PATH_MAX];
	struct buf pem = BUF_EMPTY;
	struct span text;
	int rc = -1;

	instance_path(&a->in, path, "init/%s.csr", l->words[1]);
	if (io_read_file(path, MANIFEST_MAX, &pem) == -1)
		goto out;
	text = buf_span(&pem);
	if (pem_read("CERTIFICATE REQUEST", &text, &l->csr_der) == -1 ||
	    csr_parse(buf_span(&l->csr_der), &l->csr) == -1 ||
	    csr_verify(&l->csr) == -1)
		goto out;
	rc = 0;
out:
	buf_free(&pem);
	return rc;
}

/* Is this certificate for the request's key? */
static bool
is_for(struct span der, const struct csr *csr)
{
	struct cert c;

	return cert_parse(der, &c) == 0 &&
	    memcmp(c.spki_sha256, csr->spki_sha256, 32) == 0;
}

static int
client(struct authority *a, struct issuer *access, struct line *l)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	struct buf der = BUF_EMPTY;
	struct access_order o = { .store = "order_principal_set",
		.handle = l->words[1],
		.role = l->words[2],
		.csr = buf_span(&l->csr_der) };
	int rc = -1;

	db_arg_text(&args, o.handle);
	if ((r = db_query_one(a->db, "init_principal", &args)) == NULL)
		return -1;
	o.subject = row_int(r, 0, 0);
	o.organisation = row_text(r, 0, 2);
	o.country = row_text(r, 0, 3);
	if (strcmp(row_text(r, 0, 1), o.role) != 0)
		err_set(ERR_CONFLICT, "the principal's role is %s",
		    row_text(r, 0, 1));
	else if (row_null(r, 0, 4))
		rc = order_certify(a, &o, &der);
	else if (!is_for(row_bytes(r, 0, 4), &l->csr))
		err_set(ERR_CONFLICT,
		    "the principal has a certificate for another key");
	else {
		buf_put_span(&der, row_bytes(r, 0, 4));
		rc = 0;
	}
	if (rc == 0)
		rc = write_chain(a, l->words[1], access, buf_span(&der));
	rows_free(r);
	buf_free(&der);
	return rc;
}

/* Is NAME.crt there already, for this key? */
static bool
has_chain(struct authority *a, const struct line *l)
{
	char path[INSTANCE_PATH_MAX];
	struct buf pem = BUF_EMPTY, der = BUF_EMPTY;
	struct span text;
	bool has = false;

	instance_path(&a->in, path, "init/%s.crt", l->words[1]);
	if (io_read_file(path, MANIFEST_MAX, &pem) == 0) {
		text = buf_span(&pem);
		has = pem_read("CERTIFICATE", &text, &der) == 0 &&
		    is_for(buf_span(&der), &l->csr);
	}
	buf_free(&pem);
	buf_free(&der);
	return has;
}

/* Its key is registered, as it is certified again from time to time. */
static int
server(struct authority *a, struct issuer *access, struct line *l)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int rc;

	if (has_chain(a, l))
		return 0;
	if (delegated(a, access, l) == -1 || delegated_renew(a) == -1)
		return -1;
	db_arg_text(&args, l->words[1]);
	if ((r = db_query_one(a->db, "delegated_latest", &args)) == NULL)
		return -1;
	rc = write_chain(a, l->words[1], access, row_bytes(r, 0, 0));
	rows_free(r);
	return rc;
}

/* Of a server, parted by spaces. */
static void
put_hosts(const struct line *l, struct buf *out)
{
	size_t i;

	for (i = 2; i < l->n; i++)
		buf_printf(out, "%s%s", i > 2 ? " " : "", l->words[i]);
}

static int
delegated(struct authority *a, struct issuer *access, struct line *l)
{
	struct db_args args = DB_ARGS_EMPTY, who = DB_ARGS_EMPTY;
	struct buf hosts = BUF_EMPTY;
	struct db_rows *r = NULL;
	int rc = -1;

	(void)access;
	db_arg_text(&args, l->words[0]);
	db_arg_text(&args, l->words[1]);
	db_arg_bytes(&args, l->csr.spki);
	if (strcmp(l->words[0], "ocsp") == 0)
		db_arg_bytes(&args, buf_span(&l->csr_der));
	else
		db_arg_null(&args);
	put_hosts(l, &hosts);
	db_arg_text(&args, hosts.n > 0 ? buf_str(&hosts) : NULL);
	if (db_exec(a->db, "init_delegated", &args) == -1)
		goto out;
	db_arg_text(&who, l->words[1]);
	if ((r = db_query_one(a->db, "init_delegated_get", &who)) == NULL)
		goto out;
	if (strcmp(row_text(r, 0, 0), l->words[0]) == 0 &&
	    span_equal(row_bytes(r, 0, 1), l->csr.spki))
		rc = 0;
	else
		err_set(
		    ERR_CONFLICT, "another key is registered under this name");
out:
	rows_free(r);
	buf_free(&hosts);
	return rc;
}

/* VAR/init/NAME.crt: leaf, then access CA. */
static int
write_chain(struct authority *a, const char *name, struct issuer *access,
    struct span der)
{
	char path[INSTANCE_PATH_MAX];
	struct buf pem = BUF_EMPTY;
	int rc;

	cert_write_pem(der, &pem);
	cert_write_pem(buf_span(&access->row.cert), &pem);
	rc = io_write_file(instance_path(&a->in, path, "init/%s.crt", name),
	    0644, buf_span(&pem));
	buf_free(&pem);
	return rc;
}
