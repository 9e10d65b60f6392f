#ifndef POLICY_EVIDENCE_H
#define POLICY_EVIDENCE_H

#include <stdbool.h>

/*
 * By what a TrE shows that it is itself, and what it runs.  Which kind counts
 * is said by the kind of TrE (tre-kinds.json); each is read outside the engine
 * and comes to these facts.
 *
 *	transcript	its key signs the transcript; what it runs it claims
 *	tpm_quote	its key is a TPM's attestation key, which quotes PCRs
 *			with the transcript's hash as qualifying data
 *	dice		its key certifies the layers that were started, and the
 *			last one's key signs the transcript
 *
 * evidence.md says what each looks like in a request.
 */
enum evidence_kind {
	EVIDENCE_NONE,
	EVIDENCE_TRANSCRIPT,
	EVIDENCE_TPM_QUOTE,
	EVIDENCE_DICE
};

/* What was measured, against the reference values of the TrE's model. */
enum measurement_fact {
	MEASUREMENT_IS_UNKNOWN, /* none of them */
	MEASUREMENT_IS_BAD,	/* one that was revoked */
	MEASUREMENT_IS_GOOD,
	MEASUREMENT_IS_NOT_ASKED /* the model has none, and needs none */
};

struct evidence_facts {
	enum evidence_kind asked; /* NONE: unknown, which nothing meets */
	enum evidence_kind shown;
	bool well_formed;
	bool key_enrolled; /* it is that of a TPM which has shown it */
	enum measurement_fact measurement;
	bool update_available; /* newer firmware has reference values */
};

/* "tpm_quote"; of what is none: EVIDENCE_NONE, MEASUREMENT_IS_UNKNOWN. */
const char *evidence_kind_text(enum evidence_kind);
enum evidence_kind evidence_kind_find(const char *word);
enum measurement_fact measurement_fact_find(const char *word);

/* Is it the kind that counts, and whole? */
bool evidence_at_hand(const struct evidence_facts *);

#endif
