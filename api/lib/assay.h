#ifndef ASSAY_H
#define ASSAY_H

/*
 * libassay: does anything speak against a device?  Without a network, by an
 * offline kit (assay offline fetch), with nothing but the root.  See
 * libassay(3).  Needs libcrypto and nothing else.
 */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * What went wrong in this thread's last call: UPPER_SNAKE, stable for ever, and
 * a sentence for people, in one line and without what steers a terminal,
 * whoever wrote it.  "" when there is none.
 */
const char *assay_error_code(void);
const char *assay_error_text(void);

struct assay_kit;

/*
 * An empty kit that trusts these roots: one in DER, or several in PEM with the
 * links between them.  oid_arc: of the PKI's own object identifiers, in dots;
 * NULL for 2.999.33812; one for all kits of a process.  NULL on failure.
 */
struct assay_kit *assay_kit_new(
    const void *roots, size_t n, const char *oid_arc);
void assay_kit_free(struct assay_kit *);

/*
 * Add a file, a full snapshot or the delta that follows what is there, once it
 * is verified.  0, or -1 and the kit is as it was:
 *
 *	KIT_MALFORMED	it is no kit
 *	KIT_SIGNATURE	altered, or signed by another key
 *	KIT_SIGNER	signed by nobody who may, under these roots
 *	KIT_ROLLBACK	older than what is there
 *	KIT_GAP		numbers in between are missing
 *	KIT_CHAIN	it follows another one than what is there
 *	KIT_ANEW	too much has changed: a full snapshot is needed
 */
int assay_kit_add(struct assay_kit *, const void *octets, size_t n);

/*
 * All files of a folder that assay offline fetch keeps, in place of what is
 * there: call it again each hour.  0, or -1 and the kit is as it was; likewise.
 */
int assay_kit_load(struct assay_kit *, const char *folder);

/* Times are seconds since 1970. */
struct assay_kit_about {
	int64_t number;
	int64_t issued;
	int64_t next_update; /* from then on it gives no answer */
	int64_t covered;     /* it knows what has a notBefore before that */
};

/* KIT_ABSENT: it is empty. */
int assay_kit_about(const struct assay_kit *, struct assay_kit_about *);

struct assay_der {
	const void *octets;
	size_t n;
};

/* All zero, then what is known put in. */
struct assay_question {
	struct assay_der tre[2];      /* certificate and its CA's */
	struct assay_der terminal[2]; /* likewise */
	int terminal_only;	      /* judge no TrE */
	const char *imei, *tac;	      /* said by the terminal; NULL: unsaid */
	const char *firmware;	      /* said by the TrE; NULL: unsaid */
	int64_t max_age;	      /* of the kit, seconds; 0: any */
	int64_t now;
};

enum assay_verdict {
	ASSAY_REFUSE,	      /* something speaks against it */
	ASSAY_INDETERMINATE,  /* the kit cannot tell */
	ASSAY_NOTHING_AGAINST /* as far as the kit knows.  This is no permit */
};

#define ASSAY_REASONS 32

struct assay_answer {
	enum assay_verdict verdict;
	int nreasons, nwarnings;
	/* codes of decisions, the first is the primary one; static */
	const char *reasons[ASSAY_REASONS];
	const char *warnings[ASSAY_REASONS];
	/* why the kit cannot tell of one of them; NULL: it can; static */
	const char *tre_gap, *terminal_gap;
	int64_t age; /* of the kit, seconds */
};

/*
 * Checks 3 to 7, 10 and 11 of a decision.  0 and an answer; -1 when the kit may
 * not be gone by at that time: KIT_STALE (its nextUpdate has passed),
 * KIT_NOT_YET (it is issued in the future), KIT_ABSENT.
 */
int assay_kit_judge(const struct assay_kit *, const struct assay_question *,
    struct assay_answer *);

/* A sentence for a code of an answer. */
const char *assay_sentence(const char *code);

#ifdef __cplusplus
}
#endif

#endif
