/*
 * Evidence, one kind a function: each says what it measured.  What that means
 * is the engine's business (policy/decide_device.c, policy/decide_measure.c).
 */

#include "api/attest.h"
#include "base/err.h"
#include "base/log.h"
#include "key/hash.h"
#include "tpm/quote.h"
#include "x509/dice.h"

/* Its sentence goes to the log: the answer has codes. */
static void
not_whole(struct question *q)
{
	log_write(LOG_NOTE, "evidence of request %s: %s",
	    q->r.request_id != NULL ? q->r.request_id : "(of a batch)",
	    err_text());
}

/* The TrE's key signed the transcript itself; what it runs it claims. */
static void
by_transcript(struct question *q, struct buf *measured)
{
	size_t i;

	q->facts.evidence.well_formed = true;
	q->facts.tre.possession = q->tre_leaf.signs;
	for (i = 0; i < json_array_size(q->r.measurements); i++)
		buf_printf(measured, "%s%s", i > 0 ? " " : "",
		    json_string_value(json_array_get(q->r.measurements, i)));
}

static void
by_tpm_quote(struct question *q, struct buf *measured)
{
	struct span transcript = buf_span(&q->transcript);
	struct span attest = buf_span(&q->r.quote_attest);
	uint8_t digest[HASH_SIZE];
	struct tpm_quote quote;

	if (tpm_quote_parse(attest, buf_span(&q->r.quote_signature), &quote) ==
	    -1) {
		not_whole(q);
		return;
	}
	q->facts.evidence.well_formed = true;
	hash_sha256(transcript, digest);
	q->facts.tre.possession = transcript.n > 0 &&
	    span_equal(span_of(quote.qualifying, quote.nqualifying),
		span_of(digest, sizeof(digest))) &&
	    tpm_quote_verify(&quote, attest, q->tre.key_kind, q->tre.point) ==
		0;
	q->clock = (struct evidence_clock){
		.shown = q->facts.tre.possession,
		.clock = quote.clock,
		.resets = quote.resets,
		.restarts = quote.restarts,
		.safe = quote.safe,
	};
	buf_puts(measured, quote.measured);
}

static void
by_dice(struct question *q, struct buf *measured)
{
	struct span transcript = buf_span(&q->transcript);
	struct span chain[DICE_LAYERS_MAX];
	struct dice d;
	size_t i;

	for (i = 0; i < q->r.dice.n; i++)
		chain[i] = buf_span(&q->r.dice.der[i]);
	if (dice_judge(chain, q->r.dice.n, q->tre.key_kind, q->tre.point,
		q->record.now, &d) == -1) {
		q->facts.evidence.well_formed =
		    strcmp(err_code(), "SIGNATURE") == 0;
		not_whole(q);
		return;
	}
	q->facts.evidence.well_formed = true;
	q->facts.tre.possession = transcript.n > 0 &&
	    q->r.tre_signature.n > 0 &&
	    key_verify_point(d.kind, d.point, transcript,
		buf_span(&q->r.tre_signature)) == 0;
	q->facts.claims_debug = q->facts.claims_debug || d.open;
	buf_puts(measured, d.measured);
}

/* Nothing that its model has reference values for: the claim stands. */
static bool
is_unmeasured(const struct question *q)
{
	return q->facts.evidence.shown == EVIDENCE_TRANSCRIPT &&
	    !q->record.referenced;
}

void
attest_read(struct question *q)
{
	struct evidence_facts *e = &q->facts.evidence;

	e->shown = q->r.shown;
	if (!q->facts.tre.path_judged || q->facts.tre.path != REASON_NONE)
		return;
	if (e->shown == EVIDENCE_TRANSCRIPT)
		by_transcript(q, &q->measured);
	else if (e->shown == EVIDENCE_TPM_QUOTE)
		by_tpm_quote(q, &q->measured);
	else if (e->shown == EVIDENCE_DICE)
		by_dice(q, &q->measured);
}

bool
attest_asks(struct question *q)
{
	struct evidence_facts *e = &q->facts.evidence;

	if (!q->facts.tre.path_judged || q->facts.tre.path != REASON_NONE ||
	    !evidence_at_hand(e))
		return false;
	if (!is_unmeasured(q))
		return true;
	e->measurement = MEASUREMENT_IS_NOT_ASKED;
	return false;
}

int
attest_judge(struct question *q)
{
	return !attest_asks(q)
	    ? 0
	    : db_decision_evidence(q->req->db, span_of(q->tre_sha256, 32),
		  buf_str(&q->measured), q->r.firmware, &q->clock, &q->facts);
}
