#ifndef DB_DEVICE_H
#define DB_DEVICE_H

#include <stdint.h>

#include "db/conn.h"

/* Devices on their way into the register. */
struct device {
	int64_t id;	  /* db_device_ids() */
	const char *kind; /* tre, terminal */
	const char *device_id;
	int64_t model_id, lot_id, organisation_id;
	const char *tac; /* "": none */
	int64_t created; /* db_certificate_now() */
};

/* n fresh ids. */
int db_device_ids(struct db *, int n, int64_t *ids);

/* Between db_copy_begin(db, "device_copy") and db_copy_end(). */
int db_device_copy(struct db *, const struct device *);
/* Between db_copy_begin(db, "binding_copy") and db_copy_end(). */
int db_binding_copy(struct db *, int64_t tre, int64_t terminal, int64_t since);

#endif
