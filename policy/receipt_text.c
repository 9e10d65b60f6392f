/*
 * What is said of a device, as text: written without a tree of it, which takes
 * longer to make than all else that is judged.  A receipt has its members as
 * they are told, a batch's leaf in canonical order (canon.h).
 */

#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "policy/canon.h"
#include "policy/receipt.h"
#include "policy/receipt_inside.h"

/* An object. */
static void
put_members(struct saying *s, const struct members *members)
{
	const struct member *m =
	    s->batch != NULL ? members->sorted : members->told;
	size_t i, mark, begin = s->out->n;

	buf_putc(s->out, '{');
	for (i = 0; i < members->n; i++) {
		mark = s->out->n;
		buf_puts(s->out, mark == begin + 1 ? "\"" : ",\"");
		buf_puts(s->out, m[i].name);
		buf_puts(s->out, "\":");
		if (!m[i].put(s))
			s->out->n = mark;
	}
	buf_putc(s->out, '}');
}

/* ---- values */

bool
receipt_put_text(struct saying *s, const char *text)
{
	if (text == NULL)
		return false;
	canon_write_text(s->out, text);
	return true;
}

bool
receipt_put_null(struct saying *s)
{
	buf_puts(s->out, "null");
	return true;
}

bool
receipt_put_number(struct saying *s, int64_t n)
{
	char digits[24], *p = digits + sizeof(digits);
	uint64_t left = n < 0 ? -(uint64_t)n : (uint64_t)n;

	do
		*--p = (char)('0' + left % 10);
	while ((left /= 10) > 0);
	if (n < 0)
		*--p = '-';
	buf_put(s->out, p, (size_t)(digits + sizeof(digits) - p));
	return true;
}

bool
receipt_put_hex(struct saying *s, struct span octets)
{
	if (octets.n == 0)
		return receipt_put_null(s);
	buf_putc(s->out, '"');
	hex_encode(s->out, octets);
	buf_putc(s->out, '"');
	return true;
}

/* "name":value, with what stands before it */
void
receipt_put_named(struct saying *s, const char *name, const char *text)
{
	buf_puts(s->out, name);
	(void)receipt_put_text(s, text);
}

static bool
put_decision(struct saying *s)
{
	put_members(s, &receipt_decision);
	return true;
}

/* ---- each module */

static void
put_tier(struct saying *s, const char *name, int tier)
{
	buf_puts(s->out, name);
	(void)receipt_put_number(s, tier);
}

/* Its tier, and the vector behind it. */
static bool
put_module(struct saying *s, const struct side_facts *side)
{
	const struct facts *f = s->r->facts;
	struct receipt_vector v = receipt_vector(f, side);
	bool canonical = s->batch != NULL, tre = side == &f->tre;

	put_tier(s,
	    "{\"ear.status\":", receipt_tier(s->r->verdict, side->possession));
	buf_puts(s->out, ",\"ear.trustworthiness-vector\":{");
	if (tre && canonical)
		put_tier(s, "\"executables\":", v.executables);
	if (canonical)
		put_tier(
		    s, tre ? ",\"hardware\":" : "\"hardware\":", v.hardware);
	put_tier(s,
	    canonical ? ",\"instance-identity\":" : "\"instance-identity\":",
	    v.identity);
	if (!canonical)
		put_tier(s, ",\"hardware\":", v.hardware);
	if (tre && !canonical)
		put_tier(s, ",\"executables\":", v.executables);
	buf_puts(s->out, "}}");
	return true;
}

static bool
put_tre_module(struct saying *s)
{
	return s->r->facts->mode == MODE_PLATFORM_ONLY
	    ? receipt_put_text(s, "not_evaluated")
	    : put_module(s, &s->r->facts->tre);
}

static bool
put_platform_module(struct saying *s)
{
	return put_module(s, &s->r->facts->platform);
}

static const struct member modules_told[] = {
	{ "tre", put_tre_module },
	{ "platform", put_platform_module },
};
static struct members module_members = MEMBERS(modules_told);

static bool
put_modules(struct saying *s)
{
	put_members(s, &module_members);
	return true;
}

/* ---- around it */

static bool
put_nonces(struct saying *s)
{
	const struct receipt *r = s->r;

	buf_putc(s->out, '[');
	if (r->operator_nonce != NULL)
		(void)receipt_put_text(s, r->operator_nonce);
	if (r->challenge.n > 0) {
		buf_puts(s->out, r->operator_nonce != NULL ? ",\"" : "\"");
		base64url_encode(s->out, r->challenge);
		buf_putc(s->out, '"');
	}
	buf_putc(s->out, ']');
	return true;
}

static bool
put_issuer(struct saying *s)
{
	return receipt_put_text(s, s->r->issuer);
}

static bool
put_audience(struct saying *s)
{
	return receipt_put_text(s, s->r->operator);
}

static bool
put_id(struct saying *s)
{
	return receipt_put_text(s, s->r->id);
}

static bool
put_issued(struct saying *s)
{
	return receipt_put_number(s, s->r->now);
}

static bool
put_end(struct saying *s)
{
	return receipt_put_number(s, s->r->now + RECEIPT_SECONDS);
}

static bool
put_batch(struct saying *s)
{
	return receipt_put_text(s, s->batch);
}

static bool
put_index(struct saying *s)
{
	return receipt_put_number(s, s->index);
}

static const struct member receipt_told[] = {
	{ "iss", put_issuer },
	{ "aud", put_audience },
	{ "jti", put_id },
	{ "iat", put_issued },
	{ "exp", put_end },
	{ "eat_nonce", put_nonces },
	{ "submods", put_modules },
	{ "decision", put_decision },
};
static struct members receipt_members = MEMBERS(receipt_told);

static const struct member item_told[] = {
	{ "batch", put_batch },
	{ "index", put_index },
	{ "jti", put_id },
	{ "eat_nonce", put_nonces },
	{ "submods", put_modules },
	{ "decision", put_decision },
};
static struct members item_members = MEMBERS(item_told);

static int
compare(const void *a, const void *b)
{
	return strcmp(
	    ((const struct member *)a)->name, ((const struct member *)b)->name);
}

/* All names are ASCII. */
static void
sort(struct members *m)
{
	memcpy(m->sorted, m->told, m->n * sizeof(m->told[0]));
	qsort(m->sorted, m->n, sizeof(m->sorted[0]), compare);
}

static void __attribute__((constructor)) sort_all(void)
{
	sort(&receipt_decision);
	sort(&module_members);
	sort(&item_members);
}

void
receipt_write_claims(struct buf *out, const struct receipt *r)
{
	struct saying s = { .out = out, .r = r };

	put_members(&s, &receipt_members);
}

void
receipt_write_item(
    struct buf *out, const struct receipt *r, const char *batch, int index)
{
	struct saying s = { out, r, batch, index };

	put_members(&s, &item_members);
}
