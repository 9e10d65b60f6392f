#ifndef POLICY_FACTS_H
#define POLICY_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/evidence.h"
#include "policy/firmware.h"
#include "policy/operator_policy.h"
#include "policy/reason.h"

/*
 * Everything that a decision rests on.  All zero means "nothing is known", and
 * from nothing no permit follows: each fact must be put in.  Times are seconds
 * since 1970.
 */

enum purpose {
	PURPOSE_NONE,
	PURPOSE_INITIAL_DOWNLOAD,
	PURPOSE_CHANGE_OF_OPERATOR,
	PURPOSE_REPROVISION,
	PURPOSE_PRECHECK
};

enum decision_mode { MODE_NONE, MODE_TRE_AND_PLATFORM, MODE_PLATFORM_ONLY };

enum challenge_fact {
	CHALLENGE_IS_UNKNOWN,
	CHALLENGE_IS_EXPIRED,
	CHALLENGE_IS_REPLAYED,
	CHALLENGE_IS_GOOD
};

enum standing {
	STANDING_UNKNOWN,
	STANDING_GOOD,
	STANDING_ON_HOLD,
	STANDING_REVOKED
};

enum device_fact {
	DEVICE_IS_UNKNOWN,
	DEVICE_IS_FINE,
	DEVICE_IS_QUARANTINED,
	DEVICE_IS_STOLEN,
	DEVICE_IS_RETIRED
};

enum coc_fact {
	COC_IS_ABSENT,
	COC_IS_PROVISIONAL,
	COC_IS_CERTIFIED,
	COC_IS_SUSPENDED,
	COC_IS_WITHDRAWN,
	COC_IS_EXPIRED
};

/* What becomes of devices that exist when an accreditation falters. */
enum effect {
	EFFECT_REFUSE,
	EFFECT_HOLD,
	EFFECT_PERMIT,
	EFFECT_PERMIT_IF_ISSUED_BEFORE
};

enum declaration_fact {
	DECLARATION_IS_ABSENT,
	DECLARATION_IS_IN_FORCE,
	DECLARATION_IS_CHALLENGED,
	/* its end also ends the CoC, which has its own rules for that */
	DECLARATION_IS_EXPIRED
};

/* Whose subscription is in the device. */
enum custody_fact {
	CUSTODY_IS_UNKNOWN,
	CUSTODY_IS_NOBODYS,
	CUSTODY_IS_OWN,
	CUSTODY_IS_ANOTHERS
};

/* What was shown of the one who has it.  Good: of this device, for this
 * operator, unused, in time, signed by whoever has the device, if anybody has.
 */
enum consent_fact { CONSENT_IS_ABSENT, CONSENT_IS_BAD, CONSENT_IS_GOOD };

struct custody_facts {
	enum custody_fact holder;
	int64_t locked_until; /* 0: not locked */
	bool disputed;
};

#define FACTS_HANDLE 41

/* The accreditation of one model: as it was at issue, and as it is. */
struct coc_facts {
	char number[24]; /* the CoC of today, for the receipt */
	char model[FACTS_HANDLE], supplier[FACTS_HANDLE];
	int level;	 /* 1 to 4; 0: unknown */
	int64_t audited; /* end of the audit that its site stands on; 0: none */
	/* no other scheme's certificate of the model or its hardware holds */
	bool self_declared;
	enum coc_fact at_issue;
	enum coc_fact now;
	int64_t since;	 /* of the state now */
	int64_t expires; /* of the CoC of today */
	int grace_days;	 /* after expiry, for effect permit */
	enum effect on_expired, on_suspended, on_withdrawn;
	enum declaration_fact declaration;
	bool supplier_active;
};

/* One of the two certificates shown, and the device behind it. */
struct side_facts {
	bool shown;		/* a certificate was presented */
	enum reason path;	/* of checks 3 and 4; NONE: passed */
	bool path_judged;	/* checks 3 and 4 were made at all */
	bool registered;	/* in the register, octet for octet */
	enum standing standing; /* of the leaf, cohorts not counted */
	enum standing issuer;	/* of its issuing CA */
	bool status_fresh; /* what that CA says of its own is not overdue */
	bool possession;   /* it signed the transcript */
	enum device_fact device;
	int64_t issued;
	struct coc_facts model;
	bool site_accredited_at_issue;
	struct custody_facts custody; /* a terminal's: of the TrE in it */
};

#define FACTS_MEASURES 16

/*
 * A measure on a cohort of a device.  What it says of existing devices is its
 * effect; one on a range of firmware concerns only what may be in the range,
 * and a minimum firmware what is not shown to reach it.
 */
struct measure_fact {
	char number[24];
	enum reason reason; /* MEASURE_... */
	int64_t since;
	enum effect effect;
	int64_t issued; /* when the device's certificate was */
	bool least;	/* it asks for least_firmware */
	char least_firmware[FIRMWARE_MAX + 1];
	char from[FIRMWARE_MAX + 1], to[FIRMWARE_MAX + 1]; /* "": open */
};

/* Who judged the evidence: the device itself, both sides, or the operator. */
enum validation {
	VALIDATION_NONE,
	VALIDATION_AUTONOMOUS,
	VALIDATION_SEMI_AUTONOMOUS,
	VALIDATION_REMOTE
};

struct facts {
	/* 0, 1 */
	bool operator_authenticated;
	bool operator_enabled;
	bool operator_platform_only; /* allowed that mode */
	bool form_good;
	bool request_id_reused;
	bool twice; /* another item of the batch is about one of its devices */
	enum purpose purpose;
	enum decision_mode mode;
	/* 2 */
	enum challenge_fact challenge;
	/* 3 to 10 */
	struct side_facts tre;	    /* unused in MODE_PLATFORM_ONLY */
	struct side_facts platform; /* the terminal */
	struct coc_facts hardware;  /* of the TrE model */
	int64_t status_age;	    /* seconds; -1: unknown */
	int64_t max_status_age;	    /* the request's; 0: none asked */
	/* 7 */
	bool bound_by_certificate; /* treBinding is the shown TrE's key */
	bool bound_by_register;	   /* the register's binding is these two */
	bool tre_bound_elsewhere;  /* the register has another terminal */
	bool device_id_fits;	   /* TAC and IMEI; true when none is given */
	bool bound_tre_known_bad;  /* the register's TrE of this terminal */
	/* 7: and what that TrE stands on, where not all of it is in force */
	bool bound_doubtful;
	enum standing bound_issuer;
	int64_t bound_issued;
	struct coc_facts bound_model, bound_hardware;
	/* 8 */
	int64_t signed_at;
	int64_t received; /* it came in then, and is judged later; 0: now */
	/* 8, 9: by what the TrE shows what it is */
	struct evidence_facts evidence;
	/* 9: what the evidence claims */
	bool claims_tamper, claims_debug;
	/* 9, 11: and that the TrE runs; "": nothing */
	char firmware[FIRMWARE_MAX + 1];
	/* 11: in force on any cohort of either side; all of them, or: */
	struct measure_fact measures[FACTS_MEASURES];
	int nmeasures;
	bool measures_known; /* they were looked up, and fitted */
	/* 13 */
	enum consent_fact consent;
	/* 14: the operator's for this purpose, or the floor; NULL: unknown */
	const struct operator_policy *policy;
	enum validation validation;
};

/* Words such as "reprovision", "certified", "remote"; what is none: 0. */
enum purpose purpose_find(const char *word);
const char *coc_fact_text(enum coc_fact);
enum coc_fact coc_fact_find(const char *word);
const char *validation_text(enum validation);
enum validation validation_find(const char *word);

#endif
