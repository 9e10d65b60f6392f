#ifndef DB_DECISION_H
#define DB_DECISION_H

#include "db/conn.h"
#include "policy/facts.h"

/*
 * Decisions in the record: what one rests on, and what was answered.
 */

/* What the register says of one certificate; the other facts are the API's. */
struct decision_side {
	bool registered;
	/* octet for octet, as issued; or it is kept in pieces, which were seen
	 * to come out with the SHA-256 that it was found by */
	struct buf der;
	bool in_pieces;
	int64_t device;	     /* id of the row; 0: none */
	bool not_in_service; /* accredited: it never got a permit */
	char tac[9];
	int64_t bound_to;   /* the other device of today's binding; 0: none */
	int64_t crl_number; /* newest of its issuer; 0: none */
};

/* A consent: what it says, put in before the record is asked; and what is on
 * record of it. */
struct decision_consent {
	/* SHA-256 of its signer's certificate, its number, SHA-256 of the
	 * certificate that it is about; id NULL: none is asked about */
	struct span signer, certificate;
	const char *id;
	struct buf der;		      /* the signer's certificate */
	bool good;		      /* that is an operator's who may act */
	char issuer[41];	      /* its handle */
	int64_t organisation, device; /* of the certificate; 0: none */
	bool custodian;		      /* has it that device? */
	bool used;
	int64_t forgotten; /* what was issued by then may have been used */
};

struct decision_record {
	int64_t now;		  /* the database's clock */
	int64_t event;		  /* the last status event of the snapshot */
	uint8_t event_sha256[32]; /* of the log up to it; of none: zeroes */
	/* of the kind of the TrE that the terminal is bound to; NONE: no TrE */
	enum decision_mode default_mode;
	/* the TrE's model has reference values, or had some */
	bool referenced;
	struct decision_side tre, platform;
	struct decision_consent consent;
	struct operator_policy policy;
};

/*
 * Fill what the record knows of facts (the operator, an organisation, and its
 * policy for the purpose; standing, device states, accreditation, measures,
 * TRE_KNOWN_BAD, custody, record->consent) from one snapshot.  The facts point
 * into the record.  Hashes
 * are of the leaves' DER; an empty span when none is shown.  record is freed by
 * decision_record_free(), also after a failure.
 */
int db_decision_facts(struct db *, int64_t operator, const char * purpose,
    struct span tre_sha256, struct span platform_sha256, struct facts *,
    struct decision_record *);

/*
 * The same for many, in one statement; of each, what of them all comes from
 * db_decision_facts() for no certificate, whose policy they share.
 */
struct decision_wanted {
	struct span tre_sha256, platform_sha256;
	struct facts *facts;
	struct decision_record *record;
};

int db_decision_facts_many(struct db *, const struct facts *,
    const struct decision_record *, struct decision_wanted *, size_t n);
/* And about the consent that one of them shows, if it does. */
int db_decision_consent(struct db *, struct decision_consent *);
void decision_record_free(struct decision_record *);

/*
 * What was measured, and with what firmware the TrE claims to run or NULL,
 * against the reference values of its model: fills f->evidence from the record
 * as it is now, and the firmware that these are of.  A clock that was shown is
 * held against the last one of that key, and is the last one if it goes on.
 */
int db_decision_evidence(struct db *, struct span tre_sha256,
    const char *measured, const char *claimed, const struct evidence_clock *,
    struct facts *);

/*
 * The database's JSON of a model's accreditation (coc_facts), and of a measure
 * (device_measures); -1 when that one says nothing of devices.
 */
void db_coc_read(const char *json, struct coc_facts *);
int db_measure_read(const char *json, struct measure_fact *);

/*
 * Questions of several askers at the same time, by one statement; the facts of
 * each as db_decision_facts() fills them, but for consents.
 */
struct decision_asked {
	struct span certificate; /* SHA-256 of the asker's */
	const char *purpose;
	struct span challenge, tre_sha256, platform_sha256;
	struct facts *facts;
	struct decision_record *record;
	int64_t organisation; /* the asker's; 0: it may not ask */
};

int db_decision_facts_together(struct db *, struct decision_asked *, size_t n);

/* And what came of them, by one statement. */
struct decision_found {
	struct span certificate, challenge;
	const char *id, *request_id;
	struct span request_sha256;
	const char *purpose, *mode, *verdict;
	struct span reasons, warnings; /* as arrays of the database's */
	struct span tre_sha256, platform_sha256, receipt, looked_at;
	const int64_t *serve; /* two devices that go into service, or 0 */
	bool recorded; /* false: its challenge or request has been used */
};

int db_decision_add_together(struct db *, int64_t event, int64_t signer,
    struct decision_found *, size_t n);

/* Use up a challenge of the acting operator. */
int db_challenge_consume(
    struct db *, struct span challenge, enum challenge_fact *);

#endif
