/*
 * Questions from operators, before anything is known of who asks: what is
 * taken keeps the form that the judging relies on, what is refused is refused
 * as malformed, with a sentence.
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

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct decision_request r;

	if (decision_request_parse(span_of(p, n), &r) == 0)
		check(&r);
	else
		must(err_kind() == ERR_INPUT &&
		    strcmp(err_code(), "REQUEST_MALFORMED") == 0 &&
		    err_text()[0] != '\0');
	decision_request_free(&r);
	return 0;
}
