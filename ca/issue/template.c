/*
 * Certificates from templates: the content is put together backwards by the
 * template's steps, inspected by lint, then signed.
 */

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "issue/lint.h"
#include "issue/template_inside.h"
#include "x509/oid.h"

/* Behind the content: algorithm, BIT STRING header, signature. */
#define SIGNATURE_ROOM (16 + 8 + KEY_SIGNATURE_MAX)
/* Before it: the header around all. */
#define HEADER_ROOM 8

static void
add_step(struct template *t, struct step step)
{
	if (t->nsteps == TEMPLATE_STEPS) {
		t->full = true;
		return;
	}
	t->steps[t->nsteps++] = step;
}

/* What was written to t->fixed becomes steps. */
static void
flush(struct template *t)
{
	struct span fresh = der_since(&t->fixed, t->flushed);

	struct step *last = t->nsteps > 0 ? &t->steps[t->nsteps - 1] : NULL;

	if (fresh.n == 0)
		return;
	t->flushed = der_mark(&t->fixed);
	if (last != NULL && last->kind == STEP_FIXED) {
		/* the fixed octets of two steps lie side by side */
		last->octets = span_of(fresh.p, fresh.n + last->octets.n);
		return;
	}
	add_step(t, (struct step){ .kind = STEP_FIXED, .octets = fresh });
}

void
template_step(struct template *t, enum step_kind kind)
{
	flush(t);
	add_step(t, (struct step){ .kind = kind });
}

void
template_open(struct template *t)
{
	if (t->depth == TEMPLATE_DEPTH) {
		t->full = true;
		return;
	}
	flush(t);
	t->open[t->depth].nsteps = t->nsteps;
	t->open[t->depth].mark = der_mark(&t->fixed);
	t->depth++;
	add_step(t, (struct step){ .kind = STEP_MARK });
}

/* An element without holes needs no steps: it becomes fixed octets. */
void
template_close(struct template *t, uint8_t tag)
{
	size_t at, mark;

	flush(t);
	if (t->full)
		return;
	t->depth--;
	at = t->open[t->depth].nsteps;
	mark = t->open[t->depth].mark;
	if (t->nsteps == at + 1 ||
	    (t->nsteps == at + 2 && t->steps[at + 1].kind == STEP_FIXED)) {
		t->nsteps = at;
		t->flushed = mark;
		der_wrap(&t->fixed, tag, mark);
		return;
	}
	add_step(t, (struct step){ .kind = STEP_WRAP, .tag = tag });
}

static void
put_algorithm(struct der *w, const struct key *key)
{
	der_put_span(w, key_algorithm_of_signatures(key_kind(key)));
}

static struct span
text(const char *s)
{
	return s != NULL ? span_str(s) : span_of(NULL, 0);
}

/* serialNumber comes last in a name, so its hole is written first. */
static void
subject(struct template *t, const struct template_spec *s)
{
	const struct name n = { .country = text(s->country),
		.organisation = text(s->organisation),
		.unit = text(s->unit),
		.common_name = text(s->common_name) };

	template_open(t);
	if (s->profile->alt_name == ALT_NAME_HARDWARE) {
		template_open(t);
		template_open(t);
		template_open(t);
		template_step(t, STEP_DEVICE_ID);
		template_close(t, DER_PRINTABLE);
		der_put_oid(&t->fixed, oid_serial_number);
		template_close(t, DER_SEQUENCE);
		template_close(t, DER_SET);
	}
	name_put_attributes(&t->fixed, &n);
	template_close(t, DER_SEQUENCE);
}

/* SubjectPublicKeyInfo */
static void
public_key(struct template *t)
{
	template_open(t);
	template_open(t);
	template_step(t, STEP_POINT);
	der_put_octet(&t->fixed, 0);
	template_close(t, DER_BIT_STRING);
	template_step(t, STEP_ALGORITHM);
	template_close(t, DER_SEQUENCE);
}

/* TBSCertificate, RFC 5280 section 4.1, from its end. */
static void
compile(struct template *t, const struct template_spec *s)
{
	size_t mark;

	template_open(t);
	template_extensions(t, s);
	public_key(t);
	subject(t, s);
	mark = der_mark(&t->fixed);
	der_put_time(&t->fixed, s->not_after);
	der_put_time(&t->fixed, s->not_before);
	der_wrap(&t->fixed, DER_SEQUENCE, mark);
	if (s->issuer != NULL)
		der_put_span(&t->fixed, s->issuer->subject.der);
	else
		subject(t, s);
	mark = der_mark(&t->fixed);
	put_algorithm(&t->fixed, s->issuer_key);
	t->algorithm = der_since(&t->fixed, mark);
	template_step(t, STEP_SERIAL);
	mark = der_mark(&t->fixed);
	der_put_uint(&t->fixed, 2);
	der_wrap(&t->fixed, DER_CONTEXT_CONS(0), mark);
	template_close(t, DER_SEQUENCE);
}

