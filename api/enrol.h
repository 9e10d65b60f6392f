#ifndef API_ENROL_H
#define API_ENROL_H

#include "api/request.h"
#include "x509/csr.h"

/*
 * One device's request into an open lot: recorded and committed, then looked
 * after.  Who may ask is for the protocol to find out (api/est.c); what comes
 * of it is for the authority alone.
 */
struct enrol {
	const char *lot;    /* number; "": the one that fits, but not for a
			     * supplier, who says which */
	const char *device; /* its id; not of one that renews */
	const char *tre;    /* "" or the TrE that a terminal contains */
	const char *tac;    /* "" or the terminal's */
	const struct csr *csr;
	struct span proof; /* what the authority can verify again; or empty */
	bool confirms;	   /* one that renews will say that it has the new one,
			    * and has the old one until then */
};

/* Which row it is. */
struct enrolled {
	char lot[24];
	int row;
	uint8_t key[32]; /* SHA-256 of what it is for */
	bool fresh;	 /* nobody has looked at it yet */
};

/* Each records it, or -1 with the register's refusal. */
int enrol_by_supplier(
    struct request *, const struct enrol *, struct enrolled *);
int enrol_by_secret(struct request *, const struct enrol *,
    const uint8_t secret_sha256[32], struct enrolled *);
int enrol_by_factory(struct request *, const struct enrol *,
    const uint8_t factory_sha256[32], struct enrolled *);
int enrol_by_device(struct request *, const struct enrol *,
    struct span certificate, struct enrolled *);

/*
 * What has come of it: 1 and the certificates (appended, DER), 0 when there is
 * no answer yet, -1 with the row's own reason (ERR_CONFLICT) when it is
 * refused.
 */
int enrol_result(struct request *, const struct enrolled *,
    struct buf *certificate, struct buf *issuer);

/*
 * Nothing that was recorded is lost any more: before anybody is told that it
 * was.
 */
int enrol_keep(struct request *);

/* The authority has said how far it has looked at a lot: "LOT ROW". */
void enrol_heard(const char *payload);
void enrol_heard_of(const char *lot, int row);
/* Has it looked at that row of that lot, as far as was heard? */
bool enrol_was_heard(const char *lot, int row);
/* Can the authority have looked at it, as far as was heard? */
bool enrol_may_be_known(const struct request *, const struct enrolled *);

/* How long a caller should stay away, in seconds, when there is no answer. */
#define ENROL_RETRY_AFTER 2

#endif
