/*
 * What both keys of a device sign.  The context's canonical form (RFC 8785) is
 * JSON that says the same and whose canonical form it is; and from the octets
 * of a transcript every part can be had again, so that no two questions have
 * the same.  The first octet says which.
 */

#include <string.h>

#include "policy/canon.h"
#include "policy/transcript.h"
#include "tests/fuzz/fuzz.h"

#define LABEL 15

static json_t *
load(struct span s)
{
	return json_loadb((const char *)s.p, s.n,
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
}

static void
check_canon(struct span s)
{
	struct buf once = BUF_EMPTY, twice = BUF_EMPTY;
	json_t *v = load(s), *again;

	if (v == NULL)
		return;
	if (canon_write(&once, v) == 0) {
		again = load(buf_span(&once));
		must(again != NULL && json_equal(v, again));
		must(canon_write(&twice, again) == 0);
		must(span_equal(buf_span(&once), buf_span(&twice)));
		json_decref(again);
	} else
		must(once.n == 0);
	json_decref(v);
	buf_free(&once);
	buf_free(&twice);
}

/* The next text of the input, up to a line's end. */
static const char *
take_text(struct span *s, char text[512])
{
	size_t n = 0;

	while (n < s->n && n < 511 && s->p[n] != '\n' && s->p[n] != '\0')
		n++;
	memcpy(text, s->p, n);
	text[n] = '\0';
	*s = n < s->n ? span_of(s->p + n + 1, s->n - n - 1) : span_of(s->p, 0);
	return text;
}

static void
is_text(struct span *s, const char *text)
{
	size_t n = strlen(text);

	must(s->n > n && s->p[0] == n && memcmp(s->p + 1, text, n) == 0);
	*s = span_of(s->p + 1 + n, s->n - 1 - n);
}

static void
check_octets(struct span s)
{
	char texts[3][512];
	uint8_t parts[4][32] = { { 0 } };
	struct buf out = BUF_EMPTY;
	struct transcript t = { .operator= take_text(&s, texts[0]),
		.purpose = take_text(&s, texts[1]),
		.mode = take_text(&s, texts[2]) };
	size_t i;

	for (i = 0; i < 4; i++)
		memcpy(parts[i], s.p, s.n < 32 ? s.n : 32);
	t.challenge = span_of(parts[0], 32);
	t.tre_sha256 = span_of(parts[1], s.n > 0 && s.p[0] % 2 == 0 ? 32 : 0);
	t.platform_sha256 = span_of(parts[2], 32);
	t.context_sha256 = span_of(parts[3], 32);
	if (transcript_write(&out, &t) == 0) {
		s = span_of(out.p + LABEL + 32, out.n - LABEL - 32);
		must(memcmp(out.p + LABEL, parts[0], 32) == 0);
		is_text(&s, t.operator);
		is_text(&s, t.purpose);
		is_text(&s, t.mode);
		must(s.n == 96);
	} else
		must(out.n == 0);
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	if (n == 0)
		return 0;
	if (p[0] % 2 == 0)
		check_canon(span_of(p + 1, n - 1));
	else
		check_octets(span_of(p + 1, n - 1));
	return 0;
}
