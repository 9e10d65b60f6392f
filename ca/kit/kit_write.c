/*
 * A kit's content in DER; the last element first.
 */

#include <stdlib.h>

#include "kit/kit.h"
#include "x509/der.h"

static void
put_enum(struct der *w, unsigned value)
{
	der_put_octet(w, (uint8_t)value);
	der_put_header(w, DER_ENUMERATED, 1);
}

static void
put_text(struct der *w, const char *text)
{
	der_put_tlv(w, DER_UTF8, span_str(text));
}

static void
put_time(struct der *w, int64_t t)
{
	der_put_uint(w, t < 0 ? 0 : (uint64_t)t);
}

static void
put_windows(struct der *w, const struct kit_windows *windows)
{
	size_t mark = der_mark(w), one, i;

	for (i = windows->n; i-- > 0;) {
		one = der_mark(w);
		put_time(w, windows->all[i].to);
		put_time(w, windows->all[i].from);
		der_wrap(w, DER_SEQUENCE, one);
	}
	der_wrap(w, DER_SEQUENCE, mark);
}

static void
put_issuer(struct der *w, const struct kit_issuer *is)
{
	size_t mark = der_mark(w), layers, i;

	der_put_tlv(w, DER_OCTET_STRING, is->listed);
	layers = der_mark(w);
	for (i = is->nlayers; i-- > 0;)
		der_put_tlv(w, DER_OCTET_STRING, is->layers[i]);
	der_wrap(w, DER_SEQUENCE, layers);
	der_put_bool(w, is->delegated);
	put_enum(w, is->standing);
	der_put_tlv(w, DER_OCTET_STRING, is->sha256);
	der_put_tlv(w, DER_OCTET_STRING, is->key_id);
	der_wrap(w, DER_SEQUENCE, mark);
}

static void
put_model(struct der *w, const struct kit_model *m)
{
	const struct coc_facts *c = &m->coc;
	size_t mark = der_mark(w);

	put_windows(w, &m->accredited);
	der_put_bool(w, c->supplier_active);
	put_enum(w, c->declaration);
	put_enum(w, c->on_withdrawn);
	put_enum(w, c->on_suspended);
	put_enum(w, c->on_expired);
	der_put_uint(w, c->grace_days < 0 ? 0 : (uint64_t)c->grace_days);
	put_time(w, c->expires);
	put_time(w, c->since);
	put_enum(w, c->now);
	put_text(w, c->number);
	put_text(w, m->platform);
	put_text(w, m->organisation);
	put_text(w, m->handle);
	der_wrap(w, DER_SEQUENCE, mark);
}

static void
put_site(struct der *w, const struct kit_site *s)
{
	size_t mark = der_mark(w);

	put_windows(w, &s->accredited);
	put_text(w, s->coc);
	der_wrap(w, DER_SEQUENCE, mark);
}

static void
put_measure(struct der *w, const struct kit_measure *m)
{
	size_t mark = der_mark(w);

	put_text(w, m->fact.to);
	put_text(w, m->fact.from);
	put_text(w, m->fact.least_firmware);
	put_time(w, m->fact.since);
	put_enum(w, m->fact.effect);
	put_text(w, reason_get(m->fact.reason)->code);
	put_text(w, m->scope);
	put_enum(w, m->kind);
	put_text(w, m->fact.number);
	der_wrap(w, DER_SEQUENCE, mark);
}

static void
put_cohort(struct der *w, const struct kit_cohort *c)
{
	size_t mark = der_mark(w);

	put_enum(w, c->standing);
	put_text(w, c->scope);
	put_enum(w, c->kind);
	der_wrap(w, DER_SEQUENCE, mark);
}

#define PUT_ALL(w, put, array, n)                                              \
	do {                                                                   \
		size_t mark_ = der_mark(w), i_;                                \
		for (i_ = (n); i_-- > 0;)                                      \
			put(w, &(array)[i_]);                                  \
		der_wrap(w, DER_SEQUENCE, mark_);                              \
	} while (0)

static void
put_kit(struct der *w, const struct kit *k)
{
	PUT_ALL(w, put_cohort, k->cohorts, k->ncohorts);
	PUT_ALL(w, put_measure, k->measures, k->nmeasures);
	PUT_ALL(w, put_site, k->sites, k->nsites);
	PUT_ALL(w, put_model, k->models, k->nmodels);
	PUT_ALL(w, put_issuer, k->issuers, k->nissuers);
	put_time(w, k->event);
	put_time(w, k->backdate);
	der_put_generalized_time(w, k->covered);
	der_put_generalized_time(w, k->next_update);
	der_put_generalized_time(w, k->issued);
	der_put_tlv(w, DER_OCTET_STRING, span_of(k->link, sizeof(k->link)));
	put_time(w, k->number);
	put_enum(w, k->kind);
	der_put_uint(w, 1);
	der_wrap(w, DER_SEQUENCE, 0);
}

/* More than enough. */
static size_t
room_for(const struct kit *k)
{
	size_t n = 1024, i, j;

	for (i = 0; i < k->nissuers; i++) {
		n += 256 + k->issuers[i].listed.n;
		for (j = 0; j < k->issuers[i].nlayers; j++)
			n += 8 + k->issuers[i].layers[j].n;
	}
	for (i = 0; i < k->nmodels; i++)
		n += sizeof(k->models[i]) + k->models[i].accredited.n * 32;
	for (i = 0; i < k->nsites; i++)
		n += sizeof(k->sites[i]) + k->sites[i].accredited.n * 32;
	return n + k->nmeasures * (sizeof(*k->measures) + 64) +
	    k->ncohorts * (sizeof(*k->cohorts) + 16);
}

int
kit_write(const struct kit *k, struct buf *out)
{
	size_t size = room_for(k);
	uint8_t *space = xcalloc(1, size);
	struct span done;
	struct der w;
	int rc;

	der_start(&w, space, size);
	put_kit(&w, k);
	if ((rc = der_done(&w, &done)) == 0)
		buf_put_span(out, done);
	free(space);
	return rc;
}
