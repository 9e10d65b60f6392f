/*
 * The beginning of an instance: root, access CA, and the certificates that
 * everything else starts with (README.md).
 */

#include <string.h>

#include "authority/init.h"
#include "authority/issuer.h"
#include "authority/publish.h"
#include "authority/root.h"
#include "base/err.h"
#include "base/io.h"

static int make_serials(struct authority *);
static int online(struct authority *);
static int write_root(struct authority *);

int
init_run(struct authority *a, const char *folder, const char *root_sha256)
{
	char path[INSTANCE_PATH_MAX];
	struct issuer *access;
	int rc;

	if (io_make_folder(instance_path(&a->in, path, "authority"), 0700) ==
		-1 ||
	    make_serials(a) == -1)
		return -1;
	rc = strcmp(a->in.root, "offline") == 0
	    ? init_offline(a, folder, root_sha256)
	    : online(a);
	if (rc != 0)
		return rc;
	if ((access = issuer_access(a)) == NULL || publish_due(a, NULL) == -1)
		return -1;
	if (init_manifest(a, access) == -1)
		return -1;
	/* The keys that the manifest has registered get theirs. */
	if (publish_due(a, NULL) == -1)
		return -1;
	return write_root(a);
}

static int
online(struct authority *a)
{
	int64_t id;

	if (db_issuer_find(a->db, "root", 0, &id) == 0)
		return 0;
	return err_kind() == ERR_ABSENT ? root_make(a) : -1;
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
