/*
 * Accreditation, proven from signatures.
 */

#include <stdio.h>
#include <string.h>

#include "authority/accreditation.h"
#include "authority/delegated_ca.h"
#include "authority/lot.h"
#include "authority/signer.h"
#include "base/clock.h"
#include "base/err.h"
#include "issue/manifest.h"
#include "issue/open_lot.h"
#include "key/hash.h"

#define SLACK 7200 /* a day in the database may have an hour more */

/* What a CoC's row says; its signatures must say the same. */
struct coc_row {
	int64_t id;
	char number[24], model[41], site[41], instead_of[24];
	char on_expired[24], on_suspended[24];
	int64_t level, quota, expires, suspended, grace_days;
};

static int verify_model(
    struct authority *, int64_t model, int depth, struct coc_row *);
static int verify_parts(struct authority *, int64_t model, int depth);
static int verify_coc(struct authority *, const struct coc_row *);
static int verify_reinstated(struct authority *, const struct coc_row *);
static int verify_header(struct authority *, const struct lot *, int64_t until);

int
accreditation_verify(struct authority *a, const struct lot *l)
{
	struct coc_row c;

	if (verify_model(a, l->model_id, 0, &c) == -1)
		return -1;
	if (c.id != l->coc_id)
		return err_set_code(ERR_DENIED, "COC_REPLACED",
		    "the CoC %s is no longer the model's: %s is", l->coc,
		    c.number);
	if (strcmp(c.site, l->site) != 0)
		return err_set_code(ERR_DENIED, "COC_OTHER_SITE",
		    "the CoC %s is for the site %s, and the lot is from %s",
		    l->coc, c.site, l->site);
	if (lot_is_report(l) && delegated_ca_verify(a, l) == -1)
		return -1;
	if (accreditation_verify_standing(a, "lot_standing", l->id) == -1)
		return -1;
	return accreditation_verify_signed(a, l);
}

/* A key that others have signs nothing, whenever that was found out. */
int
accreditation_verify_signed(struct authority *a, const struct lot *l)
{
	if (verify_header(a, l, l->created) == 0)
		return 0;
	return err_kind() == ERR_INPUT
	    ? err_set_code(ERR_DENIED, "MANIFEST_NOT_AS_SIGNED",
		  "the lot's header: %s", err_text())
	    : -1;
}

/* One row of the statement lot_standing. */
static int
verify_one_standing(struct authority *a, struct db_rows *r, int i)
{
	struct four_eyes want = { .act = row_text(r, i, 0),
		.subject = row_text(r, i, 1),
		.proposer = row_text(r, i, 2),
		.approver = row_text(r, i, 3),
		.since = row_int(r, i, 4) };
	const char *scope;
	struct act act;
	int rc = 0;

	if (four_eyes_find(a, &want, &act) == -1)
		return -1;
	scope = act_text(&act, "scope");
	/* A negative decision gives nothing, whatever it was made of. */
	if (strcmp(act.url, row_text(r, i, 5)) != 0 ||
	    (strcmp(want.act, "audit_decide") == 0 &&
		strcmp(act_text(&act, "result"), "compliant") != 0) ||
	    (scope[0] != '\0' && strcmp(scope, row_text(r, i, 6)) != 0))
		rc = err_set_code(ERR_DENIED, "NOT_AS_SIGNED",
		    "%s of %s is not what %s signed", want.act, want.subject,
		    act.by.handle);
	act_free(&act);
	return rc;
}

/* The supplier was let in by two people, and what was suspended, the supplier
 * or the site, was let in again by two. */
int
accreditation_verify_standing(
    struct authority *a, const char *statement, int64_t id)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int i, rc = 0;

	db_arg_int(&args, id);
	if ((r = db_query(a->db, statement, &args)) == NULL)
		return -1;
	for (i = 0; i < rows_count(r) && rc == 0; i++)
		rc = verify_one_standing(a, r, i);
	rows_free(r);
	return rc;
}

