/*
 * The key of this api host that signs answers of CMP.
 */

#include "api/cmp_signer.h"
#include "base/err.h"

static struct key *key;

int
cmp_signer_open(const char *path)
{
	key = key_load(path, NULL);
	return key != NULL ? 0 : -1;
}

void
cmp_signer_close(void)
{
	key_free(key);
	key = NULL;
}

const struct key *
cmp_signer_key(void)
{
	return key;
}

int
cmp_signer_certificate(
    struct db *db, struct buf *certificate, struct buf *issuer)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int rc = 0;

	if (key == NULL)
		return err_set(ERR_INTERNAL, "there is no key for CMP");
	db_arg_bytes(&args, key_spki(key));
	if ((r = db_query(db, "cmp_signer", &args)) == NULL)
		return -1;
	if (rows_count(r) == 0)
		rc = err_set_code(ERR_BUSY, "NO_CMP_SIGNER",
		    "the key that signs answers waits for its certificate");
	else {
		buf_put_span(certificate, row_bytes(r, 0, 0));
		buf_put_span(issuer, row_bytes(r, 0, 1));
	}
	rows_free(r);
	return rc;
}
