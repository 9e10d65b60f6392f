/*
 * The facts of a decision, from a kit and two certificates.
 */

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/enc.h"
#include "kit/judge.h"
#include "x509/der.h"
#include "x509/path.h"

/* One of the two, as far as it was read. */
struct side {
	struct side_facts *facts;
	struct cert leaf, issuer;
	struct span model, site, coc;
	const struct kit_model *known; /* NULL: the kit has no such model */
	enum kit_class class;
	enum kit_gap gap;
	char key_id[41]; /* of its issuer */
	bool tre;
};

/* ---- checks 3 and 4 */

/* Under any of the roots; of several, the last one says why not. */
static const char *
judge_path(
    const struct roots *roots, const struct path_question *q, struct cert *leaf)
{
	const char *code = "CHAIN_UNTRUSTED";
	struct path_ca *root;
	size_t i;

	for (i = 0; i < roots->n; i++) {
		if ((root = path_ca_new(buf_span(&roots->der[i]))) == NULL)
			continue;
		code = path_judge(q, root, NULL, 0, leaf);
		path_ca_free(root);
		if (code == NULL || strcmp(code, "CHAIN_UNTRUSTED") != 0)
			break;
	}
	return code;
}

static void
read_terms(struct side *s)
{
	struct buf hex = BUF_EMPTY;

	s->model = s->tre ? s->leaf.tre.model : s->leaf.terminal.model;
	s->site = s->tre ? s->leaf.tre.site : s->leaf.terminal.site;
	s->coc = s->tre ? s->leaf.tre.coc_number : s->leaf.terminal.coc_number;
	hex_encode(&hex, s->leaf.authority_key_id);
	(void)snprintf(s->key_id, sizeof(s->key_id), "%s", buf_str(&hex));
	buf_free(&hex);
}

/* Is there one, and does it lead to the root? */
static bool
judge_side(const struct roots *roots, const struct span chain[2], int64_t now,
    struct side *s)
{
	struct path_question q = { .leaf = chain[0],
		.issuer = chain[1].n > 0 ? chain[1] : chain[0],
		.presented = chain[1].n > 0 ? 2 : 1,
		.role = s->tre ? PATH_TRE : PATH_TERMINAL,
		.now = now };
	const char *code;

	s->facts->shown = chain[0].n > 0;
	if (!s->facts->shown)
		return false;
	s->facts->path_judged = true;
	if ((code = judge_path(roots, &q, &s->leaf)) != NULL) {
		s->facts->path = reason_find(code);
		if (s->facts->path == REASON_NONE)
			s->facts->path = CHAIN_UNTRUSTED;
		return false;
	}
	read_terms(s);
	return true;
}

/* ---- checks 5 and 6 */

static bool
is_name(struct span s, const char *name)
{
	return s.n > 0 && span_equal(s, span_str(name));
}

static const struct kit_model *
find_model(const struct kit *k, struct span handle)
{
	size_t i;

	for (i = 0; i < k->nmodels; i++)
		if (is_name(handle, k->models[i].handle))
			return &k->models[i];
	return NULL;
}

/* Is the certificate of that cohort? */
static bool
is_of(const struct side *s, enum kit_scope kind, const char *scope)
{
	switch (kind) {
	case KIT_SCOPE_ORGANISATION:
		return s->known != NULL &&
		    strcmp(s->known->organisation, scope) == 0;
	case KIT_SCOPE_PLATFORM:
		return s->known != NULL && s->known->platform[0] != '\0' &&
		    strcmp(s->known->platform, scope) == 0;
	case KIT_SCOPE_SITE:
		return is_name(s->site, scope);
	case KIT_SCOPE_MODEL:
		return is_name(s->model, scope);
	case KIT_SCOPE_ISSUER:
		return strcmp(s->key_id, scope) == 0;
	case KIT_SCOPES:
		break;
	}
	return false;
}