/* The CoC in force of a model, and what it stands on. */
static int
verify_model(struct authority *a, int64_t model, int depth, struct coc_row *c)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;

	db_arg_int(&args, model);
	if ((r = db_query_one(a->db, "coc_of_model", &args)) == NULL)
		return err_kind() != ERR_ABSENT
		    ? -1
		    : err_set_code(ERR_DENIED, "MODEL_NOT_ACCREDITED",
			  "the model has no CoC in force");
	memset(c, 0, sizeof(*c));
	c->id = row_int(r, 0, 0);
	ROW_COPY(c->number, r, 0, 1);
	ROW_COPY(c->model, r, 0, 2);
	c->level = row_int(r, 0, 3);
	c->quota = row_int(r, 0, 4);
	ROW_COPY(c->site, r, 0, 5);
	c->expires = row_time(r, 0, 6);
	c->suspended = row_time(r, 0, 7);
	ROW_COPY(c->on_expired, r, 0, 8);
	ROW_COPY(c->on_suspended, r, 0, 9);
	c->grace_days = row_int(r, 0, 10);
	ROW_COPY(c->instead_of, r, 0, 11);
	rows_free(r);
	if (verify_coc(a, c) == -1)
		return -1;
	if (c->suspended != 0 && verify_reinstated(a, c) == -1)
		return -1;
	return verify_parts(a, model, depth);
}

/* A model with parts needs one of them accredited at least. */
static int
verify_parts(struct authority *a, int64_t model, int depth)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	struct coc_row c;
	int i, rc;

	if (depth > 2) /* terminal, TrE, hardware platform */
		return err_set(ERR_INTERNAL, "models contain each other");
	db_arg_int(&args, model);
	if ((r = db_query(a->db, "model_parts", &args)) == NULL)
		return -1;
	rc = rows_count(r) == 0 ? 0 : -1;
	for (i = 0; i < rows_count(r) && rc == -1; i++) {
		rc = verify_model(a, row_int(r, i, 0), depth + 1, &c);
		if (rc == -1 && err_kind() != ERR_DENIED)
			break;
	}
	rows_free(r);
	return rc;
}

static int64_t
number(const struct act *act, const char *name)
{
	return json_integer_value(json_object_get(act->json, name));
}

/*
 * A term that may be left unsaid: is the row's what was signed, or else the
 * default?
 */
static bool
same_term(const struct act *act, const char *name, const char *unsaid,
    const char *row)
{
	const char *said = act_text(act, name);

	return strcmp(said[0] != '\0' ? said : unsaid, row) == 0;
}

/* What becomes of existing devices when it ends. */
static bool
same_effects(const struct act *act, const struct coc_row *c)
{
	int64_t grace = json_object_get(act->json, "grace_days") != NULL
	    ? number(act, "grace_days")
	    : 365;

	return same_term(act, "on_expired", "permit", c->on_expired) &&
	    same_term(act, "on_suspended", "refuse", c->on_suspended) &&
	    grace == c->grace_days;
}

/* Two deciders signed these very terms. */
static int
verify_coc(struct authority *a, const struct coc_row *c)
{
	struct four_eyes want = { .subject = c->number,
		.act = "coc_certify",
		.proposer = "decider",
		.approver = "decider" };
	struct act act;
	int rc = -1;

	if (four_eyes_find(a, &want, &act) == -1)
		return -1;
	if (strcmp(act.url, "/v1/cocs") != 0 ||
	    strcmp(act_text(&act, "model"), c->model) != 0 ||
	    strcmp(act_text(&act, "site"), c->site) != 0 ||
	    number(&act, "level") != c->level ||
	    number(&act, "quota") != c->quota || !same_effects(&act, c) ||
	    strcmp(act_text(&act, "instead_of"), c->instead_of) != 0 ||
	    c->expires >
		act.approved + number(&act, "valid_days") * DAY + SLACK)
		err_set_code(ERR_DENIED, "COC_NOT_AS_SIGNED",
		    "the CoC %s is not what two people signed", c->number);
	else
		rc = 0;
	act_free(&act);
	return rc;
}