struct template *
template_new(const struct template_spec *s)
{
	struct template *t;
	struct span all;

	if (template_check(s) == -1)
		return NULL;
	t = xcalloc(1, sizeof(*t));
	t->spec = *s;
	der_start(&t->fixed, t->space, sizeof(t->space));
	compile(t, s);
	if (t->full || der_done(&t->fixed, &all) == -1) {
		err_set(ERR_INPUT, "the certificate would be too large");
		template_free(t);
		return NULL;
	}
	return t;
}

void
template_free(struct template *t)
{
	free(t);
}

static void
put_decimal(struct der *w, uint64_t n)
{
	do {
		der_put_octet(w, (uint8_t)('0' + n % 10));
		n /= 10;
	} while (n > 0);
}

static void
put_key_id(struct der *w, struct span point)
{
	uint8_t id[KEY_ID_SIZE];

	key_id_of_point(point, id);
	der_put(w, id, sizeof(id));
}

/* Run the program: TBSCertificate. */
static void
put_content(
    const struct template *t, const struct template_row *row, struct der *w)
{
	size_t marks[TEMPLATE_DEPTH], depth = 0;
	uint64_t shard =
	    t->spec.crl_shard != 0 ? row->index / t->spec.crl_shard : 0;

	for (size_t i = 0; i < t->nsteps; i++) {
		const struct step *step = &t->steps[i];

		switch (step->kind) {
		case STEP_FIXED:
			der_put_span(w, step->octets);
			break;
		case STEP_MARK:
			marks[depth++] = der_mark(w);
			break;
		case STEP_WRAP:
			der_wrap(w, step->tag, marks[--depth]);
			break;
		case STEP_SERIAL:
			der_put_integer(w, row->serial);
			break;
		case STEP_POINT:
			der_put_span(w, row->point);
			break;
		case STEP_ALGORITHM:
			der_put_span(w, key_algorithm_of_keys(row->key));
			break;
		case STEP_KEY_ID:
			put_key_id(w, row->point);
			break;
		case STEP_DEVICE_ID:
			der_put_span(w, row->device_id);
			break;
		case STEP_TAC:
			der_put_span(w, row->tac);
			break;
		case STEP_SHARD:
			put_decimal(w, shard);
			break;
		case STEP_BINDING:
			tre_binding_put(w, &row->binding);
			break;
		}
	}
}

int
template_prepare(struct template *t, const struct template_row *row,
    uint8_t *space, size_t size, struct template_linted *out)
{
	struct span content;
	struct der w;

	if (template_check_row(t, row) == -1)
		return -1;
	der_start(&w, space, size);
	put_content(t, row, &w);
	if (der_done(&w, &content) == -1 ||
	    lint_check(content, &t->spec, row) == -1)
		return -1;
	out->content = content;
	return 0;
}

/* The algorithm and the signature; behind the content. */
static int
put_signature(const struct template *t, struct span content, uint8_t *space,
    struct span *tail)
{
	uint8_t signature[KEY_SIGNATURE_MAX];
	struct der w;
	size_t n = 0;

	if (key_sign(t->spec.issuer_key, content, signature, &n) == -1)
		return -1;
	der_start(&w, space, SIGNATURE_ROOM);
	der_put_octet_bits(&w, span_of(signature, n));
	der_put_span(&w, t->algorithm);
	return der_done(&w, tail);
}

int
template_sign(struct template *t, const struct template_linted *linted,
    uint8_t *space, size_t size, struct span *der)
{
	uint8_t room[SIGNATURE_ROOM], *at = space + HEADER_ROOM;
	size_t n = linted->content.n;
	struct span content, tail;
	struct der w;

	if (size < HEADER_ROOM + n + SIGNATURE_ROOM)
		return err_set(ERR_INTERNAL, "no room for a certificate");
	memmove(at, linted->content.p, n);
	content = span_of(at, n);
	if (put_signature(t, content, room, &tail) == -1)
		return -1;
	memcpy(at + n, tail.p, tail.n);
	der_start(&w, space, HEADER_ROOM);
	der_put_header(&w, DER_SEQUENCE, n + tail.n);
	if (der_done(&w, der) == -1)
		return -1;
	der->n += n + tail.n;
	return lint_check_signed(*der, content, t->spec.issuer_key);
}

int
template_build(struct template *t, const struct template_row *row,
    uint8_t *space, size_t size, struct span *der)
{
	struct template_linted linted;

	if (template_prepare(t, row, space, size, &linted) == -1)
		return -1;
	return template_sign(t, &linted, space, size, der);
}
