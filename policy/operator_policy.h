#ifndef POLICY_OPERATOR_POLICY_H
#define POLICY_OPERATOR_POLICY_H

#include <jansson.h>

#include <stdbool.h>
#include <stdint.h>

/*
 * An operator's own policy for one purpose: what it asks beyond the floor.  It
 * only ever refuses more, so a term that is left out asks nothing.
 *
 *	min_level		    1 to 4, of every model
 *	accept_provisional	    false: no provisional accreditation
 *	accept_self_declared_only   false: another scheme's certificate too
 *	platform_only		    false: the TrE is always judged
 *	max_audit_age		    days since a site's audit ended
 *	grace_days		    after an accreditation expired
 *	max_status_age		    seconds
 *	require_consent		    true: of the operator before it, also where
 *				    the register knows of none; of a change of
 *				    operator alone
 *	require_validation	    ways of validating that it takes
 *	allowed_suppliers, denied_suppliers, allowed_models, denied_models
 *				    handles; an allowed list is the whole list
 */

struct operator_policy {
	char number[24]; /* "": none is active, the floor alone */
	int version;
	char sha256[65]; /* of the terms as they were signed, hex */
	int min_level;
	bool no_provisional, no_self_declared, no_platform_only;
	bool wants_consent;
	int max_audit_age;	/* days; 0: any */
	int grace_days;		/* -1: the accreditation's own */
	int64_t max_status_age; /* seconds; 0: any */
	json_t *terms;		/* owned; the lists are in it */
};

/* None is active. */
extern const struct operator_policy operator_policy_floor;

/*
 * As db/sql/decision.sql gives it: {"number", "version", "sha256", "terms"}.
 * -1: it says what this program does not know, so it must not be taken for one
 * that asks less.  Free in either case.
 */
int operator_policy_read(const char *json, struct operator_policy *);
void operator_policy_free(struct operator_policy *);

struct buf;
struct facts;

/*
 * What policies look at, kept with each decision, so that another policy can be
 * tried on it later: appends it, in JSON.
 */
void operator_facts_write(struct buf *, const struct facts *);
/* Fills those facts; the others stay.  -1: it is not what was written. */
int operator_facts_read(json_t *, struct facts *);

#endif
