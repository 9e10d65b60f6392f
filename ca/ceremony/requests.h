#ifndef CEREMONY_REQUESTS_H
#define CEREMONY_REQUESTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "x509/crl.h"

/*
 * requests.json: what a register wants an offline root to sign.
 *
 *	{ "assay": "ca-requests/1", "number": N, "made": TIME,
 *	  "public_url": TEXT,
 *	  "oid_arc": the arc of this PKI's own object identifiers, dotted,
 *	  "root": SHA-256 of the certificate of the root that is to sign, or
 *		null when it is yet to be made: its request is then the first,
 *	  "previous_root": the same of the root that a new one comes after, or
 *		null: where root is not null, and in an instance's first file,
 *	  "root_algorithm": of its key, where root is null and that is decided;
 *		else null,
 *	  "root_id": its issuer number, which is in addresses,
 *	  "certificates": [ { "name": HANDLE, "profile": SECTION,
 *		"issuer_id": number of the CA that is certified; 0 of others,
 *		"serial": HEX, "country", "organisation", "common_name": TEXT,
 *		"role": "tre", "terminal" or null,
 *		"csr": BASE64 of a DER PKCS#10, or null } ],
 *	  "crl": null or { "number": N, "this_update": TIME,
 *		"next_update": TIME,
 *		"revoked": [ { "serial": HEX, "date": TIME, "reason": N } ] },
 *	  "signature": a JWS (requests_signature.h), or null }
 *
 * number grows from file to file of an instance.
 *
 * A name is that of the result's file, NAME.cer, and there once.  Two kinds
 * have no csr, since the keys are at the ceremony: profile "root", named
 * "root", and profile "root_link": "link-old-with-new" (the old root's key
 * certified by the new root; issuer_id is the old root's) and
 * "link-new-with-old" (the other way round).  Serial numbers are 1 to 20
 * octets, positive, without leading zeroes, and there once.  Unknown members
 * are refused, and so are missing ones.
 */
#define REQUESTS_MAX		  (8 << 20) /* octets */
#define REQUESTS_CERTIFICATES_MAX 1000
#define REQUESTS_REVOKED_MAX	  50000
#define REQUESTS_SIGNATURE_MAX	  (128 << 10)
#define REQUESTS_FORM		  "ca-requests/1"

#define REQUESTS_ROOT	      "root"
#define REQUESTS_OLD_WITH_NEW "link-old-with-new"
#define REQUESTS_NEW_WITH_OLD "link-new-with-old"

struct requests_certificate {
	char name[41];
	char profile[32];
	uint32_t issuer_id;
	uint8_t serial[20]; /* big-endian */
	size_t serial_length;
	char country[3];
	char organisation[257]; /* 64 letters */
	char common_name[257];
	char role[9];	/* "tre", "terminal" or "" */
	struct buf csr; /* DER, not looked at; empty when there is none */
};

struct requests {
	int64_t number, made;
	char public_url[256];
	char oid_arc[65]; /* "" when writing: that of this process */
	bool has_root;	  /* false: yet to be made */
	uint8_t root[32];
	bool has_previous_root;
	uint8_t previous_root[32];
	char root_algorithm[16]; /* "": null */
	uint32_t root_id;
	struct requests_certificate *certificates;
	size_t n;
	bool has_crl;
	uint64_t crl_number;
	int64_t this_update, next_update;
	struct crl_entry *revoked;
	size_t nrevoked;
	struct buf content;   /* read: what is signed, canonical JSON */
	struct buf signature; /* JWS; empty: null */
};

/*
 * ERR_INPUT, code REQUESTS_REFUSED, names the field and its rule.  Free in
 * either case.
 */
int requests_parse(struct span json, struct requests *);
void requests_free(struct requests *);

/* The one with that name, or NULL. */
const struct requests_certificate *requests_find(
    const struct requests *, const char *name);

/*
 * Append it, with a newline.  What requests_parse() would refuse is refused
 * here, too.
 */
int requests_write(const struct requests *, struct buf *);
/* Append what is signed of it: as canonical JSON, all but the signature. */
int requests_content(const struct requests *, struct buf *);

#endif
