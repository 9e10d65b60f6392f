#ifndef REVOKE_OCSP_INSIDE_H
#define REVOKE_OCSP_INSIDE_H

#include "key/key.h"
#include "revoke/ocsp_answer.h"
#include "revoke/ocsp_request.h"
#include "revoke/status.h"

/* What ocsp_answer.c finds and ocsp_write.c writes. */

struct ocsp_issuer;

struct ocsp_question {
	const struct ocsp_issuer *issuer; /* NULL: not ours */
	struct status_answer answer;
};

struct ocsp_response {
	const struct ocsp_responder *responder;
	struct ocsp_request request;
	struct ocsp_question questions[OCSP_CERTS_MAX];
	int64_t produced;
	int64_t this_update;
	int64_t next_update;
};

#define OCSP_ROOM 12288 /* of both halves, about one certificate */

/* Between a question and its signature. */
struct ocsp_pending {
	struct ocsp_response response;
	struct span request;
	struct span data; /* what is signed */
	uint8_t *back;	  /* room for the whole, half octets */
	size_t half;
	uint8_t signature[KEY_SIGNATURE_MAX];
	size_t signed_octets; /* of it; 0: it is not there */
	struct buf room;      /* where most is too small */
	uint8_t most[OCSP_ROOM];
};

/* ResponseData, into p->data.  -1: it is longer than was reckoned. */
int ocsp_write_data(struct ocsp_pending *p);
/* BasicOCSPResponse in OCSPResponse, of that and its signature. */
int ocsp_write_signed(struct ocsp_pending *p, struct buf *out);
/* OCSPResponse of another status than successful: nothing is signed. */
void ocsp_write_status(enum ocsp_status, struct buf *out);

#endif
