#ifndef CEREMONY_SCRIPT_H
#define CEREMONY_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/buf.h"
#include "key/key.h"

/*
 * A ceremony's script, YAML, which people review; README.md explains every
 * member.  Paths are as they stand there: relative ones begin at the script's
 * folder.
 */
#define SCRIPT_MAX	      (256 << 10) /* octets */
#define SCRIPT_CUSTODIANS_MAX 16
#define SCRIPT_NEEDED_MIN     2

/* Where a private key is: in a file, or on a token under a label. */
struct script_key {
	const char *file, *passphrase; /* passphrase NULL: in clear */
	const char *token, *label;     /* file NULL: these two */
	const char *last; /* its memory; NULL: beside the file (run_memory.h) */
};

struct script_certify {
	const char *name; /* in the requests */
	int64_t from;	  /* instead of the script's date; 0: that */
	int64_t days;	  /* instead of the profile's validity; 0: that */
};

struct script_custodian {
	const char *name; /* a handle */
	const char *key;  /* file: certificate or public key */
};

struct script {
	json_t *json; /* owns the texts */
	const char *title;
	int64_t date; /* of issue */
	const char *requests;
	uint8_t requests_sha256[32];
	bool unsigned_requests; /* taken for their SHA-256 alone */
	const char *profiles;	/* NULL: those of this installation */

	bool new_root;
	enum key_kind algorithm; /* of a new root */
	const char *root_public; /* its public key; NULL: beside the file */
	const char *root_certificate; /* of one that is there */
	struct script_key root_key;

	bool has_previous;
	const char *previous_certificate;
	bool has_previous_key;
	bool previous_was_online; /* no ceremony has had its key */
	struct script_key previous_key;

	struct script_certify *certify;
	size_t ncertify;
	bool has_crl;
	uint64_t crl_number;
	const char *previous_crl; /* NULL: there is none */

	struct script_custodian custodians[SCRIPT_CUSTODIANS_MAX];
	size_t ncustodians;
	size_t needed;
	const char *results;
};

/* ERR_INPUT, code SCRIPT_REFUSED, names the field and its rule.  Free in
 * either case. */
int script_parse(struct span yaml, struct script *);
void script_free(struct script *);

/* What it says of that request, or NULL. */
const struct script_certify *script_find(const struct script *, const char *);

#endif
