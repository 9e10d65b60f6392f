/*
 * Certificates in pieces.
 */

#include <string.h>

#include "issue/template_cut.h"
#include "issue/template_inside.h"

/* What the register's length is written with: two octets, the first not 0. */
#define LEAST 256
#define MOST  24576

static const struct span nothing;

struct search {
	struct span content;
	size_t from; /* nothing is found before that */
	struct template_cut *out;
};

/* The octets before, then those that are the part itself. */
static bool
find(struct search *s, enum cut_kind kind, struct span before, struct span own)
{
	uint8_t space[64];
	struct span needle = own;
	const uint8_t *p;

	if (before.n > 0) {
		if (before.n + own.n > sizeof(space))
			return false;
		memcpy(space, before.p, before.n);
		memcpy(space + before.n, own.p, own.n);
		needle = span_of(space, before.n + own.n);
	}
	p = memmem(
	    s->content.p + s->from, s->content.n - s->from, needle.p, needle.n);
	if (p == NULL)
		return false;
	s->from = (size_t)(p - s->content.p) + needle.n;
	s->out->at[kind] = (uint16_t)(s->from - own.n);
	s->out->n[kind] = (uint16_t)own.n;
	return true;
}

/* There is none: it takes no place. */
static bool
none(struct search *s, enum cut_kind kind)
{
	s->out->at[kind] = (uint16_t)s->from;
	s->out->n[kind] = 0;
	return true;
}

static bool
find_time(struct search *s, enum cut_kind kind, int64_t when)
{
	uint8_t space[32];
	struct span tlv;
	struct der w;

	der_start(&w, space, sizeof(space));
	der_put_time(&w, when);
	return der_done(&w, &tlv) == 0 &&
	    find(s, kind, span_of(tlv.p, 2), span_of(tlv.p + 2, tlv.n - 2));
}

/* Behind what always stands before it: a name may have the same octets. */
static bool
find_device_id(
    struct search *s, enum cut_kind kind, struct span before, struct span id)
{
	uint8_t header[16];

	if (id.n > 127 || before.n + 1 > sizeof(header))
		return false;
	memcpy(header, before.p, before.n);
	header[before.n] = (uint8_t)id.n;
	return find(s, kind, span_of(header, before.n + 1), id);
}

static bool
find_key_id(struct search *s, struct span point)
{
	static const uint8_t before[] = { DER_OCTET_STRING, KEY_ID_SIZE };
	uint8_t id[KEY_ID_SIZE];

	key_id_of_point(point, id);
	return find(s, CUT_KEY_ID, span_of(before, sizeof(before)),
	    span_of(id, sizeof(id)));
}

/* From the one to the other. */
static bool
find_binding(struct search *s, const struct tre_binding *b)
{
	size_t from;

	if (!find(s, CUT_BINDING, nothing, b->key_sha256))
		return false;
	from = s->out->at[CUT_BINDING];
	if (!find(s, CUT_BINDING, nothing, b->serial))
		return false;
	s->out->at[CUT_BINDING] = (uint16_t)from;
	s->out->n[CUT_BINDING] = (uint16_t)(s->from - from);
	return true;
}

static bool
find_all(
    struct search *s, const struct template *t, const struct template_row *row)
{
	static const uint8_t serial_number[] = { 0x55, 4, 5, DER_PRINTABLE };
	static const uint8_t octets[] = { DER_OCTET_STRING };
	const struct template_spec *spec = &t->spec;

	return find(s, CUT_SERIAL, nothing, row->serial) &&
	    find_time(s, CUT_NOT_BEFORE, spec->not_before) &&
	    (template_lasts(t) == 0
		    ? none(s, CUT_NOT_AFTER)
		    : find_time(s, CUT_NOT_AFTER, spec->not_after)) &&
	    find_device_id(s, CUT_DEVICE_ID,
		span_of(serial_number, sizeof(serial_number)),
		row->device_id) &&
	    find(s, CUT_POINT, nothing, row->point) &&
	    find_key_id(s, row->point) &&
	    find_device_id(s, CUT_HARDWARE, span_of(octets, sizeof(octets)),
		row->device_id) &&
	    (spec->profile->kind == PROFILE_TERMINAL
		    ? find_binding(s, &row->binding)
		    : none(s, CUT_BINDING));
}

/* Most often it is what the thread's last certificate shares, too. */
static _Thread_local struct {
	struct buf all;
	uint8_t digest[HASH_SIZE];
} last;

void
template_cut_forget(void)
{
	buf_free(&last.all);
}

static void
digest(const struct template *t, struct span content, struct template_cut *c)
{
	struct buf all = BUF_EMPTY;
	size_t before;

	(void)buf_reserve(&all, content.n + t->algorithm.n + 4 * (CUTS + 2));
	buf_put_be(&all, (size_t)template_lasts(t), 4);
	for (int i = 0; i <= CUTS; i++) {
		before = i == 0 ? 0 : c->n[i - 1];
		buf_put_be(&all, before, 4);
		template_piece(t, c, content, i, &all);
	}
	if (!span_equal(buf_span(&all), buf_span(&last.all))) {
		hash_sha256(buf_span(&all), last.digest);
		buf_clear(&last.all);
		buf_put_span(&last.all, buf_span(&all));
	}
	memcpy(c->digest, last.digest, HASH_SIZE);
	buf_free(&all);
}

void
template_cut(const struct template *t, const struct template_row *row,
    struct span content, struct template_cut *out)
{
	struct search s = { .content = content, .out = out };
	size_t octets = template_octets(t, content);

	out->cut = octets >= LEAST && octets <= MOST && find_all(&s, t, row);
	if (out->cut)
		digest(t, content, out);
}

void
template_piece(const struct template *t, const struct template_cut *c,
    struct span content, int i, struct buf *out)
{
	size_t from = i == 0 ? 0 : (size_t)c->at[i - 1] + c->n[i - 1];
	size_t to = i < CUTS ? c->at[i] : content.n;

	buf_put(out, content.p + from, to - from);
	if (i == CUTS)
		buf_put_span(out, t->algorithm);
}

struct span
template_own(
    const struct template_cut *c, struct span content, enum cut_kind kind)
{
	return span_of(content.p + c->at[kind], c->n[kind]);
}

size_t
template_octets(const struct template *t, struct span content)
{
	return content.n + t->algorithm.n;
}

int64_t
template_lasts(const struct template *t)
{
	return t->spec.not_after == DER_TIME_END
	    ? 0
	    : t->spec.not_after - t->spec.not_before;
}
