/*
 * The receipt key of this api host.
 */

#include <stdio.h>
#include <stdlib.h>

#include "api/receipt_signer.h"
#include "base/clock.h"
#include "base/err.h"
#include "key/jws.h"
#include "key/key.h"
#include "policy/receipt.h"

#define READ_AGAIN_MS 60000

static struct key *key;
static int64_t certificate_id, not_after, read_at;
static char header[128];

int
receipt_signer_open(const char *path)
{
	certificate_id = 0;
	key = key_load(path, NULL);
	return key != NULL ? 0 : -1;
}

void
receipt_signer_close(void)
{
	key_free(key);
	key = NULL;
}

static int
read_certificate(struct db *db)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;
	char thumbprint[44];

	db_arg_bytes(&args, key_spki(key));
	if ((rows = db_query(db, "receipt_signer", &args)) == NULL)
		return -1;
	if (rows_count(rows) == 0) {
		rows_free(rows);
		certificate_id = 0;
		return err_set_code(ERR_BUSY, "NO_RECEIPT_SIGNER",
		    "the receipt key waits for its certificate");
	}
	jws_thumbprint(row_bytes(rows, 0, 1), thumbprint);
	(void)snprintf(header, sizeof(header),
	    "{\"alg\":\"ES256\",\"typ\":\"%s\",\"x5t#S256\":\"%s\"}",
	    RECEIPT_TYPE, thumbprint);
	certificate_id = row_int(rows, 0, 0);
	not_after = row_time(rows, 0, 2);
	read_at = clock_ms();
	rows_free(rows);
	return 0;
}

int
receipt_signer_ready(struct db *db, int64_t *certificate)
{
	if (key == NULL)
		return err_set(ERR_INTERNAL, "there is no receipt key");
	if ((certificate_id == 0 || clock_ms() - read_at > READ_AGAIN_MS ||
		clock_now() >= not_after) &&
	    read_certificate(db) == -1)
		return -1;
	*certificate = certificate_id;
	return 0;
}

int
receipt_write(struct span claims, struct buf *jws)
{
	return jws_sign(key, header, claims, jws);
}

void
receipt_begin(struct span claims, struct buf *jws)
{
	jws_begin(header, claims, jws);
}

int
receipt_end_many(struct buf *const *begun, size_t n)
{
	return jws_end_many(key, begun, n);
}

int
receipt_sign(
    struct db *db, const json_t *claims, struct buf *jws, int64_t *certificate)
{
	char *text;
	int rc;

	if (receipt_signer_ready(db, certificate) == -1)
		return -1;
	if ((text = json_dumps(claims, JSON_COMPACT)) == NULL)
		return err_set(ERR_INTERNAL, "a receipt cannot be written");
	rc = receipt_write(span_str(text), jws);
	free(text);
	return rc;
}
