/*
 * The form of a question: what an operator may say, and nothing else.
 */

#include <stdio.h>
#include <string.h>

#include "api/decision_request.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/err.h"
#include "key/key.h"
#include "key/uuid.h"
#include "registry/consent.h"

#define CERTIFICATE_MOST 8192
#define SIGNATURE_MOST	 KEY_SIGNATURE_MAX
#define CHAIN_MOST	 3
#define QUOTE_MOST	 1024

bool
imei_valid(const char *imei)
{
	int i, d, sum = 0;

	if (strlen(imei) != 15 || strspn(imei, "0123456789") != 15)
		return false;
	for (i = 0; i < 15; i++) {
		d = imei[i] - '0';
		if (i % 2 == 1)
			d *= 2;
		sum += d > 9 ? d - 9 : d;
	}
	return sum % 10 == 0;
}

static void
parse_chain(struct fields *f, const char *name, size_t most,
    struct decision_chain *chain)
{
	json_t *list =
	    fields_texts_opt(f, name, most, CERTIFICATE_MOST * 4 / 3 + 4);
	size_t i;

	for (i = 0; i < json_array_size(list); i++) {
		if (base64_decode(&chain->der[i],
			fields_text_whole(f, json_array_get(list, i))) == -1) {
			fields_refuse(f, name,
			    "must be base64 (RFC 4648 "
			    "section 4)");
			return;
		}
		chain->n++;
	}
}

/* What firmware, debug port and tamper detection say. */
static void
parse_claims(struct decision_request *r)
{
	struct fields *f = &r->claims_fields;

	if ((r->claims = fields_object_opt(&r->evidence, "claims")) == NULL)
		return;
	r->has_claims = true;
	fields_of(f, r->claims, "claims");
	r->firmware = fields_text_opt(f, "firmware", 1, FIRMWARE_MAX);
	r->debug = fields_word_opt(f, "debug",
	    "disabled|disabled_since_boot|disabled_permanently|enabled");
	r->tamper = fields_word_opt(f, "tamper", "none|detected");
	r->measurements = fields_texts_opt(f, "measurements", 32, 128);
}

/* A TPM's or a DICE chain, instead of a signature by the TrE's own key. */
static void
parse_kind(struct decision_request *r)
{
	struct fields *f = &r->evidence, *q = &r->quote;
	json_t *quote = fields_object_opt(f, "tpm_quote");

	parse_chain(f, "dice", DECISION_CHAIN_MAX, &r->dice);
	r->shown = r->dice.n > 0 ? EVIDENCE_DICE : EVIDENCE_TRANSCRIPT;
	if (quote == NULL)
		return;
	r->shown = EVIDENCE_TPM_QUOTE;
	r->has_quote = true;
	fields_of(q, quote, "tpm_quote");
	fields_base64(q, "attest", 1, QUOTE_MOST, &r->quote_attest);
	fields_base64(q, "signature", 1, QUOTE_MOST, &r->quote_signature);
	if (r->tre_signature.n > 0)
		fields_refuse(f, "tre_signature",
		    "has no place beside tpm_quote, by which the TrE signs");
	if (r->dice.n > 0)
		fields_refuse(f, "dice", "has no place beside tpm_quote");
}

static void
parse_evidence(struct decision_request *r)
{
	struct fields *f = &r->evidence;
	bool must = r->purpose != PURPOSE_PRECHECK;
	json_t *object;

	object = must ? fields_object(&r->fields, "evidence")
		      : fields_object_opt(&r->fields, "evidence");
	if (object == NULL)
		return;
	r->has_evidence = true;
	fields_of(f, object, "evidence");
	(void)fields_base64_opt(
	    f, "tre_signature", 8, SIGNATURE_MOST, &r->tre_signature);
	(void)fields_base64_opt(
	    f, "platform_signature", 8, SIGNATURE_MOST, &r->platform_signature);
	r->signed_at_text = fields_text(f, "signed_at", 20, 32);
	if (r->signed_at_text != NULL &&
	    clock_parse(span_str(r->signed_at_text), &r->signed_at) == -1)
		fields_refuse(f, "signed_at",
		    "must be a time in UTC such as 2026-11-24T02:03:04Z");
	r->validation =
	    fields_word(f, "validation", "autonomous|semi_autonomous|remote");
	parse_kind(r);
	parse_claims(r);
}

