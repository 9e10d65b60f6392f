#ifndef POLICY_DECIDE_INSIDE_H
#define POLICY_DECIDE_INSIDE_H

#include "policy/decide.h"

/*
 * What the files of the engine share: a rule looks at the facts and says what
 * speaks against the device.
 */

#define DAY 86400

struct judgement {
	const struct facts *f;
	int64_t now;
	struct verdict *v;
};

/* Each reason once, by its weight a reason or a warning. */
void judge_say(struct judgement *, enum reason);
void judge_require(struct judgement *, bool holds, enum reason otherwise);

/* What the reasons come to; a precheck without one has PRECHECK_ONLY. */
void judge_conclude(struct judgement *);

/* Is the TrE judged too? */
bool judge_with_tre(const struct facts *);

/* Do devices that exist already go on under this effect? */
bool judge_goes_on(enum effect, int64_t issued, int64_t since);

/* Is the TrE that is not shown without a CA or an accreditation? */
bool judge_bound_falls(const struct judgement *);

/* Time acts, whether or not the record has noticed. */
enum coc_fact judge_coc_now(const struct judgement *, const struct coc_facts *);

void check_shown(struct judgement *);	      /* 3 */
void check_paths(struct judgement *);	      /* 4 */
void check_register(struct judgement *);      /* 5 */
void check_status(struct judgement *);	      /* 6 */
void check_binding(struct judgement *);	      /* 7 */
void check_possession(struct judgement *);    /* 8 */
void check_claims(struct judgement *);	      /* 9 */
void check_accreditation(struct judgement *); /* 10 */
void check_measures(struct judgement *);      /* 11 */
void check_incidents(struct judgement *);     /* 12 */
void check_custody(struct judgement *);	      /* 13 */
void check_policy(struct judgement *);	      /* 14 */

#endif
