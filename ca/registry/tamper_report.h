#ifndef REGISTRY_TAMPER_REPORT_H
#define REGISTRY_TAMPER_REPORT_H

#include <stdint.h>

#include <jansson.h>

#include "base/buf.h"
#include "key/jws.h"

/*
 * What a TrE says of itself when it was tampered with: a JWS (RFC 7515,
 * compact, ES256) by the key of its certificate, with the protected header
 * exactly {"alg":"ES256","typ":"tre-tamper+jws","x5t#S256":...} and the payload
 * {"what":word,"iat":seconds,"seq":number} and perhaps "detail":text.  The
 * octets, with an example: policy/tamper-report.md.  Whether it is new, and of
 * now, the database judges (db/schema/313_tamper_report.sql).
 */

#define TAMPER_REPORT_MAX	 8192 /* octets of the JWS */
#define TAMPER_REPORT_SEQ_MAX	 INT64_C(9007199254740991) /* RFC 7493 2.2 */
#define TAMPER_REPORT_DETAIL_MAX 500

struct tamper_report {
	struct jws jws;
	json_t *payload;
	/* borrowed from payload */
	const char *what;
	const char *detail; /* NULL: none */
	int64_t iat, seq;
	uint8_t signer[32]; /* SHA-256 of the certificate that signed it */
};

/*
 * Read one; text must outlive it.  ERR_INPUT, code TAMPER_MALFORMED.  Free in
 * either case.
 */
int tamper_report_parse(struct span text, struct tamper_report *);
void tamper_report_free(struct tamper_report *);

/*
 * Did that TrE sign it?  certificate (DER) is the one that the register holds
 * under the hash that the report names.
 *
 *	TAMPER_SIGNER		ERR_DENIED: that certificate is another, or
 *				none of a TrE
 *	TAMPER_SIGNATURE	ERR_DENIED: altered, or signed by another key
 */
int tamper_report_verify(const struct tamper_report *, struct span certificate);

/* What a TrE does.  Of the struct what, detail, iat and seq are read. */
struct key;
int tamper_report_build(const struct tamper_report *, const struct key *,
    struct span certificate, struct buf *jws);

#endif
