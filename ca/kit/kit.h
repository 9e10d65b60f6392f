#ifndef KIT_KIT_H
#define KIT_KIT_H

#include <stdbool.h>
#include <stdint.h>

#include "kit/exact.h"
#include "policy/facts.h"

/*
 * The offline kit: all status so small that an operator keeps it, and what an
 * offline decision needs of accreditations and measures
 *(policy/offline-kit.md).
 *
 * One number of it is one file or two, each a signed object (x509/signed.h,
 * type OID_KIT): a delta, which says what has changed since the number before,
 * and for some a full snapshot as well.
 *
 *	Kit ::= SEQUENCE {
 *	    version    INTEGER (1),
 *	    kind       ENUMERATED { full (0), delta (1), anew (2) },
 *	    number     INTEGER (1..MAX),
 *	    link       OCTET STRING (SIZE (32)),
 *	    issued     GeneralizedTime,
 *	    nextUpdate GeneralizedTime,
 *	    covered    GeneralizedTime,
 *	    backdate   INTEGER,     -- seconds from notBefore to the issue
 *	    event      INTEGER,     -- the last status event that it knows
 *	    issuers    SEQUENCE OF Issuer,
 *	    models     SEQUENCE OF Model,
 *	    sites      SEQUENCE OF Site,
 *	    measures   SEQUENCE OF Measure,
 *	    cohorts    SEQUENCE OF Cohort }
 *
 * link is the SHA-256 of the delta of the number before, in a full snapshot
 * that of the delta of its own number.  "anew" is a delta that does not
 * say what has changed: only a full snapshot leads past it.
 *
 *	Issuer ::= SEQUENCE {
 *	    keyId     OCTET STRING (SIZE (20)),
 *	    sha256    OCTET STRING (SIZE (32)), -- of its certificate
 *	    standing  ENUMERATED { good (1), hold (2), revoked (3) },
 *	    delegated BOOLEAN,
 *	    layers    SEQUENCE (SIZE (0..4)) OF OCTET STRING, -- exact.h
 *	    listed    OCTET STRING } -- records of key (16) and class (1)
 *
 * A certificate's key is the last 16 octets of its serial number.  Its class
 * is 0 (good) or one of enum kit_class.  Layer i holds the certificates whose
 * class is greater than i, among those where it is i at least; listed says it
 * of single ones, ascending by key.
 */

enum kit_kind { KIT_FULL, KIT_DELTA, KIT_ANEW };

enum kit_class {
	KIT_GOOD,
	KIT_REVOKED,
	KIT_HELD,
	KIT_NEVER, /* no certificate has that number */
	KIT_ASK,   /* its lot is under a measure that no certificate shows */
	KIT_CLASSES
};

#define KIT_LAYERS (KIT_CLASSES - 1)
#define KIT_RECORD 17 /* octets of one in listed */
#define KIT_MAX	   (1024u * 1024 * 1024)
#define KIT_NAME   129	       /* a name and its NUL */
#define KIT_LASTS  (7 * 86400) /* seconds; none is good for longer */

struct kit_issuer {
	struct span key_id, sha256;
	enum standing standing;
	bool delegated;
	struct span layers[KIT_LAYERS];
	size_t nlayers;
	struct span listed;
};

/*
 * Model ::= SEQUENCE { handle, organisation, platform UTF8String,
 *     coc UTF8String, now ENUMERATED, since INTEGER, expires INTEGER,
 *     graceDays INTEGER, onExpired, onSuspended, onWithdrawn ENUMERATED,
 *     declaration ENUMERATED, supplierActive BOOLEAN,
 *     accredited SEQUENCE OF Window }	-- as was known at the time
 * Window ::= SEQUENCE { from INTEGER, to INTEGER }
 */
struct kit_window {
	int64_t from, to; /* to: the first second that it doesn't hold */
};

struct kit_windows {
	struct kit_window *all;
	size_t n;
};

struct kit_model {
	char handle[KIT_NAME], organisation[KIT_NAME], platform[KIT_NAME];
	struct coc_facts coc; /* but at_issue */
	struct kit_windows accredited;
};

/* Site ::= SEQUENCE { coc UTF8String, accredited SEQUENCE OF Window }: when the
 * site that a CoC names was accredited. */
struct kit_site {
	char coc[KIT_NAME];
	struct kit_windows accredited;
};

enum kit_scope {
	KIT_SCOPE_ORGANISATION,
	KIT_SCOPE_SITE,
	KIT_SCOPE_PLATFORM,
	KIT_SCOPE_MODEL,
	KIT_SCOPE_ISSUER, /* by its key id, in hex */
	KIT_SCOPES
};

/*
 * Measure ::= SEQUENCE { number UTF8String, scopeKind ENUMERATED,
 *     scope UTF8String, reason UTF8String, effect ENUMERATED, since INTEGER,
 *     leastFirmware, firmwareFrom, firmwareTo UTF8String }
 */
struct kit_measure {
	enum kit_scope kind;
	char scope[KIT_NAME];
	struct measure_fact fact; /* but issued */
};

/* Cohort ::= SEQUENCE { scopeKind ENUMERATED, scope UTF8String, standing
 * ENUMERATED }: all certificates of it are on hold, or revoked. */
struct kit_cohort {
	enum kit_scope kind;
	char scope[KIT_NAME];
	enum standing standing;
};

struct kit {
	enum kit_kind kind;
	int64_t number, issued, next_update, covered, backdate, event;
	uint8_t link[32];
	struct kit_issuer *issuers;
	size_t nissuers;
	struct kit_model *models;
	size_t nmodels;
	struct kit_site *sites;
	size_t nsites;
	struct kit_measure *measures;
	size_t nmeasures;
	struct kit_cohort *cohorts;
	size_t ncohorts;
};

/* Append the content of a signed object. */
int kit_write(const struct kit *, struct buf *);

/*
 * Read one, strictly; it borrows issuers' octets from the content.  ERR_INPUT,
 * code KIT_MALFORMED.  Free in either case.
 */
int kit_parse(struct span content, struct kit *);
/* The same of what stands before its lists, and no more than that. */
int kit_parse_head(struct span content, struct kit *);
void kit_free(struct kit *);

void kit_window_add(struct kit_windows *, int64_t from, int64_t to);
bool kit_window_has(const struct kit_windows *, int64_t);

#endif
