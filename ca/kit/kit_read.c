/*
 * A kit's content, read strictly.
 */

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "kit/kit.h"
#include "x509/der.h"

/* What the calls below found, as one of this module's own. */
static int
malformed(const char *why)
{
	return err_set_code(
	    ERR_INPUT, "KIT_MALFORMED", "the kit is malformed: %s", why);
}

/* ---- parts */

static int
get_enum(struct span *in, unsigned below, unsigned *value)
{
	struct span content;

	if (der_get(in, DER_ENUMERATED, &content) == -1)
		return -1;
	if (content.n != 1 || content.p[0] >= below)
		return malformed("a value that it cannot have");
	*value = content.p[0];
	return 0;
}

#define GET_ENUM(in, below, to)                                                \
	(get_enum(in, below, &value_) == -1 ? -1 : ((to) = value_, 0))

static int
get_number(struct span *in, int64_t *t)
{
	uint64_t value;

	if (der_get_uint(in, &value) == -1)
		return -1;
	if (value > (uint64_t)DER_TIME_END)
		return malformed("a number that is too great");
	*t = (int64_t)value;
	return 0;
}

static int
get_text(struct span *in, char *text, size_t size)
{
	struct span s;

	if (der_get_string(in, DER_UTF8, &s) == -1)
		return -1;
	if (s.n >= size || memchr(s.p, '\0', s.n) != NULL)
		return malformed("a name that is too long");
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	return 0;
}

static int
get_octets(struct span *in, size_t n, struct span *octets)
{
	if (der_get(in, DER_OCTET_STRING, octets) == -1)
		return -1;
	return octets->n == n ? 0 : malformed("a value of another length");
}

static int
get_windows(struct span *in, struct kit_windows *windows)
{
	struct span list, one;
	int64_t from = 0, to = 0;

	if (der_get(in, DER_SEQUENCE, &list) == -1)
		return -1;
	while (list.n > 0) {
		if (der_get(&list, DER_SEQUENCE, &one) == -1 ||
		    get_number(&one, &from) == -1 ||
		    get_number(&one, &to) == -1 ||
		    der_end(one, "a window") == -1)
			return -1;
		kit_window_add(windows, from, to);
	}
	return 0;
}

/* ---- elements */

/* Records ascend by their keys, each of a class that there is. */
static int
check_listed(struct span s)
{
	size_t i;

	if (s.n % KIT_RECORD != 0)
		return malformed("a list of another length");
	for (i = 0; i < s.n; i += KIT_RECORD) {
		if (s.p[i + KIT_RECORD - 1] >= KIT_CLASSES)
			return malformed("a list with a class unknown");
		if (i > 0 && memcmp(s.p + i - KIT_RECORD, s.p + i, 16) >= 0)
			return malformed("a list that does not ascend");
	}
	return 0;
}

static int
get_issuer(struct span *in, void *out)
{
	struct kit_issuer *is = out;
	struct span layers;
	unsigned value_;

	if (get_octets(in, 20, &is->key_id) == -1 ||
	    get_octets(in, 32, &is->sha256) == -1 ||
	    GET_ENUM(in, STANDING_REVOKED + 1, is->standing) == -1 ||
	    der_get_bool(in, &is->delegated) == -1 ||
	    der_get(in, DER_SEQUENCE, &layers) == -1)
		return -1;
	for (; layers.n > 0; is->nlayers++) {
		if (is->nlayers == KIT_LAYERS)
			return malformed("too many layers");
		if (der_get(&layers, DER_OCTET_STRING,
			&is->layers[is->nlayers]) == -1)
			return -1;
	}
	if (der_get(in, DER_OCTET_STRING, &is->listed) == -1)
		return -1;
	return check_listed(is->listed);
}

static int
get_model(struct span *in, void *out)
{
	struct kit_model *m = out;
	struct coc_facts *c = &m->coc;
	int64_t grace = 0;
	unsigned value_;

	if (get_text(in, m->handle, sizeof(m->handle)) == -1 ||
	    get_text(in, m->organisation, sizeof(m->organisation)) == -1 ||
	    get_text(in, m->platform, sizeof(m->platform)) == -1 ||
	    get_text(in, c->number, sizeof(c->number)) == -1 ||
	    GET_ENUM(in, COC_IS_EXPIRED + 1, c->now) == -1 ||
	    get_number(in, &c->since) == -1 ||
	    get_number(in, &c->expires) == -1 || get_number(in, &grace) == -1 ||
	    GET_ENUM(in, EFFECT_PERMIT_IF_ISSUED_BEFORE + 1, c->on_expired) ==
		-1 ||
	    GET_ENUM(in, EFFECT_PERMIT_IF_ISSUED_BEFORE + 1, c->on_suspended) ==
		-1 ||
	    GET_ENUM(in, EFFECT_PERMIT_IF_ISSUED_BEFORE + 1, c->on_withdrawn) ==
		-1 ||
	    GET_ENUM(in, DECLARATION_IS_EXPIRED + 1, c->declaration) == -1 ||
	    der_get_bool(in, &c->supplier_active) == -1)
		return -1;
	c->grace_days = (int)(grace > 36500 ? 36500 : grace);
	return get_windows(in, &m->accredited);
}

static int
get_site(struct span *in, void *out)
{
	struct kit_site *s = out;

	return get_text(in, s->coc, sizeof(s->coc)) == -1
	    ? -1
	    : get_windows(in, &s->accredited);
}

/* A measure of a kind that is not known here forbids everything. */
static enum reason
reason_of(const char *code)
{
	enum reason r = reason_find(code);

	return r != REASON_NONE && reason_get(r)->check == 11 ? r : MEASURE_BAN;
}

