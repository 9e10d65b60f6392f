#ifndef ASSAY_CLIENT_H
#define ASSAY_CLIENT_H

/*
 * libassay-client: may a subscription go to this device, now?  Asks the body's
 * API in an operator's name, and believes nothing but a receipt that holds and
 * speaks of the question that was asked.  Whatever fails: no permit.  See
 * libassay-client(3).  Needs libcurl, jansson and libcrypto.
 */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * What went wrong in this thread's last call: UPPER_SNAKE, stable for ever, and
 * a sentence for people, in one line and without what steers a terminal,
 * whoever wrote it.  "" when there is none.
 */
const char *assay_client_error_code(void);
const char *assay_client_error_text(void);
/* In how many seconds the API wants to be asked again; 0: it says nothing. */
int assay_client_error_retry(void);

struct assay_client;

/* All zero, then what is known put in; files are PEM. */
struct assay_client_options {
	const char *url;	     /* of the API: https://... */
	const char *issuer;	     /* as receipts name it; NULL: url */
	const char *operator_handle; /* who we are, in the register */
	const char *certificate;     /* ours, its CA's behind it */
	const char *key;
	const char *roots;   /* to trust: servers and receipts */
	const char *oid_arc; /* NULL: 2.999.33812; one for a process */
	long connect_ms;     /* 0: 2,000 */
	long answer_ms;	     /* a whole question, with repetitions; 0: 8,000 */
};

/*
 * NULL on failure: CLIENT_OPTIONS.  Connects to nobody.  One thread at a time
 * may use a client; it keeps its connection.
 */
struct assay_client *assay_client_new(const struct assay_client_options *);
void assay_client_free(struct assay_client *);

/* ---- the challenge, which the device gets */

struct assay_client_challenge {
	unsigned char octets[32];
	char nonce[33];	     /* ours: operator_nonce */
	char request_id[37]; /* of the question that it is for */
	int64_t expires;     /* seconds since 1970 */
};

int assay_client_challenge(
    struct assay_client *, struct assay_client_challenge *);

/* ---- the question */

struct assay_client_der {
	const void *octets;
	size_t n;
};

/* All zero, then what is known put in.  NULL: unsaid. */
struct assay_client_question {
	const struct assay_client_challenge *challenge; /* precheck: or NULL */
	const char *purpose; /* initial_download, change_of_operator, ... */
	const char *mode;    /* tre_and_platform, platform_only */
	struct assay_client_der tre[2];	     /* certificate and its CA's */
	struct assay_client_der terminal[2]; /* likewise */
	struct assay_client_der tre_signature, terminal_signature;
	const char *signed_at;	/* as the device wrote it */
	const char *validation; /* autonomous, semi_autonomous, remote */
	const char *claims;	/* what the device says, a JSON object */
	const char *imei, *tac;
	long max_status_age; /* seconds; 0: what the policy says */
	/* JSON objects of further members, of evidence and of the whole */
	const char *more_evidence, *more;
};

#define ASSAY_CLIENT_TRANSCRIPT_MAX 1024

/*
 * The octets that both of a device's keys sign for this question, where the
 * server composes them for it; all but the signatures must be there.  How many,
 * or -1.
 */
int assay_client_transcript(const struct assay_client *,
    const struct assay_client_question *, unsigned char *out, size_t size);

/* ---- the answer */

enum assay_client_verdict {
	ASSAY_CLIENT_REFUSE,
	ASSAY_CLIENT_INDETERMINATE, /* to be handled as a refusal */
	ASSAY_CLIENT_PERMIT
};

#define ASSAY_CLIENT_CODES 32
#define ASSAY_CLIENT_CODE  48

struct assay_client_answer {
	enum assay_client_verdict verdict;
	int nreasons, nwarnings;
	char reasons[ASSAY_CLIENT_CODES][ASSAY_CLIENT_CODE];
	char warnings[ASSAY_CLIENT_CODES][ASSAY_CLIENT_CODE];
	char decision[37];	    /* its number */
	int64_t decided, act_until; /* seconds since 1970 */
	char *receipt;		    /* to be kept with the subscription */
};

/*
 * Ask, and verify the receipt.  0, and the answer is what the receipt says; or
 * -1, and the verdict is ASSAY_CLIENT_INDETERMINATE:
 *
 *	CLIENT_QUESTION		it cannot be written: JSON, a missing part
 *	CLIENT_UNREACHABLE	nobody answered
 *	CLIENT_TLS		somebody did who is not the API
 *	CLIENT_TIMEOUT		not in time
 *	CLIENT_ANSWER		what came is no answer, or too long
 *	RECEIPT_MALFORMED	it is no receipt
 *	RECEIPT_SIGNATURE	altered, or signed by another key
 *	RECEIPT_SIGNER		its signer is none of this PKI's
 *	RECEIPT_SIGNER_REVOKED, RECEIPT_STATUS
 *				its signer is revoked, or nothing tells
 *	RECEIPT_OTHER		it speaks of another question or operator
 *	RECEIPT_TIME		of another time; or a clock is wrong
 *	anything else		the API's own refusal of the request
 *
 * Free the answer in either case.
 */
int assay_client_decide(struct assay_client *,
    const struct assay_client_question *, struct assay_client_answer *);
void assay_client_answer_free(struct assay_client_answer *);

/*
 * May one act on it at this time?  1: it is a permit, and no older than it may
 * be; nor is it of a time to come, but for a minute between two clocks.  Ask
 * this right before the subscription goes out, and ask the API anew for each: a
 * permit is for one device, once.
 */
int assay_client_may_act(const struct assay_client_answer *, int64_t now);

/* A sentence for a reason or a warning. */
const char *assay_client_sentence(const char *code);

#ifdef __cplusplus
}
#endif

#endif
