/*
 * A plan for people to review.
 */

#include "base/clock.h"
#include "base/enc.h"
#include "ceremony/plan.h"

static void
put_crl(const struct requests *r, struct buf *out)
{
	char text[CLOCK_TEXT_MAX];

	buf_printf(out, "\n%s\nnumber: %llu\n", PLAN_CRL,
	    (unsigned long long)r->crl_number);
	buf_printf(out, "this update: %s\n", clock_write(r->this_update, text));
	buf_printf(out, "next update: %s\n", clock_write(r->next_update, text));
	buf_printf(out, "revoked: %zu\n", r->nrevoked);
	for (size_t i = 0; i < r->nrevoked; i++) {
		const struct crl_entry *e = &r->revoked[i];

		buf_puts(out, "    ");
		hex_encode(out, span_of(e->serial, e->serial_length));
		buf_printf(out, " since %s, reason %d\n",
		    clock_write(e->when, text), e->reason);
	}
}

void
plan_write_text(const struct plan *p, struct buf *out)
{
	const struct ceremony *c = p->ceremony;
	char digest[65], text[CLOCK_TEXT_MAX];

	ceremony_digest_text(c, digest);
	buf_printf(out,
	    "ceremony: %s\ndate: %s\nneeds: %zu of %zu custodians\n",
	    c->script.title, clock_write(c->script.date, text),
	    c->script.needed, c->script.ncustodians);
	ceremony_statement(c, out);
	for (size_t i = 0; i < p->n; i++) {
		buf_printf(out, "\n%s, profile %s\n", p->artefacts[i].file,
		    p->artefacts[i].profile->name);
		cert_write_text(&p->artefacts[i].cert, false, out);
	}
	if (c->requests.has_crl)
		put_crl(&c->requests, out);
	buf_printf(out, "\ndigest, to be confirmed: %s\n", digest);
}
