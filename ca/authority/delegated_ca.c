/*
 * Certifying suppliers' own CAs.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authority/accreditation.h"
#include "authority/delegated_ca.h"
#include "authority/publish.h"
#include "authority/signer.h"
#include "authority/single.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/err.h"
#include "base/log.h"
#include "key/hash.h"
#include "x509/csr.h"

/* A row of the statement delegated_ca_order. */
enum {
	ID,
	NUMBER,
	STATE,
	ROLE,
	ORG_ID,
	ORG,
	ORG_NAME,
	COUNTRY,
	ORG_STATE,
	SITE,
	MODELS,
	CSR,
	DAYS,
	STATEMENT,
	ACCREDITED,
	SINCE
};

static int judge(struct authority *, struct db_rows *);
static int issue(struct authority *, struct db_rows *);

int
delegated_ca_certify(struct authority *a, int64_t proposal)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int rc = 0;

	db_arg_int(&args, proposal);
	if ((r = db_query_one(a->db, "delegated_ca_order", &args)) == NULL)
		return -1;
	/* an earlier attempt may have got that far, or it was withdrawn */
	if (strcmp(row_text(r, 0, STATE), "approved") == 0)
		rc = judge(a, r) == -1 ? -1 : issue(a, r);
	rows_free(r);
	return rc;
}

/* The role, site and models that somebody signed for, against the row's. */
static bool
same_terms(const struct act *act, struct db_rows *r)
{
	json_t *models = json_loads(row_text(r, 0, MODELS), 0, NULL);
	bool same = strcmp(act_text(act, "role"), row_text(r, 0, ROLE)) == 0 &&
	    strcmp(act_text(act, "site"), row_text(r, 0, SITE)) == 0 &&
	    json_equal(json_object_get(act->json, "models"), models);

	json_decref(models);
	return same;
}

static int
not_as_signed(const char *number)
{
	return err_set_code(ERR_DENIED, "DELEGATED_CA_NOT_AS_SIGNED",
	    "the delegated CA %s is not what was signed for", number);
}

/* The supplier's request, with that very key. */
static int
judge_request(struct authority *a, struct db_rows *r)
{
	struct buf csr = BUF_EMPTY;
	struct act act;
	int rc = 0;

	if (act_get(a, row_int(r, 0, STATEMENT), &act) == -1)
		return -1;
	if (strcmp(act.by.role, "supplier") != 0 ||
	    strcmp(act.by.organisation, row_text(r, 0, ORG)) != 0 ||
	    strcmp(act.url, "/v1/delegated-cas") != 0 || !same_terms(&act, r) ||
	    base64_decode(&csr, span_str(act_text(&act, "csr"))) == -1 ||
	    !span_equal(buf_span(&csr), row_bytes(r, 0, CSR)))
		rc = not_as_signed(row_text(r, 0, NUMBER));
	buf_free(&csr);
	act_free(&act);
	return rc;
}

/* Two deciders, of the same. */
static int
judge_approval(struct authority *a, struct db_rows *r)
{
	struct four_eyes want = { .subject = row_text(r, 0, NUMBER),
		.act = "delegated_ca_certify",
		.proposer = "decider",
		.approver = "decider",
		.since = row_int(r, 0, SINCE) };
	struct buf hex = BUF_EMPTY;
	uint8_t digest[HASH_SIZE];
	struct act act;
	int rc = 0;

	if (four_eyes_find(a, &want, &act) == -1)
		return -1;
	hash_sha256(row_bytes(r, 0, CSR), digest);
	hex_encode(&hex, span_of(digest, sizeof(digest)));
	if (!same_terms(&act, r) ||
	    strcmp(act_text(&act, "csr_sha256"), buf_str(&hex)) != 0 ||
	    json_integer_value(json_object_get(act.json, "valid_days")) !=
		row_int(r, 0, DAYS))
		rc = not_as_signed(want.subject);
	buf_free(&hex);
	act_free(&act);
	return rc;
}

