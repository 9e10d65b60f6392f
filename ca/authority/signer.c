/*
 * Signatures of people, checked again by the authority itself.
 */

#include <stdio.h>
#include <string.h>

#include "authority/issuer.h"
#include "authority/signer.h"
#include "base/enc.h"
#include "base/err.h"
#include "key/hash.h"
#include "registry/statement.h"

/* CRLReason, RFC 5280 section 5.3.1 */
#define KEY_COMPROMISE 1
#define SUPERSEDED     4

static int load(struct authority *, struct span, struct signer *, int64_t at,
    int64_t until, int64_t *);
static int judge(struct authority *, struct signer *, int64_t issuer, int64_t);

static void
copy_span(char *to, size_t size, struct span s)
{
	(void)snprintf(
	    to, size, "%.*s", (int)s.n, s.p == NULL ? "" : (const char *)s.p);
}

int
signer_find(struct authority *a, const char *thumbprint, int64_t at,
    int64_t until, struct signer *s)
{
	struct buf digest = BUF_EMPTY;
	int64_t issuer;
	int rc = -1;

	memset(s, 0, sizeof(*s));
	if (base64url_decode(&digest, span_str(thumbprint)) == -1 ||
	    digest.n != HASH_SIZE) {
		err_set_code(ERR_DENIED, "SIGNER_UNKNOWN",
		    "the signature names no certificate");
		goto out;
	}
	if (load(a, buf_span(&digest), s, at, until, &issuer) == -1 ||
	    judge(a, s, issuer, at) == -1)
		goto out;
	rc = 0;
out:
	buf_free(&digest);
	if (rc == -1)
		signer_free(s);
	return rc;
}

/*
 * Was it revoked or on hold until then?  In the very second counts, too, but
 * for one that was renewed: that ends by whoever has both, who may have signed
 * just before, and what they have signed before stays theirs.
 */
static bool
was_bad(const struct db_rows *r, int64_t at, int64_t until)
{
	int64_t since = row_time(r, 0, 3), reason = row_int(r, 0, 2);

	if (strcmp(row_text(r, 0, 1), "issued") == 0)
		return false;
	return reason == KEY_COMPROMISE ||
	    (reason == SUPERSEDED ? since < at : since <= until);
}

/* From the register, and neither revoked nor on hold when it was used. */
static int
load(struct authority *a, struct span digest, struct signer *s, int64_t at,
    int64_t until, int64_t *issuer)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int rc = -1;

	db_arg_bytes(&args, digest);
	db_arg_text(&args, profile_get(a->profiles, PROFILE_ACCESS)->name);
	if ((r = db_query_one(a->db, "signer_find", &args)) == NULL)
		return err_kind() != ERR_ABSENT
		    ? -1
		    : err_set_code(ERR_DENIED, "SIGNER_UNKNOWN",
			  "the signer's certificate is not in the register");
	if (was_bad(r, at, until)) {
		err_set_code(ERR_DENIED, "SIGNER_REVOKED",
		    "the signer's certificate is revoked or on hold");
		goto out;
	}
	buf_put_span(&s->der, row_bytes(r, 0, 0));
	*issuer = row_int(r, 0, 4);
	rc = 0;
out:
	rows_free(r);
	return rc;
}

/* Truly ours, a person's or system's, and in its time. */
static int
judge(struct authority *a, struct signer *s, int64_t issuer, int64_t at)
{
	struct issuer *access;

	if ((access = issuer_get(a, issuer)) == NULL)
		return -1;
	if (cert_parse(buf_span(&s->der), &s->cert) == -1)
		return err_set_code(ERR_DENIED, "SIGNER_UNKNOWN",
		    "the signer's certificate: %s", err_text());
	if (!span_equal(s->cert.issuer.der, access->cert.subject.der) ||
	    cert_verify(&s->cert, access->key) == -1 || s->cert.ca ||
	    (s->cert.purposes & EKU_CLIENT_AUTH) == 0)
		return err_set_code(ERR_DENIED, "SIGNER_UNTRUSTED",
		    "the signer's certificate is not an access CA's");
	if (at < s->cert.not_before || at > s->cert.not_after)
		return err_set_code(ERR_DENIED, "SIGNER_EXPIRED",
		    "the signer's certificate was not valid when it was used");
	if ((s->key = key_from_spki(s->cert.spki)) == NULL)
		return -1;
	copy_span(s->role, sizeof(s->role), s->cert.subject.unit);
	copy_span(s->organisation, sizeof(s->organisation),
	    s->cert.subject.organisation);
	copy_span(s->handle, sizeof(s->handle), s->cert.subject.common_name);
	return 0;
}

void
signer_free(struct signer *s)
{
	buf_free(&s->der);
	key_free(s->key);
	s->key = NULL;
}

/* Who the JWS says it is from, for signer_find(). */
static int
find_signer(struct authority *a, struct span text, struct act *act)
{
	struct jws j;
	const char *x5t;
	int rc;

	if (jws_split(text, STATEMENT_MAX, &j) == -1)
		return -1;
	x5t = json_string_value(json_object_get(j.header, "x5t#S256"));
	rc = signer_find(
	    a, x5t != NULL ? x5t : "", act->recorded, act->recorded, &act->by);
	jws_free(&j);
	return rc;
}

int
act_get(struct authority *a, int64_t statement, struct act *act)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	struct statement s;
	int rc = -1;

	memset(act, 0, sizeof(*act));
	db_arg_int(&args, statement);
	if ((r = db_query_one(a->db, "signed_act", &args)) == NULL)
		return err_kind() != ERR_ABSENT
		    ? -1
		    : err_set_code(ERR_DENIED, "STATEMENT_MISSING",
			  "there is no signed statement");
	ROW_COPY(act->url, r, 0, 0);
	buf_put_span(&act->body, row_bytes(r, 0, 1));
	hash_sha256(buf_span(&act->body), act->body_sha256);
	act->recorded = row_time(r, 0, 3);
	act->recorded_us = row_int(r, 0, 4);
	s.jws = span_str(row_text(r, 0, 2));
	if (find_signer(a, s.jws, act) == -1)
		goto out;
	s.body = buf_span(&act->body);
	s.url = act->url;
	s.certificate = buf_span(&act->by.der);
	if (statement_verify(&s, act->recorded) == -1)
		goto out;
	act->json = json_loadb((const char *)act->body.p, act->body.n,
	    JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(act->json)) {
		err_set_code(ERR_DENIED, "STATEMENT_MALFORMED",
		    "what was signed is no JSON object");
		goto out;
	}
	rc = 0;
out:
	rows_free(r);
	if (rc == -1)
		act_free(act);
	return rc;
}

void
act_free(struct act *act)
{
	signer_free(&act->by);
	buf_free(&act->body);
	json_decref(act->json);
	act->json = NULL;
}

const char *
act_text(const struct act *act, const char *name)
{
	const char *s = json_string_value(json_object_get(act->json, name));

	return s != NULL ? s : "";
}
