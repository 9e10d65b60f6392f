/*
 * The facts of a question: checks 2 to 8 of a decision, as far as they are
 * facts.  What they mean is the engine's business (policy/decide.c).
 */

#include <stdio.h>
#include <string.h>

#include "api/attest.h"
#include "api/consent.h"
#include "api/question.h"
#include "base/log.h"
#include "key/hash.h"
#include "policy/transcript.h"
#include "x509/der.h"

/* ---- checks 3 to 5: a side's certificate */

static void
judge_side(struct question *q, struct pki *pki,
    const struct decision_chain *chain, enum path_role role,
    const struct decision_side *record, struct side_facts *side,
    const struct question_leaf *shown, struct cert *leaf)
{
	struct path_question path = {
		.presented = chain->n,
		.role = role,
		.now = q->record.now,
		.leaf_is_parsed = shown->parsed,
	};
	const char *code;

	side->shown = chain->n > 0;
	if (!side->shown)
		return;
	path.leaf = buf_span(&chain->der[0]);
	path.issuer = buf_span(&chain->der[chain->n > 1 ? 1 : 0]);
	side->registered = record->registered &&
	    (record->in_pieces ||
		span_equal(path.leaf, buf_span(&record->der)));
	path.leaf_is_registered = side->registered;
	code = shown->amiss != NULL ? shown->amiss
				    : pki_judge(pki, q->req->db, &path, leaf);
	side->path_judged = true;
	if (code == NULL)
		return;
	/* a code that the table does not have must not pass for none */
	if ((side->path = reason_find(code)) == REASON_NONE)
		side->path = CHAIN_UNTRUSTED;
}

/*
 * Of an ECDSA signature (r, s) anybody makes (r, n - s), which holds too.  Is
 * this a certificate of the register with its signature turned over?  1, 0 or
 * -1.
 */
static int
is_turned_over(struct question *q, const struct cert *leaf)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct span cursor = leaf->signature, rs, r;
	struct db_rows *rows;
	int n;

	if (!key_has_two_forms(leaf->signed_with))
		return 0;
	if (der_get(&cursor, DER_SEQUENCE, &rs) == -1 ||
	    der_get_integer(&rs, &r) == -1)
		return -1;
	db_arg_bytes(&args, leaf->serial);
	db_arg_bytes(&args, leaf->tbs);
	db_arg_bytes(&args, r);
	rows = db_query(q->req->db, "certificate_turned_over", &args);
	if (rows == NULL)
		return -1;
	n = rows_count(rows);
	rows_free(rows);
	return n > 0;
}

static bool
is_unregistered(const struct side_facts *side)
{
	return side->path_judged && side->path == REASON_NONE &&
	    !side->registered;
}

/* A signature of ours under what we never recorded: one of our CAs is amiss. */
static int
report_unregistered(struct question *q, const struct side_facts *side,
    const struct decision_chain *chain, const struct cert *leaf)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;
	int turned;

	if (!is_unregistered(side))
		return 0;
	if ((turned = is_turned_over(q, leaf)) != 0)
		return turned == 1 ? 0 : -1;
	db_arg_bytes(&args, buf_span(&chain->der[0]));
	db_arg_bytes(&args, buf_span(&chain->der[1]));
	rows = db_query_one(q->req->db, "incident_mis_issuance_do", &args);
	if (rows == NULL)
		return -1;
	log_write(LOG_ALARM,
	    "%s: a certificate with a good signature of ours is not in the "
	    "register",
	    row_text(rows, 0, 0));
	rows_free(rows);
	return 0;
}

/* ---- check 7 */

