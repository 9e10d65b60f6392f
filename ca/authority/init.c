/*
 * The beginning of an instance: root, access CA, and the certificates that
 * everything else starts with (README.md).
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authority/init.h"
#include "authority/own_key.h"
#include "authority/publish.h"
#include "authority/single.h"
#include "base/err.h"
#include "base/io.h"
#include "base/log.h"
#include "db/certificate.h"

static int make_serials(struct authority *);
static int make_root(struct authority *);
static int build_root(struct authority *, struct key *, struct single *);
static int store_root(struct authority *, const struct single *);
static int write_root(struct authority *);

int
init_run(struct authority *a)
{
	char path[INSTANCE_PATH_MAX];
	struct issuer *access;
	int64_t id;

	if (io_make_folder(instance_path(&a->in, path, "authority"), 0700) ==
		-1 ||
	    make_serials(a) == -1)
		return -1;
	if (db_issuer_find(a->db, "root", 0, &id) == -1 &&
	    (err_kind() != ERR_ABSENT || make_root(a) == -1))
		return -1;
	if ((access = issuer_access(a)) == NULL || publish_due(a) == -1)
		return -1;
	if (init_manifest(a, access) == -1)
		return -1;
	/* The keys that the manifest has registered get theirs. */
	if (publish_due(a) == -1)
		return -1;
	return write_root(a);
}

static int
make_serials(struct authority *a)
{
	char path[INSTANCE_PATH_MAX];

	instance_path(&a->in, path, "authority/serial.key");
	if (serial_key_create(path) == -1 && err_kind() != ERR_CONFLICT)
		return -1;
	return authority_load_serials(a);
}

/*
 * The root stands above itself, so it cannot be reserved first: key, then
 * certificate and register in one commit.  A key without a certificate in the
 * register has signed nothing that anybody has seen.
 */
static int
make_root(struct authority *a)
{
	struct single *s = xcalloc(1, sizeof(*s));
	struct key *key;
	int rc = -1;

	key = own_key_ready(a, "root",
	    authority_algorithm(a, profile_get(a->profiles, PROFILE_ROOT)));
	if (key == NULL || build_root(a, key, s) == -1)
		goto out;
	if ((rc = store_root(a, s)) == -1)
		db_rollback(a->db);
	else
		log_write(LOG_NOTE, "the root is made");
out:
	key_free(key);
	free(s);
	return rc;
}

static int
build_root(struct authority *a, struct key *key, struct single *s)
{
	struct template_spec spec = { .common_name = "Root CA",
		.issuer_key = key,
		.public_url = a->in.public_url,
		.issuer_id = ISSUER_ROOT };
	struct template_row row = {
		.index = 0, .key = key_kind(key), .point = key_point(key)
	};
	struct template *t = NULL;
	struct db_rows *r;
	int64_t now;
	int rc = -1;

	if ((r = db_query_one(a->db, "init_body", NULL)) == NULL)
		return -1;
	spec.profile = s->profile = profile_get(a->profiles, PROFILE_ROOT);
	spec.country = row_text(r, 0, 0);
	spec.organisation = row_text(r, 0, 1);
	if (authority_now(a, &now) == -1)
		goto out;
	profile_dates(spec.profile, now, &spec.not_before, &spec.not_after);
	s->not_before = spec.not_before;
	serial_make(a->serials, ISSUER_ROOT, 0, s->serial);
	row.serial = span_of(s->serial, SERIAL_SIZE);
	if ((t = template_new(&spec)) == NULL ||
	    template_build(t, &row, s->space, sizeof(s->space), &s->der) ==
		-1 ||
	    cert_parse(s->der, &s->cert) == -1)
		goto out;
	rc = 0;
out:
	template_free(t);
	rows_free(r);
	return rc;
}

static int
store_root(struct authority *a, const struct single *s)
{
	struct issuer_row row = { .id = ISSUER_ROOT, .role = "root" };
	struct certificate c = { .issuer = ISSUER_ROOT,
		.profile = s->profile->name,
		.serial = span_of(s->serial, SERIAL_SIZE),
		.der = s->der,
		.der_sha256 = span_of(s->cert.sha256, 32),
		.spki_sha256 = span_of(s->cert.spki_sha256, 32),
		.not_before = s->not_before };
	struct range range;
	int rc = -1;

	issuer_row_fill(&row, &s->cert);
	if (db_begin(a->db) == 0 &&
	    db_issuer_insert(a->db, &row, s->cert.subject.der) == 0 &&
	    db_range_reserve(a->db, ISSUER_ROOT, 1, 0, false, &range) == 0 &&
	    db_certificate_insert(a->db, &c) == 0 &&
	    db_range_issued(a->db, &range, 0) == 0 &&
	    publish_issuer(a, ISSUER_ROOT, s->der) == 0)
		rc = db_commit(a->db);
	db_issuer_free(&row);
	return rc;
}

/* The last of all: `assay init` may go on. */
static int
write_root(struct authority *a)
{
	char path[INSTANCE_PATH_MAX];
	struct issuer *root = issuer_get(a, ISSUER_ROOT);
	struct buf pem = BUF_EMPTY;
	int rc;

	if (root == NULL)
		return -1;
	cert_write_pem(buf_span(&root->row.cert), &pem);
	rc = io_write_file(
	    instance_path(&a->in, path, "init/root.crt"), 0644, buf_span(&pem));
	buf_free(&pem);
	return rc;
}