static enum standing
standing_of(const struct kit *k, const struct side *s)
{
	enum standing standing = s->class == KIT_REVOKED ? STANDING_REVOKED
	    : s->class == KIT_HELD			 ? STANDING_ON_HOLD
							 : STANDING_GOOD;
	size_t i;

	for (i = 0; i < k->ncohorts; i++)
		if (standing < k->cohorts[i].standing &&
		    is_of(s, k->cohorts[i].kind, k->cohorts[i].scope))
			standing = k->cohorts[i].standing;
	return standing;
}

static void
judge_status(const struct kit_chain *c, struct side *s)
{
	const struct kit *k = kit_chain_newest(c);
	const struct kit_issuer *is =
	    kit_find_issuer(k, s->leaf.authority_key_id);

	if (!kit_chain_class(c, s->leaf.authority_key_id, s->leaf.serial,
		s->leaf.not_before, &s->class)) {
		s->class = KIT_GOOD;
		s->gap =
		    is != NULL && is->delegated ? KIT_DELEGATED : KIT_TOO_OLD;
	} else if (s->class == KIT_ASK)
		s->gap = KIT_LOT;
	s->facts->registered = s->class != KIT_NEVER;
	s->facts->standing = standing_of(k, s);
	/* a CA that the kit has not heard of is one of its gaps */
	s->facts->issuer = is == NULL ? STANDING_GOOD : is->standing;
	s->facts->status_fresh = s->gap == KIT_KNOWS;
}

/* Of a measure that is not on some firmware alone. */
static bool
is_held(const struct kit *k, const struct side *s)
{
	size_t i;

	for (i = 0; i < k->nmeasures; i++)
		if (k->measures[i].fact.effect == EFFECT_HOLD &&
		    is_of(s, k->measures[i].kind, k->measures[i].scope))
			return true;
	return false;
}

enum standing
kit_judge_standing(
    const struct kit_chain *c, const struct cert *cert, enum kit_gap *gap)
{
	const struct kit *k = kit_chain_newest(c);
	struct side_facts facts;
	struct side s = { .facts = &facts,
		.leaf = *cert,
		.tre = (cert->present & CERT_TRE_INFO) != 0 };

	memset(&facts, 0, sizeof(facts));
	read_terms(&s);
	s.known = find_model(k, s.model);
	judge_status(c, &s);
	*gap = s.gap;
	if (!facts.registered)
		return STANDING_UNKNOWN;
	return facts.standing == STANDING_GOOD && is_held(k, &s)
	    ? STANDING_ON_HOLD
	    : facts.standing;
}

/* ---- check 10 */

/* What a kit that is older than the certificate cannot speak against. */
static const struct coc_facts nothing_known = {
	.now = COC_IS_CERTIFIED,
	.expires = DER_TIME_END,
	.declaration = DECLARATION_IS_IN_FORCE,
	.supplier_active = true,
};

/*
 * A model that the kit does not have is not accredited, unless it is the kit
 * that is too old: then what was at issue is unknown, and STATUS_STALE.
 */
static void
judge_model(
    const struct kit_model *m, const struct side *s, struct coc_facts *c)
{
	bool unknown = s->gap == KIT_TOO_OLD;

	if (m != NULL)
		*c = m->coc;
	else if (unknown)
		*c = nothing_known;
	else
		return; /* all zero: of no accreditation */
	c->at_issue =
	    unknown || kit_window_has(&m->accredited, s->facts->issued)
	    ? COC_IS_CERTIFIED
	    : COC_IS_ABSENT;
}

static bool
site_at_issue(const struct kit *k, struct span coc, int64_t issued)
{
	size_t i;

	for (i = 0; i < k->nsites; i++)
		if (is_name(coc, k->sites[i].coc))
			return kit_window_has(&k->sites[i].accredited, issued);
	return false;
}

/* ---- check 11 */

static bool
is_about_firmware(const struct measure_fact *m)
{
	return m->least || m->from[0] != '\0' || m->to[0] != '\0';
}

