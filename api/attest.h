#ifndef API_ATTEST_H
#define API_ATTEST_H

#include "api/question.h"

/*
 * What the evidence about the TrE comes to (policy/evidence.h): of which kind
 * it is, whether it is whole and made by the TrE's key for this transcript, and
 * what was measured.  Fills q->facts and q->measured, on any thread.  After
 * question_prove(); there is no transcript in a precheck without a challenge.
 */
void attest_read(struct question *);

/*
 * And what was measured, against the reference values of its model, as the
 * record has them, and its TPM's counters, which the record keeps.  -1 when it
 * could not be asked.
 */
int attest_judge(struct question *);

/* Is there anything of it that the record must be asked? */
bool attest_asks(struct question *);

#endif
