#ifndef CEREMONY_CEREMONY_H
#define CEREMONY_CEREMONY_H

#include "ceremony/requests_signature.h"
#include "ceremony/script.h"
#include "issue/profile.h"
#include "key/hash.h"
#include "x509/cert.h"

/*
 * What a ceremony rests on: the script and every file that it names but
 * private keys, as octets.  Their hashes, a line each, are the statement, whose
 * own hash is the ceremony's digest: what custodians confirm.
 *
 *	assay-ceremony/1
 *	script SHA-256
 *	requests SHA-256
 *	profiles SHA-256
 *	root SHA-256			(where there is one: its DER)
 *	previous-root SHA-256		(likewise)
 *	previous-crl SHA-256		(likewise)
 *	root-key SHA-256		(of a new root's SubjectPublicKeyInfo,
 *					once there is one)
 *	custodian NAME SHA-256		(of the SubjectPublicKeyInfo)
 */
struct ceremony_inputs {
	struct buf script, requests, profiles;
	struct buf root, previous_root, previous_crl; /* DER; may be empty */
	struct buf root_key; /* of a new root: SPKI; empty: yet to be made */
	struct buf custodians[SCRIPT_CUSTODIANS_MAX]; /* as in the script */
};

struct ceremony {
	struct ceremony_inputs in;
	struct script script;
	struct requests requests;
	struct requests_signer signer; /* empty: they are not signed */
	struct profiles *profiles;
	uint8_t digest[HASH_SIZE];
	struct cert root, previous; /* borrow; where they are there */
};

/*
 * Read the script and what it names, and hold all against each other;
 * default_profiles is the path of those where it names none.  Free in either
 * case.  ERR_INPUT: SCRIPT_REFUSED, REQUESTS_REFUSED, CEREMONY_REFUSED
 * (what does not fit together); ERR_DENIED: REQUESTS_... of
 * requests_signature.h.
 */
int ceremony_open(
    struct ceremony *, const char *script, const char *default_profiles);
/* The same of inputs that are there. */
int ceremony_take(struct ceremony *);
void ceremony_free(struct ceremony *);
void ceremony_inputs_free(struct ceremony_inputs *);

/* A path of the script's, malloc'd. */
char *ceremony_path(const char *script, const char *path);
/* Where a new root's public key is, or goes; the same. */
char *ceremony_root_public(const struct script *, const char *script);

/*
 * The key of the script's custodian, where it lies: is it the one that the
 * ceremony rests on?  1, 0, or -1 with ERR_ABSENT, or what is wrong with it.
 */
int ceremony_has_custodian(
    const struct ceremony *, const char *script, size_t i);

/*
 * Custodians confirm a new root's very key: it is made before (run_key.h).
 * ROOT_KEY_MISSING, ERR_DENIED.
 */
int ceremony_has_key(const struct ceremony *);

/* The statement, and the digest as text. */
void ceremony_statement(const struct ceremony *, struct buf *);
void ceremony_digest_text(const struct ceremony *, char text[65]);

/* err_set_code() with CEREMONY_REFUSED. */
int ceremony_refuse(const char *, ...) __attribute__((format(printf, 1, 2)));

#endif