/* On both devices, the later certificate counts (as in db/decision.c). */
static void
add_measure(struct facts *f, const struct measure_fact *m, int64_t issued)
{
	struct measure_fact *same;
	int i;

	for (i = 0; i < f->nmeasures; i++) {
		same = &f->measures[i];
		if (strcmp(same->number, m->number) == 0) {
			if (same->issued < issued)
				same->issued = issued;
			return;
		}
	}
	if (f->nmeasures == FACTS_MEASURES) {
		f->measures_known = false;
		return;
	}
	f->measures[f->nmeasures] = *m;
	f->measures[f->nmeasures++].issued = issued;
}

static void
judge_measures(const struct kit *k, const struct side *s, struct facts *f)
{
	const struct kit_measure *m;
	size_t i;

	for (i = 0; i < k->nmeasures; i++) {
		m = &k->measures[i];
		if (is_of(s, m->kind, m->scope) &&
		    (s->tre || !is_about_firmware(&m->fact)))
			add_measure(f, &m->fact, s->facts->issued);
	}
}

/* ---- one side, both */

static void
gather_side(const struct kit_chain *c, struct side *s, struct facts *f)
{
	const struct kit *k = kit_chain_newest(c);

	s->known = find_model(k, s->model);
	s->facts->issued = s->leaf.not_before + k->backdate;
	judge_status(c, s);
	judge_model(s->known, s, &s->facts->model);
	if (s->tre)
		judge_model(s->known == NULL
			? NULL
			: find_model(k, span_str(s->known->platform)),
		    s, &f->hardware);
	s->facts->site_accredited_at_issue =
	    s->gap == KIT_TOO_OLD || site_at_issue(k, s->coc, s->facts->issued);
	judge_measures(k, s, f);
}

static void
judge_binding(const struct kit_question *q, const struct side *tre,
    const struct side *terminal, struct facts *f)
{
	struct span tac = terminal->leaf.terminal.tac;

	f->device_id_fits =
	    (q->tac == NULL || span_equal(tac, span_str(q->tac))) &&
	    (q->imei == NULL ||
		(strlen(q->imei) >= 8 && span_equal(tac, span_of(q->imei, 8))));
	f->bound_by_certificate =
	    (terminal->leaf.present & CERT_TRE_BINDING) != 0 &&
	    span_equal(terminal->leaf.binding.key_sha256,
		span_of(tre->leaf.spki_sha256, 32));
	/* a terminal that was bound anew has a new certificate */
	f->bound_by_register = f->bound_by_certificate;
}

static void
begin(const struct kit *k, const struct kit_question *q, struct facts *f)
{
	memset(f, 0, sizeof(*f));
	f->purpose = PURPOSE_PRECHECK;
	f->mode = q->platform_only ? MODE_PLATFORM_ONLY : MODE_TRE_AND_PLATFORM;
	f->status_age = q->now > k->issued ? q->now - k->issued : 0;
	f->max_status_age = q->max_status_age;
	f->measures_known = true;
	if (q->firmware != NULL)
		(void)snprintf(
		    f->firmware, sizeof(f->firmware), "%s", q->firmware);
}

int
kit_judge(const struct kit_chain *c, const struct roots *roots,
    const struct kit_question *q, struct kit_answer *a)
{
	struct facts f;
	struct side tre = { .facts = &f.tre, .tre = true };
	struct side terminal = { .facts = &f.platform };
	bool good;

	memset(a, 0, sizeof(*a));
	if (kit_chain_fresh(c, q->now) == -1)
		return -1;
	begin(kit_chain_newest(c), q, &f);
	if (!q->platform_only && judge_side(roots, q->tre, q->now, &tre))
		gather_side(c, &tre, &f);
	good = judge_side(roots, q->terminal, q->now, &terminal);
	if (good) {
		gather_side(c, &terminal, &f);
		judge_binding(q, &tre, &terminal, &f);
	}
	decide_offline(&f, q->now, &a->verdict);
	a->tre = tre.gap;
	a->terminal = terminal.gap;
	a->age = f.status_age;
	return 0;
}
