#ifndef AUTHORITY_SINGLE_H
#define AUTHORITY_SINGLE_H

#include "authority/issuer.h"
#include "issue/template.h"

/*
 * One certificate at a time: CAs, people, systems.  The same two commits as a
 * lot's: the index is reserved and committed before anything is signed.
 *
 *	single_reserve(a, by, &s)
 *	single_build(a, &spec, &key, &s)	no database
 *	db_begin(); single_store(a, &s); ... what goes with it ...; db_commit()
 *
 * After a failure anywhere behind the first step: single_give_up().
 */
struct single {
	struct issuer *by;
	struct range range;
	const struct profile *profile;
	int64_t not_before;
	uint8_t serial[SERIAL_SIZE];
	uint8_t space[CERT_MAX];
	struct span der;  /* in space */
	struct cert cert; /* der, parsed */
};

int single_reserve(struct authority *, struct issuer *by, struct single *);
/* The same of one that issues no more, for what it does to its end. */
int single_reserve_retired(
    struct authority *, struct issuer *by, struct single *);

/*
 * Profile, names and the like come in spec; issuer, addresses and dates are
 * filled in here.  The certificate is linted.
 */
struct subject_key {
	enum key_kind kind;
	struct span point;
};
int single_build(struct authority *, struct template_spec *,
    const struct subject_key *, struct single *);

/* In the caller's transaction: the register alone. */
int single_insert(struct authority *, const struct single *);
/* Register, range, status. */
int single_store(struct authority *, const struct single *);

/* Whatever went wrong: roll back, and the index is void; if it was lint, the
 * body is alarmed.  Keeps the error. */
void single_give_up(struct authority *, const struct range *);
/* The same without the alarm: the lot raises its own. */
void single_void(struct authority *, const struct range *);

#endif