static void
judge_binding(struct question *q)
{
	struct facts *f = &q->facts;
	const struct decision_side *tre = &q->record.tre;
	const struct decision_side *platform = &q->record.platform;
	const struct terminal_info *info = &q->platform.terminal;
	struct span tac = span_str(platform->tac);

	if (f->platform.path != REASON_NONE || !f->platform.path_judged)
		return;
	/* the certificate's and the register's TAC, and what is claimed */
	f->device_id_fits = span_equal(tac, info->tac) &&
	    (q->r.tac == NULL || span_equal(tac, span_str(q->r.tac))) &&
	    (q->r.imei == NULL || span_equal(tac, span_of(q->r.imei, 8)));
	if (f->mode == MODE_PLATFORM_ONLY || f->tre.path != REASON_NONE ||
	    !f->tre.path_judged)
		return;
	f->bound_by_certificate =
	    (q->platform.present & CERT_TRE_BINDING) != 0 &&
	    span_equal(q->platform.binding.key_sha256,
		span_of(q->tre.spki_sha256, 32));
	f->bound_by_register = tre->device != 0 && platform->device != 0 &&
	    tre->bound_to == platform->device &&
	    platform->bound_to == tre->device;
	f->tre_bound_elsewhere =
	    tre->bound_to != 0 && tre->bound_to != platform->device;
}

/* ---- check 8 */

static int
write_transcript(struct question *q)
{
	struct buf context = BUF_EMPTY;
	uint8_t context_sha256[32];
	struct transcript t;
	int rc = -1;

	if (transcript_context(&context, q->r.claims, q->r.device,
		q->r.operator_nonce, q->r.signed_at_text,
		q->r.validation) == -1)
		goto out;
	hash_sha256(buf_span(&context), context_sha256);
	t = (struct transcript){
		.challenge = buf_span(&q->r.challenge),
		.operator= q->req->principal.organisation,
		.purpose = q->r.purpose_text,
		.mode = q->r.mode_text,
		.tre_sha256 = span_of(q->tre_sha256, q->r.tre.n > 0 ? 32 : 0),
		.platform_sha256 = span_of(q->platform_sha256, 32),
		.context_sha256 = span_of(context_sha256, 32),
	};
	if ((rc = transcript_write(&q->transcript, &t)) == 0)
		hash_sha256(buf_span(&q->transcript), q->transcript_sha256);
out:
	buf_free(&context);
	return rc;
}

static bool
signed_by(const struct cert *leaf, const struct buf *transcript,
    const struct buf *signature)
{
	return signature->n > 0 &&
	    key_verify_point(leaf->key_kind, leaf->point, buf_span(transcript),
		buf_span(signature)) == 0;
}

static void
parse_leaf(const struct decision_chain *chain, enum path_role role,
    struct question_leaf *l, struct cert *leaf)
{
	if (l->parsed || chain->n == 0)
		return;
	l->amiss = path_leaf(buf_span(&chain->der[0]), role, leaf);
	l->parsed = true;
}

/* Both leaves, and whose keys signed what the devices were to sign. */
static int
prove(struct question *q)
{
	struct question_leaf *tre = &q->tre_leaf;
	struct question_leaf *platform = &q->platform_leaf;

	if (q->r.mode != MODE_PLATFORM_ONLY)
		parse_leaf(&q->r.tre, PATH_TRE, tre, &q->tre);
	parse_leaf(&q->r.platform, PATH_TERMINAL, platform, &q->platform);
	if (q->r.challenge.n == 0 || q->r.platform.n == 0)
		return 0;
	if (write_transcript(q) == -1)
		return -1;
	if (platform->amiss == NULL)
		platform->signs = signed_by(
		    &q->platform, &q->transcript, &q->r.platform_signature);
	if (tre->parsed && tre->amiss == NULL &&
	    q->r.shown == EVIDENCE_TRANSCRIPT)
		tre->signs =
		    signed_by(&q->tre, &q->transcript, &q->r.tre_signature);
	return 0;
}

/* The mode is part of what they sign: where it is left out, the record says
 * which it is, and question_possession() does this. */
void
question_prove(struct question *q)
{
	if (q->r.mode != MODE_NONE && prove(q) == -1)
		buf_clear(&q->transcript); /* fails again, and says why */
}

int
question_possession(struct question *q)
{
	struct facts *f = &q->facts;

	f->signed_at = q->r.signed_at;
	if (q->transcript.n == 0 && prove(q) == -1)
		return -1;
	f->platform.possession = q->platform_leaf.signs &&
	    f->platform.path_judged && f->platform.path == REASON_NONE;
	attest_read(q);
	return 0;
}

/* ---- the mode */

