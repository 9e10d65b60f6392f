#ifndef LIB_CLIENT_INSIDE_H
#define LIB_CLIENT_INSIDE_H

/*
 * What the files of libassay-client share.
 */

#include <sys/stat.h>

#include <stdbool.h>

#include <curl/curl.h>
#include <jansson.h>

#include "api/lib/assay-client.h"
#include "base/buf.h"
#include "registry/receipt.h"
#include "x509/roots.h"

/* For how long a receipt signer's status is believed: CRLs come each minute,
 * and a revoked signer is refused at the API at once. */
#define SIGNER_MS (5 * 60 * 1000)

struct assay_client {
	CURL *curl;
	struct curl_slist *headers;
	char *url, *issuer, *operator_handle;
	struct roots roots;
	long connect_ms, answer_ms;
	char *certificate, *key, *roots_file; /* as they were named */
	struct stat shown; /* the certificate of the connection that there is */

	/* the signer of the last receipt, once it is verified */
	char thumbprint[44];
	struct buf signer, signer_issuer;
	const struct buf *root; /* which one it is under */
	int64_t signer_until;	/* of clock_ms() */
};

/* One question as it goes out, and what its receipt must say. */
struct asked {
	char *body;
	struct assay_client_challenge from; /* nonce and request id */
	struct span challenge;		    /* empty: none */
	const struct assay_client_question *q;
};

/* ---- client.c */

/* Before a request: a certificate that was renewed means a new connection. */
void client_follow_credential(struct assay_client *);

/* rc; of what has gone well there is no error, whatever was tried on the way.
 */
int client_told(int rc);
/*
 * client_exchange(), and the same once more while there is time: the API
 * answers the same request with the same receipt, however often it comes.
 */
int client_ask(struct assay_client *, const char *path, const char *body,
    size_t most, int64_t deadline, struct buf *out);
/* A nonce and a request id that nobody had before. */
void client_challenge_begin(struct assay_client_challenge *);

/* ---- client_credential.c */

/* Can both be read, and do they go together?  -1: CLIENT_OPTIONS. */
int client_credential_check(const char *certificate, const char *key);

/* ---- client_http.c */

/*
 * One exchange, that ends at deadline (of clock_ms()).  0 with the body of a
 * 200 or 201 of JSON, at most most octets; or -1.
 */
int client_exchange(struct assay_client *, const char *path, const char *body,
    size_t most, int64_t deadline, struct buf *out);
/* Is it worth asking the same again, after that failure? */
bool client_try_again(void);

/* ---- client_question.c */

/* -1: CLIENT_QUESTION.  Free in either case. */
int client_question_write(const struct assay_client_question *, struct asked *);
void client_asked_free(struct asked *);

/* ---- client_receipt.c */

/* Does it hold, and is it the answer to that question, now? */
int client_receipt_verify(struct assay_client *, const struct asked *,
    struct span receipt, int64_t deadline, struct assay_client_answer *);

#endif