static int
judge(struct authority *a, struct db_rows *r)
{
	if (strcmp(row_text(r, 0, ORG_STATE), "active") != 0 ||
	    !row_bool(r, 0, ACCREDITED))
		return err_set_code(ERR_DENIED, "DELEGATED_CA_NOT_ACCREDITED",
		    "the supplier is %s, or the site %s is not accredited for "
		    "delegated_ca",
		    row_text(r, 0, ORG_STATE), row_text(r, 0, SITE));
	if (judge_request(a, r) == -1 || judge_approval(a, r) == -1)
		return -1;
	return accreditation_verify_standing(
	    a, "delegated_ca_standing", row_int(r, 0, ID));
}

static int
store(
    struct authority *a, struct db_rows *r, int64_t id, const struct single *s)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_int(&args, row_int(r, 0, ID));
	db_arg_int(&args, id);
	db_arg_bytes(&args, s->der);
	db_arg_bytes(&args, s->cert.subject.der);
	db_arg_bytes(&args, s->cert.spki);
	db_arg_bytes(&args, s->cert.subject_key_id);
	db_arg_time(&args, s->cert.not_after);
	db_arg_int(&args, s->by->row.id);
	if (db_begin(a->db) == -1 || single_store(a, s) == -1 ||
	    db_exec(a->db, "delegated_ca_certified_do", &args) == -1 ||
	    publish_issuer(a, id, s->der) == -1)
		return -1;
	return db_commit(a->db);
}

static int
issue(struct authority *a, struct db_rows *r)
{
	bool tre = strcmp(row_text(r, 0, ROLE), "tre") == 0;
	struct profile profile =
	    *profile_get(a->profiles, PROFILE_DELEGATED_CA);
	struct template_spec spec = { .profile = &profile,
		.role = tre ? PROFILE_TRE : PROFILE_TERMINAL,
		.country = row_text(r, 0, COUNTRY),
		.organisation = row_text(r, 0, ORG_NAME) };
	struct single *s = xcalloc(1, sizeof(*s));
	struct issuer *root;
	char common_name[64];
	struct csr csr;
	int64_t id;
	int rc = -1;

	profile.validity = row_int(r, 0, DAYS) * DAY;
	if (csr_parse(row_bytes(r, 0, CSR), &csr) == -1 ||
	    csr_verify(&csr) == -1 ||
	    profile_check_key(&profile, csr.kind) == -1 ||
	    (root = issuer_root(a)) == NULL ||
	    db_issuer_next_id(a->db, row_text(r, 0, ROLE), &id) == -1 ||
	    single_reserve(a, root, s) == -1)
		goto out;
	(void)snprintf(common_name, sizeof(common_name), "%s Delegated CA %lld",
	    tre ? "TrE" : "Terminal", (long long)id);
	spec.common_name = common_name;
	if (single_build(a, &spec, &(struct subject_key){ csr.kind, csr.point },
		s) == -1 ||
	    store(a, r, id, s) == -1) {
		single_give_up(a, &s->range);
		goto out;
	}
	log_write(LOG_NOTE, "%s is certified: issuer %lld",
	    row_text(r, 0, NUMBER), (long long)id);
	rc = 0;
out:
	free(s);
	return rc;
}

int
delegated_ca_verify(struct authority *a, const struct lot *l)
{
	struct four_eyes want = { .subject = l->ca,
		.act = "delegated_ca_certify",
		.proposer = "decider",
		.approver = "decider" };
	struct act act;
	json_t *model;
	bool named = false;
	size_t i;

	if (four_eyes_find(a, &want, &act) == -1)
		return -1;
	json_array_foreach(json_object_get(act.json, "models"), i, model)
	{
		if (json_is_string(model) &&
		    strcmp(json_string_value(model), l->model) == 0)
			named = true;
	}
	named = named && strcmp(act_text(&act, "role"), l->kind) == 0;
	act_free(&act);
	return named ? 0 : not_as_signed(l->ca);
}
