#ifndef POLICY_DECIDE_H
#define POLICY_DECIDE_H

#include <stdio.h>

#include "policy/facts.h"

/*
 * The decision: facts and time give a verdict.  No input, no output, no
 * clock.
 *
 * The floor, which nothing lowers: a certificate of this PKI, in the register,
 * good, with an accreditation in force at issue.
 */

enum verdict_kind { VERDICT_REFUSE, VERDICT_INDETERMINATE, VERDICT_PERMIT };

#define VERDICT_REASONS	 32
#define EVIDENCE_SECONDS 120

struct verdict {
	enum verdict_kind kind;
	enum reason reasons[VERDICT_REASONS]; /* the first is the primary one */
	int nreasons;
	enum reason warnings[VERDICT_REASONS];
	int nwarnings;
};

void decide(const struct facts *, int64_t now, struct verdict *);

/*
 * What would have become of an earlier verdict under another policy: its
 * reasons but those of check 14, and what that check says now.  Of the facts it
 * needs the policy, the purpose and what operator_facts_read() fills.
 */
void decide_policy(const struct facts *, int64_t now, const struct verdict *was,
    struct verdict *);

/*
 * The same by those checks whose facts an offline kit has: 3 to 7, 10, 11, and
 * of 9 the firmware.  Never a permit, whatever the purpose.
 */
void decide_offline(const struct facts *, int64_t now, struct verdict *);

/* Does the measure forbid its device something, whatever firmware it runs? */
bool measure_forbids(const struct measure_fact *);

/* "permit", "refuse", "indeterminate" */
const char *verdict_text(enum verdict_kind);

/* Print the table of checks, for `assay decide --explain`. */
void decide_explain(FILE *);

#endif
