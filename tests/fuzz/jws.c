/*
 * Signed texts from anybody: statements, receipts, lots' headers, reports.
 * What is taken apart lies within what was sent and goes together again as the
 * same octets: there is one text for what was signed.  No receipt that a
 * fuzzer makes holds.
 */

#include <string.h>

#include "base/enc.h"
#include "base/err.h"
#include "key/jws.h"
#include "registry/receipt.h"
#include "tests/fuzz/fuzz.h"

static void
put_together(const struct jws *j, struct span text)
{
	struct buf again = BUF_EMPTY;

	buf_put_span(&again, j->signed_header);
	buf_putc(&again, '.');
	base64url_encode(&again, buf_span(&j->payload));
	buf_putc(&again, '.');
	base64url_encode(&again, span_of(j->signature, j->signature_length));
	must(span_equal(buf_span(&again), text));
	buf_free(&again);
}

static void
ask_key(const struct jws *j)
{
	static struct key *key;

	if (key == NULL)
		key = key_generate(KEY_P256);
	must(key != NULL);
	must(jws_verify(j, key) == -1);
	must(jws_verify_detached(j, key, buf_span(&j->payload)) == -1);
}

static void
read_receipt(struct span text)
{
	struct receipt_text r;

	if (receipt_text_parse(text, &r) == 0)
		must(r.exp > r.iat && r.iat > 0 && r.issuer != NULL &&
		    r.audience != NULL && r.id != NULL && r.verdict != NULL &&
		    json_is_object(r.decision));
	else
		must(err_kind() == ERR_INPUT &&
		    strcmp(err_code(), "RECEIPT_MALFORMED") == 0);
	receipt_text_free(&r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct span text = span_of(p, n);
	struct jws j;

	if (jws_split(text, n, &j) == 0) {
		must(json_is_object(j.header));
		must(j.signature_length <= KEY_RAW_MAX);
		put_together(&j, text);
		(void)jws_check_header(&j, "eat+jwt", "s:x5t#S256");
		ask_key(&j);
		jws_free(&j);
	}
	read_receipt(text);
	return 0;
}
