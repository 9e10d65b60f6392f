#ifndef REVOKE_CRL_LIST_H
#define REVOKE_CRL_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db/crl.h"
#include "x509/crl.h"

struct serial_key;

/*
 * What the CRL of a block lists, and what its delta does, in the order of the
 * indexes.  Runs of certificates that a measure revokes or holds are kept as
 * runs: their serial numbers are computed when they are asked for.  What stands
 * by itself is kept in memory up to some thousands, and in a file beyond, so
 * that memory does not grow with the list.
 */
struct crl_list;

struct crl_list *crl_list_new(struct serial_key *, uint32_t issuer);
void crl_list_free(struct crl_list *);

/* By index, a run before what stands in it (db_crl_row_each). */
int crl_list_add(const struct crl_row *, void *list);

/*
 * For a crl_spec: rewind starts with everything, as a complete CRL has it;
 * after crl_list_touch() with those of these indexes only, and says
 * removeFromCRL of the good ones among them (RFC 5280 section 5.3.1).  The
 * array is borrowed; it is by first index and may overlap.
 */
int crl_list_rewind(void *list);
int crl_list_next(void *list, struct crl_entry *);
void crl_list_touch(struct crl_list *, const struct crl_touch *, size_t n);

/* How many entries the last walk gave. */
uint64_t crl_list_given(const struct crl_list *);

#endif