static void
parse_device(struct decision_request *r)
{
	struct fields *f = &r->device_fields;

	if ((r->device = fields_object_opt(&r->fields, "device")) == NULL)
		return;
	r->has_device = true;
	fields_of(f, r->device, "device");
	r->imei = fields_text_opt(f, "imei", 15, 15);
	r->tac = fields_text_opt(f, "tac", 8, 8);
	if (r->imei != NULL && !imei_valid(r->imei))
		fields_refuse(f, "imei",
		    "must be 15 digits with a right "
		    "check digit (3GPP TS 23.003)");
	if (r->tac != NULL && strspn(r->tac, "0123456789") != 8)
		fields_refuse(f, "tac", "must be 8 digits");
}

/* Who has it, and its word; a precheck may ask about that, too. */
static void
parse_migration(struct decision_request *r)
{
	struct fields *f = &r->migration;
	json_t *object = fields_object_opt(&r->fields, "migration");

	if (object == NULL)
		return;
	r->has_migration = true;
	fields_of(f, object, "migration");
	r->current_operator = fields_handle(f, "current_operator");
	r->consent = fields_text_opt(f, "consent", 1, CONSENT_MAX);
	if (r->purpose != PURPOSE_CHANGE_OF_OPERATOR &&
	    r->purpose != PURPOSE_PRECHECK)
		fields_refuse(&r->fields, "migration",
		    "has its place with purpose change_of_operator or "
		    "precheck");
}

/* What all items of a batch have in common. */
static void
parse_asked(struct fields *f, struct decision_request *r)
{
	r->purpose_text = fields_word(f, "purpose",
	    "initial_download|change_of_operator|reprovision|precheck");
	r->purpose = purpose_find(r->purpose_text);
	/* left out: question.c says which it is then */
	r->mode_text =
	    fields_word_opt(f, "mode", "tre_and_platform|platform_only");
	if (r->mode_text != NULL)
		r->mode = strcmp(r->mode_text, "platform_only") == 0
		    ? MODE_PLATFORM_ONLY
		    : MODE_TRE_AND_PLATFORM;
	if (r->purpose == PURPOSE_PRECHECK)
		(void)fields_base64_opt(f, "challenge", 32, 32, &r->challenge);
	else
		fields_base64(f, "challenge", 32, 32, &r->challenge);
	r->operator_nonce = fields_text_opt(f, "operator_nonce", 8, 64);
	r->max_status_age = fields_int_opt(f, "max_status_age", 1, 86400, 0);
}

static void
parse_shown(struct decision_request *r)
{
	struct fields *f = &r->fields;

	parse_chain(f, "tre_chain", CHAIN_MOST, &r->tre);
	parse_chain(f, "platform_chain", CHAIN_MOST, &r->platform);
	if (r->mode == MODE_PLATFORM_ONLY && r->tre.n > 0)
		fields_refuse(
		    f, "tre_chain", "has no place in mode platform_only");
}

/* What is about the device, and the end of it. */
static int
parse_rest(struct decision_request *r)
{
	char why[512];

	parse_shown(r);
	parse_evidence(r);
	parse_device(r);
	parse_migration(r);
	if ((!r->has_claims || fields_end(&r->claims_fields) == 0) &&
	    (!r->has_quote || fields_end(&r->quote) == 0) &&
	    (!r->has_evidence || fields_end(&r->evidence) == 0) &&
	    (!r->has_device || fields_end(&r->device_fields) == 0) &&
	    (!r->has_migration || fields_end(&r->migration) == 0) &&
	    fields_end(&r->fields) == 0)
		return 0;
	/* check 1's code, with the sentence that names the field */
	(void)snprintf(why, sizeof(why), "%s", err_text());
	return err_set_code(ERR_INPUT, "REQUEST_MALFORMED", "%s", why);
}

