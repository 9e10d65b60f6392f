#ifndef X509_CMP_SERVER_H
#define X509_CMP_SERVER_H

#include "key/key.h"
#include "x509/cmp.h"

/*
 * Answers of CMP, written by libcrypto's server (OSSL_CMP_SRV_*), which looks
 * at protection, nonces and proof of possession once more.
 *
 * That server keeps a transaction in memory, and ours has many workers.  So
 * for a message that belongs to a transaction under way its first message is
 * played to a fresh server again, and then this one; what nonce we had sent is
 * told by the caller.  RFC 9810 knows nothing of it.
 */

/* PKIStatus, RFC 9810 appendix F; with another name than was asked for, what is
 * accepted is said to be granted so. */
enum cmp_status {
	CMP_ACCEPTED = 0,
	CMP_GRANTED_WITH_MODS = 1,
	CMP_REJECTED = 2,
	CMP_WAITING = 3
};

/* PKIFailureInfo: bit numbers */
enum cmp_fail {
	CMP_BAD_ALG = 0,
	CMP_BAD_MESSAGE_CHECK = 1,
	CMP_BAD_REQUEST = 2,
	CMP_BAD_TIME = 3,
	CMP_BAD_CERT_ID = 4,
	CMP_BAD_DATA_FORMAT = 5,
	CMP_BAD_POP = 9,
	CMP_CERT_REVOKED = 10,
	CMP_CERT_CONFIRMED = 11,
	CMP_WRONG_INTEGRITY = 12,
	CMP_BAD_RECIPIENT_NONCE = 13,
	CMP_BAD_SENDER_NONCE = 18,
	CMP_BAD_CERT_TEMPLATE = 19,
	CMP_SIGNER_NOT_TRUSTED = 20,
	CMP_TRANSACTION_ID_IN_USE = 21,
	CMP_UNSUPPORTED_VERSION = 22,
	CMP_NOT_AUTHORIZED = 23,
	CMP_SYSTEM_UNAVAIL = 24,
	CMP_SYSTEM_FAILURE = 25,
	CMP_DUPLICATE_CERT_REQ = 26,
};

/* What the error slot stands for. */
enum cmp_fail cmp_fail_of_err(void);

#define CMP_CHAIN 4

struct cmp_exchange {
	const struct cmp_message *message;
	struct span signer; /* certificate of who signed it; or */
	struct span secret; /* of who made its MAC */
	/* who answers, if it is not by MAC */
	const struct key *key;
	struct span certificate, issuer;
	/* of a transaction under way: its first message, and the nonce that
	 * our last answer had */
	struct span first, nonce;
};

struct cmp_answer {
	enum cmp_status status;
	enum cmp_fail fail; /* of what is rejected */
	char text[256];	    /* likewise */
	struct span certificate;
	struct span chain[CMP_CHAIN]; /* above it, for extraCerts */
	size_t nchain;
	struct span root;      /* for caPubs, where a MAC is all the trust */
	int64_t check_after;   /* seconds, of what waits */
	int64_t confirm_until; /* when what is accepted ends unless it is
				* confirmed; 0: not */
	/* genp: CA certificates, a CRL; whoever is not asked for is left out */
	struct span cas[CMP_CHAIN];
	size_t ncas;
	struct span crl;
	/* the root after the one that was asked about, by itself and by that
	 * one, and that one by it; empty: there is none */
	struct span update[3];
};

/* The answer's DER is appended.  -1: libcrypto made none. */
int cmp_answer_write(
    const struct cmp_exchange *, const struct cmp_answer *, struct buf *);

/*
 * An error message (RFC 9810 section 5.3.21), signed, for what could not be
 * believed or read as far as its header: m may be half read.  key NULL: not
 * signed.
 */
int cmp_error_write(const struct cmp_message *m, enum cmp_fail,
    const char *text, const struct key *, struct span certificate,
    struct span issuer, int64_t now, struct buf *out);

/*
 * The same of a message that was believed for its MAC, with one by that secret:
 * who asks with nothing else can verify nothing else (RFC 9810 section
 * 5.1.3.1).
 */
int cmp_error_mac(const struct cmp_message *, enum cmp_fail, const char *text,
    struct span secret, int64_t now, struct buf *out);

/* Can libcrypto read a certConf with hashAlg, and pvno 3?  From 3.2 on. */
bool cmp_server_reads_hash(void);

#endif
