/*
 * Is this receipt the answer to that question?
 */

#include <string.h>

#include "base/enc.h"
#include "base/err.h"
#include "key/hash.h"
#include "registry/receipt_answer.h"

/* How far the two clocks may be apart. */
#define SKEW 60

static int
other(const char *what)
{
	return err_set_code(ERR_DENIED, "RECEIPT_OTHER",
	    "the receipt is of another question: %s", what);
}

static bool
is_text(const json_t *v, const char *text)
{
	return json_is_string(v) && text != NULL &&
	    strlen(text) == json_string_length(v) &&
	    strcmp(json_string_value(v), text) == 0;
}

static int
check_parties(const struct receipt_text *r, const struct receipt_asked *asked)
{
	if (strcmp(r->audience, asked->operator) != 0)
		return other("it is for another operator");
	if (asked->issuer != NULL && strcmp(r->issuer, asked->issuer) != 0)
		return other("it is issued by another system");
	if (strlen(r->id) != 36 ||
	    strspn(r->id, "0123456789abcdef-") != strlen(r->id))
		return other("its number is none");
	return 0;
}

static int
check_hash(const json_t *v, struct span octets, const char *what)
{
	struct buf hex = BUF_EMPTY;
	uint8_t digest[32];
	bool same;

	if (octets.p == NULL)
		return json_is_null(v) ? 0 : other(what);
	hash_sha256(octets, digest);
	hex_encode(&hex, span_of(digest, sizeof(digest)));
	same = is_text(v, buf_str(&hex));
	buf_free(&hex);
	return same ? 0 : other(what);
}

/* The operator's, then ours, and no other. */
static int
check_nonces(const struct receipt_text *r, const struct receipt_asked *asked)
{
	const json_t *list = json_object_get(r->claims, "eat_nonce");
	struct buf text = BUF_EMPTY;
	size_t n = 0;
	bool same = true;

	base64url_encode(&text, asked->challenge);
	if (asked->nonce != NULL)
		same = is_text(json_array_get(list, n++), asked->nonce);
	if (asked->challenge.n > 0)
		same =
		    is_text(json_array_get(list, n++), buf_str(&text)) && same;
	same = same && json_array_size(list) == n;
	buf_free(&text);
	return same ? 0 : other("its nonces are not ours");
}

static int
check_question(const struct receipt_text *r, const struct receipt_asked *asked)
{
	const json_t *d = r->decision;

	if (d == NULL)
		return other("it is of no decision");
	if (!is_text(json_object_get(d, "request_id"), asked->request_id))
		return other("its request id");
	if (strcmp(r->purpose, asked->purpose) != 0 ||
	    (asked->mode != NULL && strcmp(r->mode, asked->mode) != 0))
		return other("its purpose or its mode");
	if (check_hash(json_object_get(d, "request_sha256"), asked->body,
		"the request's hash") == -1 ||
	    check_hash(json_object_get(d, "tre_certificate_sha256"), asked->tre,
		"the TrE's certificate") == -1 ||
	    check_hash(json_object_get(d, "platform_certificate_sha256"),
		asked->terminal, "the terminal's certificate") == -1)
		return -1;
	return check_nonces(r, asked);
}

static int
check_time(const struct receipt_text *r, int64_t now)
{
	if (r->iat > now + SKEW || r->exp <= now || r->iat < now - 10 * SKEW)
		return err_set_code(ERR_DENIED, "RECEIPT_TIME",
		    "the receipt is not of now: is a clock wrong?");
	return 0;
}

int
receipt_check_answer(const struct receipt_text *r,
    const struct receipt_asked *asked, int64_t now)
{
	if (check_parties(r, asked) == -1 || check_question(r, asked) == -1)
		return -1;
	return check_time(r, now);
}
