#ifndef AUTHORITY_ROOT_OFFLINE_INSIDE_H
#define AUTHORITY_ROOT_OFFLINE_INSIDE_H

/* For the files root_offline*.c only. */

#include "authority/root_offline.h"

/* A row of the statement root_succession: the one of that new root, or of any
 * that is asked for (0); rows_free() it. */
enum { OLD, NEW, ALGORITHM, SERIAL, RANGE, RANGE_FIRST, REQUEST };
struct db_rows *root_offline_find(struct authority *, int64_t id);

/* The OCSP keys that a new root certifies, in order: id, name, request;
 * rows_free() them. */
struct db_rows *root_offline_keys(struct authority *, int64_t id);

#endif
