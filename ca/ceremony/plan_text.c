/*
 * A plan for people to review.
 */

#include "base/clock.h"
#include "base/enc.h"
#include "ceremony/plan.h"
#include "x509/crl_read.h"

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

/* Who asks, as the signature says. */
static void
put_requests(const struct ceremony *c, struct buf *out)
{
	char text[CLOCK_TEXT_MAX];
	struct cert signer;

	buf_printf(out, "requests: number %lld of %s, ",
	    (long long)c->requests.number, clock_write(c->requests.made, text));
	if (c->signer.certificate.n == 0 ||
	    cert_parse(buf_span(&c->signer.certificate), &signer) == -1)
		buf_puts(out,
		    "NOT SIGNED: compare their SHA-256 with what the instance "
		    "says\n");
	else
		buf_printf(out, "signed by %.*s of %.*s\n",
		    (int)signer.subject.common_name.n,
		    (const char *)signer.subject.common_name.p,
		    (int)signer.subject.organisation.n,
		    (const char *)signer.subject.organisation.p);
}

/* An old one hides whom the root has revoked since: people may know. */
static void
put_previous_crl(const struct ceremony *c, struct buf *out)
{
	char text[CLOCK_TEXT_MAX];
	struct crl crl;

	if (c->in.previous_crl.n > 0 &&
	    crl_parse(buf_span(&c->in.previous_crl), &crl) == 0)
		buf_printf(out, "previous CRL: number %llu of %s\n",
		    (unsigned long long)crl.number,
		    clock_write(crl.this_update, text));
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
	put_requests(c, out);
	put_previous_crl(c, out);
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
