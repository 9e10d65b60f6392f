/*
 * Who may have a certificate as a principal: by what people have signed.
 */

#include <string.h>

#include "authority/order_inside.h"
#include "authority/signer.h"
#include "base/enc.h"
#include "base/err.h"
#include "key/hash.h"

static int judge_statement(struct db_rows *, const struct act *);
static int judge_approval(
    struct authority *, struct db_rows *, const struct act *);

/* Is the role one that such an organisation has?  The database's role_fits()
 * says the same; a certificate rests on this. */
static bool
role_fits(const char *role, const char *kind)
{
	if (strcmp(role, "reader") == 0)
		return true;
	if (strcmp(role, "supplier") == 0 || strcmp(role, "operator") == 0 ||
	    strcmp(role, "auditor") == 0)
		return strcmp(role, kind) == 0;
	return strcmp(kind, "body") == 0;
}

/* May it act at all, now? */
static int
judge_standing(struct db_rows *r)
{
	if (strcmp(row_text(r, 0, STATE), "active") != 0 ||
	    strcmp(row_text(r, 0, ORG_STATE), "active") != 0)
		return err_set_code(ERR_DENIED, "PRINCIPAL_NOT_ACTIVE",
		    "the principal is %s, its organisation %s",
		    row_text(r, 0, STATE), row_text(r, 0, ORG_STATE));
	if (!role_fits(row_text(r, 0, ROLE), row_text(r, 0, KIND)))
		return err_set_code(ERR_DENIED, "ROLE_MISMATCH",
		    "no %s has principals of the role %s", row_text(r, 0, KIND),
		    row_text(r, 0, ROLE));
	return 0;
}

/* Did an officer sign for this very key, and where it can act, another? */
int
order_may_certify(struct authority *a, struct db_rows *r, int64_t statement)
{
	struct act act;
	int rc;

	if (judge_standing(r) == -1 || act_get(a, statement, &act) == -1)
		return -1;
	rc = judge_statement(r, &act);
	if (rc == 0 && strcmp(row_text(r, 0, ROLE), "reader") != 0)
		rc = judge_approval(a, r, &act);
	act_free(&act);
	return rc;
}

/* Is the request that was signed the one that is to be certified? */
static bool
says_csr(const struct act *act, struct db_rows *r)
{
	struct buf csr = BUF_EMPTY;
	bool same = base64_decode(&csr, span_str(act_text(act, "csr"))) == 0 &&
	    span_equal(buf_span(&csr), row_bytes(r, 0, CSR));

	buf_free(&csr);
	return same;
}

/*
 * Whoever has a certificate signs for their next one by its key.  What they are
 * is what that certificate says, which an access CA signed, and not what a row
 * of the database says that they have become.
 */
static int
judge_renewal_act(struct db_rows *r, const struct act *act)
{
	uint8_t sha256[HASH_SIZE];

	hash_sha256(buf_span(&act->by.der), sha256);
	if (strcmp(act->by.handle, row_text(r, 0, HANDLE)) != 0 ||
	    strcmp(act->by.organisation, row_text(r, 0, ORG)) != 0 ||
	    strcmp(act->by.role, row_text(r, 0, ROLE)) != 0 ||
	    !span_equal(
		span_of(sha256, sizeof(sha256)), row_bytes(r, 0, ASKED_WITH)))
		return err_set_code(ERR_DENIED, "RENEWAL_NOT_OWN",
		    "%s of %s, %s, signed for a certificate of %s of %s, %s",
		    act->by.handle, act->by.organisation, act->by.role,
		    row_text(r, 0, HANDLE), row_text(r, 0, ORG),
		    row_text(r, 0, ROLE));
	if (strcmp(act->url, "/v1/whoami/renew") != 0 || !says_csr(act, r))
		return err_set_code(ERR_DENIED, "ORDER_NOT_AS_SIGNED",
		    "the order is not what %s signed", act->by.handle);
	return 0;
}

int
order_may_renew(struct authority *a, struct db_rows *r, int64_t statement)
{
	struct act act;
	int rc;

	if (strcmp(row_text(r, 0, RENEWAL_STATE), "asked") != 0)
		return err_set_code(ERR_CONFLICT, "RENEWAL_DROPPED",
		    "the renewal is %s", row_text(r, 0, RENEWAL_STATE));
	if (strcmp(row_text(r, 0, ASKED_STATE), "issued") != 0)
		return err_set_code(ERR_DENIED, "CERTIFICATE_REVOKED",
		    "the certificate that asked for it is %s",
		    row_text(r, 0, ASKED_STATE));
	if (judge_standing(r) == -1 || act_get(a, statement, &act) == -1)
		return -1;
	rc = judge_renewal_act(r, &act);
	act_free(&act);
	return rc;
}

static int
judge_statement(struct db_rows *r, const struct act *act)
{
	int rc = 0;

	if (strcmp(act->by.role, "officer") != 0)
		rc = err_set_code(ERR_DENIED, "SIGNER_ROLE",
		    "the order is signed by %s, who is no officer but %s",
		    act->by.handle, act->by.role);
	else if (strcmp(act->url, "/v1/principals") != 0 ||
	    strcmp(act_text(act, "handle"), row_text(r, 0, HANDLE)) != 0 ||
	    strcmp(act_text(act, "organisation"), row_text(r, 0, ORG)) != 0 ||
	    strcmp(act_text(act, "role"), row_text(r, 0, ROLE)) != 0 ||
	    !says_csr(act, r))
		rc = err_set_code(ERR_DENIED, "ORDER_NOT_AS_SIGNED",
		    "the order is not what the officer signed");
	return rc;
}

static int
judge_approval(
    struct authority *a, struct db_rows *r, const struct act *ordered)
{
	struct four_eyes want = { .subject = row_text(r, 0, HANDLE),
		.act = "principal_create",
		.proposer = "officer",
		.approver = "decider" };
	struct act proposed;
	int rc = 0;

	if (four_eyes_find(a, &want, &proposed) == -1)
		return -1;
	if (!span_equal(buf_span(&proposed.body), buf_span(&ordered->body)))
		rc = err_set_code(ERR_DENIED, "ORDER_NOT_AS_SIGNED",
		    "what was approved is not what was ordered");
	act_free(&proposed);
	return rc;
}
