/*
 * Questions from operators, before anything is known of who asks: what is
 * taken keeps the form that the judging relies on, what is refused is refused
 * as malformed, with a sentence.  The same of a batch's first line, and of its
 * items.
 */

#include <string.h>

#include "api/decision_request.h"
#include "base/err.h"
#include "key/key.h"
#include "tests/fuzz/fuzz.h"

static void
check_chain(const struct decision_chain *chain)
{
	size_t i;

	must(chain->n <= DECISION_CHAIN_MAX);
	for (i = 0; i < chain->n; i++)
		must(chain->der[i].n <= 8192);
}

static void
check_device(const struct decision_request *r)
{
	must(r->imei == NULL || imei_valid(r->imei));
	must(r->tac == NULL || strlen(r->tac) == 8);
	must(r->firmware == NULL || strlen(r->firmware) <= FIRMWARE_MAX);
}

static void
check(const struct decision_request *r)
{
	must(strlen(r->request_id) == 36);
	must(r->purpose != PURPOSE_NONE);
	must(r->challenge.n == 32 ||
	    (r->challenge.n == 0 && r->purpose == PURPOSE_PRECHECK));
	must(r->has_evidence || r->purpose == PURPOSE_PRECHECK);
	must(!r->has_evidence ||
	    (r->signed_at_text != NULL && r->validation != NULL));
	must(r->max_status_age >= 0 && r->max_status_age <= 86400);
	must(r->mode != MODE_PLATFORM_ONLY || r->tre.n == 0);
	must(r->tre_signature.n <= KEY_SIGNATURE_MAX &&
	    r->platform_signature.n <= KEY_SIGNATURE_MAX);
	check_chain(&r->tre);
	check_chain(&r->platform);
	check_device(r);
}

/* What is refused says so, and why. */
static void
is_refused(const char *code)
{
	must(err_kind() == ERR_INPUT && strcmp(err_code(), code) == 0 &&
	    err_text()[0] != '\0');
}

static void
try_head(struct span line)
{
	struct decision_head h;

	if (decision_head_parse(line, &h) == 0) {
		must(strlen(h.batch) == 36);
		must(h.items >= 1 && h.items <= DECISION_BATCH_MAX);
		must(h.asked.purpose != PURPOSE_NONE);
		must(h.asked.challenge.n == 32 ||
		    (h.asked.challenge.n == 0 &&
			h.asked.purpose == PURPOSE_PRECHECK));
		must(h.asked.tre.n == 0 && h.asked.platform.n == 0);
	} else
		is_refused("BATCH_MALFORMED");
	decision_head_free(&h);
}

static void
try_item(struct span line)
{
	static const char first[] =
	    "{\"batch\":\"0b6a2a1e-7f0c-4a53-9d5e-6f1f5a1f0c11\","
	    "\"items\":1,\"purpose\":\"change_of_operator\",\"challenge\":"
	    "\"MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=\"}";
	static const uint8_t challenge[32];
	struct decision_request r;
	struct decision_head h;

	must(decision_head_parse(span_str(first), &h) == 0);
	if (decision_item_parse(
		line, &h, span_of(challenge, sizeof(challenge)), &r) == 0) {
		must(r.request_id == NULL && r.challenge.n == 32);
		must(r.purpose == PURPOSE_CHANGE_OF_OPERATOR);
		must(r.has_evidence);
		check_chain(&r.tre);
		check_chain(&r.platform);
		check_device(&r);
	} else
		is_refused("REQUEST_MALFORMED");
	decision_request_free(&r);
	decision_head_free(&h);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct decision_request r;

	if (decision_request_parse(span_of(p, n), &r) == 0)
		check(&r);
	else
		is_refused("REQUEST_MALFORMED");
	decision_request_free(&r);
	try_head(span_of(p, n));
	try_item(span_of(p, n));
	return 0;
}
