#ifndef CEREMONY_TRANSCRIPT_H
#define CEREMONY_TRANSCRIPT_H

#include <jansson.h>

#include "ceremony/plan.h"

/*
 * transcript.json: what was done in a ceremony, in order, with all that it
 * rests on, so that the folder alone can be verified.
 *
 *	{ "transcript": { "assay": "ca-transcript/1", "title", "digest",
 *	    "program": SHA-256 of the program that did it,
 *	    "root": { "algorithm", "spki_sha256" },
 *	    "inputs": { "script", "requests", "profiles": TEXT,
 *		"root", "previous_root", "previous_crl", "root_key": BASE64
 *		or null,
 *		"custodians": [ BASE64 ] },
 *	    "confirmations": [ JWS ],
 *	    "records": [ { "n": from 1, "at": TIME, "what": TEXT, ... } ] },
 *	  "signature": JWS }
 *
 * The signature is the root key's, a detached JWS (RFC 7515 appendix F) over
 * the canonical JSON (policy/canon.h) of "transcript", with the header {"alg",
 * "typ": "assay-transcript+jws"}.
 */
#define TRANSCRIPT_FILE "transcript.json"
#define TRANSCRIPT_TYP	"assay-transcript+jws"
#define TRANSCRIPT_MAX	(10 << 20) /* as imports take */

/* What records tell. */
#define RECORD_BEGUN	 "begun"
#define RECORD_CONFIRMED "confirmed" /* name, sha256 of the JWS */
#define RECORD_KEY	 "key"	     /* where, algorithm, spki_sha256 */
#define RECORD_MADE	 "made"	     /* file, sha256 */
#define RECORD_KEPT	 "kept"	     /* the same of one that was there */
#define RECORD_ENDED	 "ended"

/* Append a record of now; more (a reference is taken) may be NULL. */
void ceremony_record(json_t *records, const char *what, json_t *more);
/* SHA-256 as text. */
json_t *ceremony_sha256(struct span);

struct ceremony_said {
	const struct buf *confirmations;
	size_t n;
	json_t *records;
};
/* Signed with the plan's root key; appends the file. */
int ceremony_transcript(
    const struct plan *, const struct ceremony_said *, struct buf *);

/*
 * Verify a result folder.  root (DER) is the one that is trusted, or empty:
 * then the folder's own word is all there is.  script is the path of the one
 * that was reviewed, or NULL; *custodians, if it is not NULL: their keys lie
 * where it says, and are those of the ceremony.  A report for people goes to
 * text.
 *
 * Each refusal has a code of its own, TRANSCRIPT_..., CONFIRMATION_... or
 * ARTEFACT_..., or one of ceremony_take() and plan_make().
 */
int ceremony_verify(const char *folder, struct span root, const char *script,
    bool *custodians, struct buf *text);

/*
 * What a root's last transcript tells the next ceremony.  root may be public:
 * the transcript must be signed with it, or be of the ceremony in which that
 * root had a successor.
 */
struct ceremony_last {
	uint8_t digest[HASH_SIZE];
	int64_t number; /* of the requests */
	uint64_t crl;	/* number of that root's last CRL; 0: none is known */
};
int ceremony_last(
    struct span transcript, const struct key *root, struct ceremony_last *);

/* Each name in a folder, in no order; ERR_ABSENT when there is none. */
int ceremony_each_file(
    const char *folder, int (*visit)(const char *name, void *), void *);

#endif
