#ifndef API_ENROL_H
#define API_ENROL_H

#include "api/request.h"
#include "x509/csr.h"

/*
 * One device's request into an open lot: recorded and committed, then waited
 * for.  Who may ask is for the protocol to find out (api/est.c); what comes of
 * it is for the authority alone.
 */
struct enrol {
	const char *lot;    /* number */
	const char *device; /* its id; not of one that renews */
	const char *tre;    /* "" or the TrE that a terminal contains */
	const char *tac;    /* "" or the terminal's */
	const struct csr *csr;
	struct span proof; /* what the authority can verify again; or empty */
};

/* Each records it and gives its row, or -1 with the register's refusal. */
int enrol_by_supplier(struct request *, const struct enrol *, int *row);
int enrol_by_secret(struct request *, const struct enrol *,
    const uint8_t secret_sha256[32], int *row);
int enrol_by_device(struct request *, const struct enrol *,
    struct span certificate, int *row);

/*
 * Wait a moment: 1 and the certificates (appended, DER), 0 when there is no
 * answer yet, -1 with the row's own reason (ERR_CONFLICT) when it is refused.
 */
int enrol_wait(struct request *, const char *lot, int row,
    struct buf *certificate, struct buf *issuer);

/* How long a caller should stay away, in seconds, when there is no answer. */
#define ENROL_RETRY_AFTER 2

#endif
