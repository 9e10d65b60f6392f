#ifndef API_QUESTION_H
#define API_QUESTION_H

#include "api/decision_request.h"
#include "api/request.h"
#include "db/decision.h"
#include "policy/decide.h"
#include "registry/consent.h"
#include "registry/pki.h"

/* A leaf that is shown, before the record knows of it. */
struct question_leaf {
	bool parsed;
	const char *amiss; /* the code of path_leaf(), or NULL */
	bool signs;	   /* its key signed the transcript */
};

/*
 * Everything about one question while it is being answered: what was asked,
 * what the record and the certificates say, and the verdict.
 */
struct question {
	struct request *req;
	struct decision_request r;
	struct facts facts;
	struct decision_record record;
	struct verdict verdict;
	struct consent consent;	   /* that was shown, when it could be read */
	struct cert tre, platform; /* leaves, when they could be parsed */
	struct question_leaf tre_leaf, platform_leaf;
	uint8_t body_sha256[32], tre_sha256[32], platform_sha256[32];
	struct buf transcript; /* empty: none yet */
	uint8_t transcript_sha256[32];
	struct buf measured; /* by what the TrE showed; question_free() */
	struct evidence_clock clock; /* of its TPM */
};

/*
 * Use the challenge up, ask the record, judge the certificates, the binding
 * and the signatures: fills q->facts.  -1 when something of it could not be
 * had; then there is no answer.
 */
int question_gather(struct question *q, struct pki *pki);

/*
 * The same in its parts, for those that are judged together: what was asked,
 * with the hashes of the leaves to ask the record about; what needs no record,
 * on any thread, also while that is asked; when the record's facts are there,
 * what the certificates and the binding say; on any thread, what was signed;
 * and then attest_judge().
 */
void question_open(struct question *q, struct span *tre, struct span *platform);
void question_prove(struct question *q);
int question_judge(struct question *q, struct pki *pki);
int question_possession(struct question *q);

/*
 * question_judge() in its parts, for those that are judged together: paths;
 * does it show a certificate with our signature that is not in the register,
 * which question_judge() reports?  Binding and consent.
 */
void question_paths(struct question *q, struct pki *pki);
bool question_shows_unregistered(const struct question *q);
void question_relations(struct question *q);

/* All but the question itself. */
void question_free(struct question *q);

#endif
