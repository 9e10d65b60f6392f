#ifndef DB_CERTIFICATE_H
#define DB_CERTIFICATE_H

#include <stdint.h>

#include "db/conn.h"

/* A certificate on its way into the register.  Borrowed throughout. */
struct certificate {
	int64_t issuer;
	int64_t index;
	const char *profile;
	struct span serial;
	struct span der; /* empty: put together from the next four */
	int64_t template_id;
	struct span point, binding, signature; /* binding may be empty */
	struct span der_sha256;
	struct span spki_sha256; /* empty: that of the point, on P-256 */
	int64_t device_id, lot_id, coc_id; /* 0: none, or the template's CoC */
	int64_t not_before;
	int64_t issued; /* db_certificate_now() */
};

/* The database's time, in microseconds of 1970: asked for once for a chunk,
 * since a column's default asks for each row. */
int db_certificate_now(struct db *, int64_t *now);

/* What certificates share (ca/issue/template_cut.h); pieces: an array literal.
 * Gives its id, a new one or that of the same digest. */
struct certificate_template {
	struct span digest;
	const char *pieces;
	int64_t octets;
	int64_t lasts; /* seconds; 0: endless */
	int64_t coc_id;
};
int db_certificate_template(
    struct db *, const struct certificate_template *, int64_t *id);

/* Between db_copy_begin(db, "certificate_copy") and db_copy_end(). */
int db_certificate_copy(struct db *, const struct certificate *);
/* One alone, issued now; within a transaction. */
int db_certificate_insert(struct db *, struct certificate *);

#endif
