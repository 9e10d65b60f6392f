#ifndef POLICY_EVIDENCE_H
#define POLICY_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

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

/*
 * What a TPM's own counters say of a quote, beside the last one of that key
 * that was taken: a TPM only goes on, and one that was copied or put back does
 * not.
 */
enum order_fact {
	ORDER_IS_UNKNOWN,
	ORDER_IS_GOOD,	    /* it goes on from there */
	ORDER_IS_OVERTAKEN, /* a later one was a moment before it */
	ORDER_IS_BACK
};

/* TPMS_CLOCK_INFO (TPM 2.0 Library, part 2, 10.11.1). */
struct evidence_clock {
	bool shown; /* by the TrE's own key, and for this question */
	uint64_t clock;
	uint32_t resets, restarts;
	bool safe; /* it was never higher */
};

struct evidence_facts {
	enum evidence_kind asked; /* NONE: unknown, which nothing meets */
	enum evidence_kind shown;
	bool well_formed;
	bool key_enrolled;     /* it is that of a TPM which has shown it */
	enum order_fact order; /* of a quote */
	enum measurement_fact measurement;
	bool update_available; /* newer firmware has reference values */
};

/* "tpm_quote"; of what is none: the first one, which nothing meets. */
const char *evidence_kind_text(enum evidence_kind);
enum evidence_kind evidence_kind_find(const char *word);
enum measurement_fact measurement_fact_find(const char *word);
enum order_fact order_fact_find(const char *word);

/* Is it the kind that counts, and whole? */
bool evidence_at_hand(const struct evidence_facts *);

#endif
