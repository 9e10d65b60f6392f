#ifndef AUTHORITY_AUTHORITY_H
#define AUTHORITY_AUTHORITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"
#include "db/conn.h"
#include "issue/profile.h"
#include "issue/serial.h"
#include "registry/instance.h"
#include "revoke/crl_publish.h"
#include "revoke/seen.h"

/*
 * What the parts of assay-authority share.  One process, one connection to
 * PostgreSQL, which one thread has; no socket.  Other threads only check rows
 * and make certificates, each row by itself (base/pool.h).
 */

struct ahead;
struct desk;
struct issuer;
struct kept;
struct lot_work;
struct pkcs11;

struct authority {
	struct instance in;
	struct db *db;
	struct pool *pool;
	struct profiles *profiles;
	struct pkcs11 *token; /* NULL: keys are in files (own_key.h) */
	struct serial_key *serials;
	struct crl_publisher crls; /* publish.h */
	struct key *feed_key;	   /* once it is needed (feed.h) */
	struct issuer **issuers;   /* those used so far (issuer.h) */
	size_t nissuers;
	struct kept *kept;	 /* templates in the register (kept.h) */
	struct lot_work **works; /* lots being checked or issued (lot.h) */
	size_t nworks;
	struct ahead *ahead; /* one's next rows (ahead.h) */
	struct desk **desks; /* open lots at work (desk.h) */
	size_t ndesks;
	unsigned awake; /* in which session whoever asks need not call; or 0 */
	struct seen seen;  /* kept outside the database (restore.h) */
	char database[96]; /* which one it is */
	bool stands;	   /* and may be believed */
	bool leapt;	   /* its clock has, and is not believed (main.c) */
	bool leftovers;	   /* a range could not be made void (single.h) */
};

/* The instance's settings and the profiles; connects to nothing yet. */
int authority_open(struct authority *, const char *conf);
void authority_close(struct authority *);

/* VAR/authority/serial.key, once it exists. */
int authority_load_serials(struct authority *);

/* The passphrase file's path for key_load(), or NULL. */
const char *authority_passphrase(const struct authority *);

/*
 * The algorithm of a new key for a CA of that profile: what assay.cnf says,
 * which authority_open() has checked, or the profile's first.
 */
enum key_kind authority_algorithm(
    const struct authority *, const struct profile *);

/* The database's time, which tests can set; where its clock has leapt, as if it
 * had not. */
int authority_now(struct authority *, int64_t *);

#endif
