#ifndef CEREMONY_TRANSCRIPT_INSIDE_H
#define CEREMONY_TRANSCRIPT_INSIDE_H

/* For the files transcript*.c only. */

#include "ceremony/transcript.h"

/* A transcript, read; ceremony_said_free(). */
struct said {
	json_t *file;
	json_t *transcript, *records; /* borrowed, as are the texts */
	const char *title, *signature, *program;
	uint8_t digest[HASH_SIZE], root_spki[HASH_SIZE];
	enum key_kind algorithm;
	struct buf confirmations[SCRIPT_CUSTODIANS_MAX];
	size_t n;
};

/* TRANSCRIPT_MALFORMED, TRANSCRIPT_ORDER.  The inputs go into c. */
int said_parse(struct span, struct said *, struct ceremony_inputs *);
void said_free(struct said *);

/* Is it signed with that root's key?  TRANSCRIPT_SIGNATURE. */
int said_verify(const struct said *, const struct key *root);

/* The text of a record's member; "" when there is none. */
const char *said_text(const json_t *record, const char *name);

/* err_set_code(): always -1. */
int transcript_denied(const char *code, const char *, ...)
    __attribute__((format(printf, 2, 3)));

#endif
