#ifndef ISSUE_PROFILE_H
#define ISSUE_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "key/key.h"

/*
 * Certificate profiles: what each kind of certificate has in it, read from
 * conf/profiles.cnf (which explains every setting).
 */

enum profile_kind {
	PROFILE_ROOT,
	PROFILE_ROOT_LINK, /* another root's key, under the same name */
	PROFILE_ACCESS_CA,
	PROFILE_ISSUING_CA,
	PROFILE_DELEGATED_CA, /* a supplier's own; the last of the CAs */
	PROFILE_ACCESS,
	PROFILE_TLS_SERVER,
	PROFILE_OCSP_SIGNER,
	PROFILE_ROOT_OCSP_SIGNER,
	PROFILE_RECEIPT_SIGNER,
	PROFILE_FEED_SIGNER,
	PROFILE_REQUEST_SIGNER, /* of requests.json (ceremony/requests.h) */
	PROFILE_CMP_SIGNER,
	PROFILE_TRE,
	PROFILE_TERMINAL,
	PROFILE_KINDS
};

enum profile_alt_name { ALT_NAME_NONE, ALT_NAME_HARDWARE, ALT_NAME_HOSTS };

/* certificatePolicies: none, the one of the device's level, or all four. */
enum profile_policy {
	CERT_POLICY_NONE,
	CERT_POLICY_LEVEL,
	CERT_POLICY_ALL_LEVELS
};

#define PROFILE_ENDLESS INT64_MAX

struct profile {
	enum profile_kind kind;
	char name[32];	   /* its section, as the register has it */
	int64_t validity;  /* seconds; PROFILE_ENDLESS: to 99991231235959Z */
	int64_t backdate;  /* notBefore lies so many seconds before issue */
	enum key_kind key; /* of subjects whose key is made here */
	unsigned keys;	   /* bit n: enum key_kind n is allowed */
	bool ca;
	int path_length;	    /* of a CA */
	unsigned key_usage;	    /* enum cert_key_usage; always critical */
	unsigned purposes;	    /* enum cert_purpose; 0: no extension */
	enum profile_policy policy; /* always critical */
	enum profile_alt_name alt_name;
	bool name_constraints; /* critical: the subject's own C and O */
	bool no_other_names;   /* and no e-mail, DNS or IP address at all */
	bool crl_point, ocsp, issuer_url, ocsp_nocheck;
	uint64_t crl_shard;    /* indexes a CRL of this issuer covers; of CAs.
				* 0: one CRL for all */
	uint64_t crl_complete; /* while it has issued no more than these, there
				* is one of all besides; 0: never */
	int64_t crl_validity;  /* of the root: seconds, at most */
};

struct profiles;

/* All of PROFILE_KINDS; ERR_INPUT names file, section, setting and why. */
struct profiles *profiles_load(const char *path);
/* The same of a text; name is what errors call it. */
struct profiles *profiles_parse(struct span text, const char *name);
void profiles_free(struct profiles *);
const struct profile *profile_get(const struct profiles *, enum profile_kind);
/* By its name in the register; ERR_ABSENT. */
const struct profile *profile_find(const struct profiles *, const char *name);

/* May a subject have such a key?  KEY_NOT_ALLOWED says which it may. */
int profile_check_key(const struct profile *, enum key_kind);

/* notBefore and notAfter of one issued at that time. */
void profile_dates(const struct profile *, int64_t now, int64_t *not_before,
    int64_t *not_after);

#endif