static int
get_measure(struct span *in, void *out)
{
	struct kit_measure *m = out;
	struct measure_fact *f = &m->fact;
	char code[KIT_NAME];
	unsigned value_;

	if (get_text(in, f->number, sizeof(f->number)) == -1 ||
	    GET_ENUM(in, KIT_SCOPES, m->kind) == -1 ||
	    get_text(in, m->scope, sizeof(m->scope)) == -1 ||
	    get_text(in, code, sizeof(code)) == -1 ||
	    GET_ENUM(in, EFFECT_PERMIT_IF_ISSUED_BEFORE + 1, f->effect) == -1 ||
	    get_number(in, &f->since) == -1 ||
	    get_text(in, f->least_firmware, sizeof(f->least_firmware)) == -1 ||
	    get_text(in, f->from, sizeof(f->from)) == -1)
		return -1;
	f->reason = reason_of(code);
	f->least = f->reason == MEASURE_MINIMUM_FIRMWARE;
	return get_text(in, f->to, sizeof(f->to));
}

static int
get_cohort(struct span *in, void *out)
{
	struct kit_cohort *c = out;
	unsigned value_;

	if (GET_ENUM(in, KIT_SCOPES, c->kind) == -1 ||
	    get_text(in, c->scope, sizeof(c->scope)) == -1)
		return -1;
	return GET_ENUM(in, STANDING_REVOKED + 1, c->standing);
}

/* ---- lists of them */

struct list {
	char *all;
	size_t n;
	int rc;
};

static struct list
get_list(struct span *in, size_t size, int (*get)(struct span *, void *))
{
	struct list l = { NULL, 0, -1 };
	struct span list, one;
	char *at;

	if (der_get(in, DER_SEQUENCE, &list) == -1)
		return l;
	while (list.n > 0) {
		if ((l.n & (l.n - 1)) == 0)
			l.all =
			    xrealloc(l.all, (l.n == 0 ? 1 : l.n * 2) * size);
		at = l.all + l.n++ * size;
		memset(at, 0, size);
		if (der_get(&list, DER_SEQUENCE, &one) == -1 ||
		    get(&one, at) == -1 || der_end(one, "an element") == -1)
			return l; /* what it has is freed with the kit */
	}
	l.rc = 0;
	return l;
}

#define GET_LIST(in, get, array, count)                                        \
	(list_ = get_list(in, sizeof(*(array)), get),                          \
	    (array) = (void *)list_.all, (count) = list_.n, list_.rc)

static int
get_lists(struct span *in, struct kit *k)
{
	struct list list_;

	if (GET_LIST(in, get_issuer, k->issuers, k->nissuers) == -1 ||
	    GET_LIST(in, get_model, k->models, k->nmodels) == -1 ||
	    GET_LIST(in, get_site, k->sites, k->nsites) == -1 ||
	    GET_LIST(in, get_measure, k->measures, k->nmeasures) == -1)
		return -1;
	return GET_LIST(in, get_cohort, k->cohorts, k->ncohorts);
}

static int
get_head(struct span *in, struct kit *k)
{
	struct span link;
	uint64_t version;
	unsigned value_;

	if (der_get_uint(in, &version) == -1)
		return -1;
	if (version != 1)
		return malformed("it is of a version unknown here");
	if (GET_ENUM(in, KIT_ANEW + 1, k->kind) == -1 ||
	    get_number(in, &k->number) == -1 ||
	    get_octets(in, 32, &link) == -1 ||
	    der_get_generalized_time(in, &k->issued) == -1 ||
	    der_get_generalized_time(in, &k->next_update) == -1 ||
	    der_get_generalized_time(in, &k->covered) == -1 ||
	    get_number(in, &k->backdate) == -1 ||
	    get_number(in, &k->event) == -1)
		return -1;
	memcpy(k->link, link.p, 32);
	if (k->number < 1 || k->next_update <= k->issued ||
	    k->next_update - k->issued > KIT_LASTS || k->covered > k->issued)
		return malformed("its number or its times");
	return 0;
}

/* Whatever else was found is the same to whoever has the kit. */
static int
ended(int rc)
{
	return rc == 0 || strcmp(err_code(), "KIT_MALFORMED") == 0
	    ? rc
	    : malformed("it is not strict DER of its shape");
}

int
kit_parse_head(struct span content, struct kit *k)
{
	struct span in;

	memset(k, 0, sizeof(*k));
	return ended(der_get_only(content, DER_SEQUENCE, "a kit", &in) == -1
		? -1
		: get_head(&in, k));
}

int
kit_parse(struct span content, struct kit *k)
{
	struct span in;

	memset(k, 0, sizeof(*k));
	return ended(der_get_only(content, DER_SEQUENCE, "a kit", &in) == -1 ||
		    get_head(&in, k) == -1 || get_lists(&in, k) == -1
		? -1
		: der_end(in, "a kit"));
}

void
kit_free(struct kit *k)
{
	size_t i;

	for (i = 0; i < k->nmodels; i++)
		free(k->models[i].accredited.all);
	for (i = 0; i < k->nsites; i++)
		free(k->sites[i].accredited.all);
	free(k->issuers);
	free(k->models);
	free(k->sites);
	free(k->measures);
	free(k->cohorts);
	memset(k, 0, sizeof(*k));
}

/* ---- windows */

void
kit_window_add(struct kit_windows *w, int64_t from, int64_t to)
{
	w->all = xrealloc(w->all, (w->n + 1) * sizeof(*w->all));
	w->all[w->n++] = (struct kit_window){ from, to };
}

bool
kit_window_has(const struct kit_windows *w, int64_t t)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		if (t >= w->all[i].from && t < w->all[i].to)
			return true;
	return false;
}