/* Two deciders brought it back after it was suspended for itself. */
static int
verify_reinstated(struct authority *a, const struct coc_row *c)
{
	struct four_eyes want = { .subject = c->number,
		.act = "coc_reinstate",
		.proposer = "decider",
		.approver = "decider",
		.since = c->suspended };
	struct act act;
	char url[64];
	int rc = -1;

	if (four_eyes_find(a, &want, &act) == -1)
		return -1;
	(void)snprintf(url, sizeof(url), "/v1/cocs/%s/reinstate", c->number);
	if (strcmp(act.url, url) != 0)
		err_set_code(ERR_DENIED, "COC_NOT_AS_SIGNED",
		    "the CoC %s was reinstated by nobody", c->number);
	else
		rc = 0;
	act_free(&act);
	return rc;
}

static int
not_as_signed(void)
{
	return err_set_code(ERR_DENIED, "MANIFEST_NOT_AS_SIGNED",
	    "the lot is not what its header says");
}

/* An open lot's, which has no rows yet: its hash is the header's own. */
static int
compare_open(const struct lot *l, struct span payload)
{
	struct open_lot *h = xcalloc(1, sizeof(*h));
	uint8_t digest[HASH_SIZE];
	int rc;

	hash_sha256(span_str(l->header_jws), digest);
	rc = open_lot_parse(payload, h);
	if (rc == 0 &&
	    (strcmp(h->model, l->model) != 0 || strcmp(h->site, l->site) != 0 ||
		h->count != l->count || h->until != l->until ||
		h->renewal != l->renewal ||
		strcmp(h->reference, l->reference) != 0 ||
		memcmp(digest, l->rows_sha256, HASH_SIZE) != 0))
		rc = not_as_signed();
	open_lot_free(h);
	return rc;
}

/* The payload against the row. */
static int
compare_header(const struct lot *l, struct span payload)
{
	struct manifest_header h;

	if (l->open)
		return compare_open(l, payload);
	if (manifest_header_parse(payload, &h) == -1)
		return -1;
	if (strcmp(h.model, l->model) != 0 || strcmp(h.site, l->site) != 0 ||
	    strcmp(manifest_kind_name(h.kind), l->lot_kind) != 0 ||
	    strcmp(h.ca, l->ca) != 0 || h.count != l->count ||
	    strcmp(h.reference, l->reference) != 0 ||
	    memcmp(h.rows_sha256, l->rows_sha256, 32) != 0)
		return not_as_signed();
	return 0;
}

/* By somebody who might when it came, and from whom that was not taken until
 * then. */
static int
verify_header(struct authority *a, const struct lot *l, int64_t until)
{
	struct signer by = { .key = NULL };
	struct jws j;
	const char *x5t;
	int rc = -1;

	if (jws_split(span_str(l->header_jws), MANIFEST_LINE_MAX, &j) == -1)
		return -1;
	x5t = json_string_value(json_object_get(j.header, "x5t#S256"));
	if (jws_check_header(&j, l->open ? OPEN_LOT_TYP : MANIFEST_TYP,
		"s:x5t#S256") == -1 ||
	    signer_find(a, x5t != NULL ? x5t : "", l->created, until, &by) ==
		-1 ||
	    jws_verify(&j, by.key) == -1)
		goto out;
	if (strcmp(by.role, "supplier") != 0 ||
	    strcmp(by.organisation, l->organisation) != 0) {
		err_set_code(ERR_DENIED, "MANIFEST_SIGNER",
		    "the header is signed by %s (%s of %s), not by a supplier "
		    "of %s",
		    by.handle, by.role, by.organisation, l->organisation);
		goto out;
	}
	rc = compare_header(l, buf_span(&j.payload));
out:
	signer_free(&by);
	jws_free(&j);
	return rc;
}

int
accreditation_verify_header(struct authority *a, const struct lot *l)
{
	int64_t now;

	if (authority_now(a, &now) == -1)
		return -1;
	return verify_header(a, l, now);
}