/*
 * A request that leaves it out: the default of the TrE's kind, where the body
 * lets this operator ask so.  A TrE that is shown is always judged.
 */
static void
resolve_mode(struct question *q)
{
	if (q->r.mode == MODE_NONE && q->r.tre.n == 0 &&
	    q->record.default_mode == MODE_PLATFORM_ONLY &&
	    q->facts.operator_platform_only) {
		q->r.mode = MODE_PLATFORM_ONLY;
		q->r.mode_text = "platform_only";
	} else if (q->r.mode == MODE_NONE) {
		q->r.mode = MODE_TRE_AND_PLATFORM;
		q->r.mode_text = "tre_and_platform";
	}
	q->facts.mode = q->r.mode;
}

/* ---- facts, verdict, receipt */

static struct span
hash_leaf(const struct decision_chain *chain, uint8_t digest[32])
{
	if (chain->n == 0)
		return span_of(NULL, 0);
	hash_sha256(buf_span(&chain->der[0]), digest);
	return span_of(digest, 32);
}

static int
judge_challenge(struct question *q)
{
	if (q->r.challenge.n > 0)
		return db_challenge_consume(
		    q->req->db, buf_span(&q->r.challenge), &q->facts.challenge);
	/* only a precheck may come without one (decision_request.c) */
	q->facts.challenge = q->r.purpose == PURPOSE_PRECHECK
	    ? CHALLENGE_IS_GOOD
	    : CHALLENGE_IS_UNKNOWN;
	return 0;
}

void
question_open(struct question *q, struct span *tre, struct span *platform)
{
	struct facts *f = &q->facts;

	*tre = hash_leaf(&q->r.tre, q->tre_sha256);
	*platform = hash_leaf(&q->r.platform, q->platform_sha256);
	f->form_good = true;
	f->purpose = q->r.purpose;
	f->max_status_age = q->r.max_status_age;
	f->validation = validation_find(q->r.validation);
	f->claims_tamper =
	    q->r.tamper != NULL && strcmp(q->r.tamper, "none") != 0;
	f->claims_debug =
	    q->r.debug != NULL && strcmp(q->r.debug, "enabled") == 0;
	if (q->r.firmware != NULL)
		(void)snprintf(
		    f->firmware, sizeof(f->firmware), "%s", q->r.firmware);
	consent_ask(q);
}

void
question_paths(struct question *q, struct pki *pki)
{
	struct facts *f = &q->facts;

	resolve_mode(q);
	if (f->mode != MODE_PLATFORM_ONLY)
		judge_side(q, pki, &q->r.tre, PATH_TRE, &q->record.tre, &f->tre,
		    &q->tre_leaf, &q->tre);
	judge_side(q, pki, &q->r.platform, PATH_TERMINAL, &q->record.platform,
	    &f->platform, &q->platform_leaf, &q->platform);
}

bool
question_shows_unregistered(const struct question *q)
{
	return is_unregistered(&q->facts.tre) ||
	    is_unregistered(&q->facts.platform);
}

void
question_relations(struct question *q)
{
	judge_binding(q);
	consent_judge(q);
}

int
question_judge(struct question *q, struct pki *pki)
{
	struct facts *f = &q->facts;

	question_paths(q, pki);
	if (report_unregistered(q, &f->tre, &q->r.tre, &q->tre) == -1 ||
	    report_unregistered(
		q, &f->platform, &q->r.platform, &q->platform) == -1)
		return -1;
	question_relations(q);
	return 0;
}

int
question_gather(struct question *q, struct pki *pki)
{
	struct span tre, platform;

	question_open(q, &tre, &platform);
	if (pki_ready(pki, q->req->db) == -1 || judge_challenge(q) == -1 ||
	    db_decision_facts(q->req->db, q->req->principal.organisation_id,
		q->r.purpose_text, tre, platform, &q->facts,
		&q->record) == -1 ||
	    question_judge(q, pki) == -1 || question_possession(q) == -1)
		return -1;
	return attest_judge(q);
}

void
question_free(struct question *q)
{
	buf_free(&q->measured);
	buf_free(&q->transcript);
	consent_free(&q->consent);
	decision_record_free(&q->record);
	decision_request_free(&q->r);
}
