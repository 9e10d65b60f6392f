/*
 * Certificates of a batch: built, inspected, signed.
 */

#include <stdlib.h>

#include "authority/batch.h"
#include "authority/kept.h"
#include "base/err.h"
#include "issue/template.h"

/*
 * A terminal's certificate names the hardware platform of its TrE, so a lot
 * may need some few templates.
 */
#define PLATFORMS_MAX 32
/* SEQUENCE and a length of two octets: what is cut is as long as that. */
#define HEADER_SIZE 4
struct templates {
	struct template_spec spec[PLATFORMS_MAX];
	struct template *made[PLATFORMS_MAX];
	size_t n;
};

/* Certificates being made: all that the threads share, which none changes. */
struct building {
	struct templates t;
	const struct batch *b;
	struct template_row *rows; /* one a certificate */
	char (*tac)[9];
};

static int template_for(struct templates *, const struct template_spec *,
    struct span platform, size_t *);
static int prepare(struct authority *, const struct lot *, struct issuer *,
    struct batch *, struct building *);
static int lint_one(void *, size_t);
static int sign_one(void *, size_t);
static void building_free(struct building *);

/* The template for that platform, made when it is first needed. */
static int
template_for(struct templates *t, const struct template_spec *spec,
    struct span platform, size_t *which)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (span_equal(
			t->spec[i].terminal.hardware_platform, platform)) {
			*which = i;
			return 0;
		}
	if (t->n == PLATFORMS_MAX)
		return err_set(ERR_INTERNAL,
		    "more than %d hardware platforms in one lot",
		    PLATFORMS_MAX);
	t->spec[i] = *spec;
	t->spec[i].terminal.hardware_platform = platform;
	if ((t->made[i] = template_new(&t->spec[i])) == NULL)
		return -1;
	t->n++;
	*which = i;
	return 0;
}

int
batch_lint_begin(struct authority *a, const struct lot *l, struct issuer *by,
    struct batch *b)
{
	size_t n = (size_t)b->good;
	struct building *c = xcalloc(1, sizeof(*c));

	c->b = b;
	b->made = xcalloc(n, sizeof(b->made[0]));
	c->rows = xcalloc(n, sizeof(c->rows[0]));
	c->tac = xcalloc(n, sizeof(c->tac[0]));
	if (prepare(a, l, by, b, c) == -1) {
		building_free(c);
		return -1;
	}
	b->making = c;
	pool_begin(a->pool, n, lint_one, c);
	return 0;
}

/* Lint has looked at all of them before the first is signed. */
int
batch_sign_begin(struct authority *a, struct batch *b)
{
	if (b->making == NULL || b->signing)
		return 0;
	if (pool_join(a->pool) == -1) {
		building_free(b->making);
		b->making = NULL;
		return -1;
	}
	b->signing = true;
	pool_begin(a->pool, (size_t)b->good, sign_one, b->making);
	return 0;
}

int
batch_sign_soon(struct authority *a, struct batch *b)
{
	return pool_has_ended(a->pool) ? batch_sign_begin(a, b) : 0;
}

int
batch_build(struct authority *a, const struct lot *l, struct issuer *by,
    struct batch *b)
{
	if (batch_lint_begin(a, l, by, b) == -1)
		return -1;
	return batch_sign_begin(a, b);
}

int
batch_keep(struct authority *a, struct batch *b)
{
	struct made *m;
	int i;

	for (i = 0; b->making != NULL && i < b->good; i++) {
		m = &b->made[i];
		if (m->cut.cut &&
		    kept_template(a, b->lot->coc_id,
			b->making->t.made[m->template], &m->cut,
			buf_span(&m->linted), &m->template_id) == -1)
			return -1;
	}
	return 0;
}

int
batch_make_end(struct authority *a, struct batch *b)
{
	int rc;

	if (b->making == NULL)
		return 0;
	rc = pool_join(a->pool);
	building_free(b->making);
	b->making = NULL;
	return rc;
}

static void
building_free(struct building *c)
{
	while (c->t.n > 0)
		template_free(c->t.made[--c->t.n]);
	free(c->rows);
	free(c->tac);
	free(c);
}

/* All that goes into them but the signatures. */
static int
prepare(struct authority *a, const struct lot *l, struct issuer *by,
    struct batch *b, struct building *c)
{
	struct template_spec spec;
	struct template_row *row;
	struct made *m;
	int64_t now = b->now;
	int i, n = 0;

	if (now == 0 && authority_now(a, &now) == -1)
		return -1;
	spec = batch_spec(a, l, by, b->from_site, now);
	for (i = 0; i < b->n; i++) {
		if (b->rows[i].reason != NULL)
			continue;
		m = &b->made[n];
		row = &c->rows[n];
		m->row = i;
		row->index = (uint64_t)(b->range.first + n);
		serial_make(
		    a->serials, (uint32_t)by->row.id, row->index, m->serial);
		row->serial = span_of(m->serial, SERIAL_SIZE);
		m->not_before = spec.not_before;
		batch_row_terms(l, b, i, row, c->tac[n]);
		if (template_for(
			&c->t, &spec, batch_platform(b, i), &m->template) == -1)
			return -1;
		n++;
	}
	return 0;
}

/* In any thread: built, and looked at by other code. */
static int
lint_one(void *ctx, size_t i)
{
	struct building *c = ctx;
	struct made *m = &c->b->made[i];
	struct template_linted linted;
	uint8_t space[CERT_MAX];

	if (template_prepare(c->t.made[m->template], &c->rows[i], space,
		sizeof(space), &linted) == -1)
		return -1;
	buf_put_span(&m->linted, linted.content);
	template_cut(
	    c->t.made[m->template], &c->rows[i], linted.content, &m->cut);
	return 0;
}

static int
sign_one(void *ctx, size_t i)
{
	struct building *c = ctx;
	struct made *m = &c->b->made[i];
	struct template_linted linted = { .content = buf_span(&m->linted) };
	uint8_t space[CERT_MAX];
	struct span der;

	if (template_sign(c->t.made[m->template], &linted, space, sizeof(space),
		&der) == -1)
		return -1;
	hash_sha256(der, m->sha256);
	buf_put_span(&m->der, der);
	m->signature = HEADER_SIZE +
	    template_octets(c->t.made[m->template], buf_span(&m->linted));
	return 0;
}