static int
parse_single(struct decision_request *r)
{
	struct fields *f = &r->fields;

	r->request_id = fields_text(f, "request_id", 36, 36);
	if (r->request_id != NULL && !uuid_valid(r->request_id))
		fields_refuse(
		    f, "request_id", "must be a UUID in lower case (RFC 9562)");
	parse_asked(f, r);
	return parse_rest(r);
}

/* Nothing is read yet; one of a batch has much from its head. */
static void
begin(struct decision_request *r, const struct decision_head *h,
    struct span challenge)
{
	memset(r, 0, sizeof(*r));
	if (h == NULL)
		return;
	r->purpose_text = h->asked.purpose_text;
	r->purpose = h->asked.purpose;
	r->mode_text = h->asked.mode_text;
	r->mode = h->asked.mode;
	r->operator_nonce = h->asked.operator_nonce;
	r->max_status_age = h->asked.max_status_age;
	buf_put_span(&r->challenge, challenge);
}

static int
parse_all(struct decision_request *r, const struct decision_head *h)
{
	return h == NULL ? parse_single(r) : parse_rest(r);
}

/*
 * With its certificates put aside; when anything is amiss, once more as it
 * came, to say what.
 */
static int
parse(struct span json, const struct decision_head *h, struct span challenge,
    struct decision_request *r)
{
	struct json_long aside;
	int rc = -1;

	begin(r, h, challenge);
	if (json_long_take(&aside, json)) {
		fields_open_long(&r->fields, &aside);
		rc = parse_all(r, h);
		r->fields.texts = NULL;
	}
	json_long_free(&aside);
	if (rc == 0)
		return 0;
	decision_request_free(r);
	begin(r, h, challenge);
	fields_open(&r->fields, json);
	return parse_all(r, h);
}

int
decision_request_parse(struct span body, struct decision_request *r)
{
	return parse(body, NULL, span_of(NULL, 0), r);
}

int
decision_head_parse(struct span line, struct decision_head *h)
{
	struct fields *f = &h->asked.fields;
	char why[512];

	memset(h, 0, sizeof(*h));
	fields_open(f, line);
	h->batch = fields_text(f, "batch", 36, 36);
	if (h->batch != NULL && !uuid_valid(h->batch))
		fields_refuse(
		    f, "batch", "must be a UUID in lower case (RFC 9562)");
	h->items = (int)fields_int(f, "items", 1, DECISION_BATCH_MAX);
	parse_asked(f, &h->asked);
	if (fields_end(f) == 0)
		return 0;
	(void)snprintf(why, sizeof(why), "line 1: %s", err_text());
	return err_set_code(ERR_INPUT, "BATCH_MALFORMED", "%s", why);
}

int
decision_item_parse(struct span line, const struct decision_head *h,
    struct span challenge, struct decision_request *r)
{
	return parse(line, h, challenge, r);
}

void
decision_head_free(struct decision_head *h)
{
	decision_request_free(&h->asked);
}

static void
chain_free(struct decision_chain *chain)
{
	size_t i;

	for (i = 0; i < DECISION_CHAIN_MAX; i++)
		buf_free(&chain->der[i]);
}

void
decision_request_free(struct decision_request *r)
{
	buf_free(&r->challenge);
	chain_free(&r->tre);
	chain_free(&r->platform);
	buf_free(&r->tre_signature);
	buf_free(&r->platform_signature);
	buf_free(&r->quote_attest);
	buf_free(&r->quote_signature);
	chain_free(&r->dice);
	if (r->has_quote)
		fields_free(&r->quote);
	if (r->has_claims)
		fields_free(&r->claims_fields);
	if (r->has_evidence)
		fields_free(&r->evidence);
	if (r->has_device)
		fields_free(&r->device_fields);
	if (r->has_migration)
		fields_free(&r->migration);
	fields_free(&r->fields);
}
