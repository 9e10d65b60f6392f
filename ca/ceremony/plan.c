/*
 * What a ceremony makes, built before anything is signed.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "ceremony/plan.h"
#include "x509/csr.h"

static bool
is_named(const struct artefact *a, const char *name)
{
	return strcmp(a->request->name, name) == 0;
}

/* Whose key is certified. */
struct subject {
	enum key_kind kind;
	struct span point;
	int64_t not_after; /* of the root that a link is to; else 0 */
};

static int
find_subject(const struct plan *p, const struct artefact *a, struct subject *s)
{
	const struct cert *previous = &p->ceremony->previous;
	struct csr csr;

	*s = (struct subject){ key_kind(p->root_key), key_point(p->root_key),
		0 };
	if (is_named(a, REQUESTS_ROOT))
		return 0;
	if (is_named(a, REQUESTS_NEW_WITH_OLD)) {
		s->not_after = p->root->not_after;
		return 0;
	}
	if (is_named(a, REQUESTS_OLD_WITH_NEW)) {
		*s = (struct subject){ previous->key_kind, previous->point,
			previous->not_after };
		return 0;
	}
	if (csr_parse(buf_span(&a->request->csr), &csr) == -1 ||
	    csr_verify(&csr) == -1 ||
	    key_check_strength(csr.kind, csr.point) == -1)
		return ceremony_refuse(
		    "the request of \"%s\": %s", a->request->name, err_text());
	*s = (struct subject){ csr.kind, csr.point, 0 };
	return 0;
}

static int
find_profile(const struct plan *p, struct artefact *a)
{
	const struct requests_certificate *r = a->request;

	a->profile = profile_find(p->ceremony->profiles, r->profile);
	if (a->profile == NULL)
		return ceremony_refuse("\"%s\": %s", r->name, err_text());
	if ((a->profile->policy == CERT_POLICY_ALL_LEVELS) !=
	    (r->role[0] != '\0'))
		return ceremony_refuse("\"%s\" must%s have a role, as its "
				       "profile is %s",
		    r->name, r->role[0] != '\0' ? " not" : "", r->profile);
	return 0;
}

/* Who signs it, and where that one's addresses are. */
static void
find_issuer(
    const struct plan *p, struct artefact *a, struct template_spec *spec)
{
	const struct requests *r = &p->ceremony->requests;

	a->signer = p->root_key;
	spec->issuer_id = r->root_id;
	if (is_named(a, REQUESTS_NEW_WITH_OLD)) {
		a->issuer = &p->ceremony->previous;
		a->signer = p->previous_key;
		spec->issuer_id =
		    requests_find(r, REQUESTS_OLD_WITH_NEW)->issuer_id;
	} else if (!is_named(a, REQUESTS_ROOT))
		a->issuer = p->root;
	spec->issuer = a->issuer;
	spec->issuer_key = a->signer;
}

static int
find_dates(const struct plan *p, const struct artefact *a,
    const struct subject *subject, struct template_spec *spec)
{
	const struct script *s = &p->ceremony->script;
	const struct script_certify *c = script_find(s, a->request->name);
	int64_t end;

	profile_dates(a->profile, c->from != 0 ? c->from : s->date,
	    &spec->not_before, &spec->not_after);
	if (c->days != 0) {
		end = spec->not_before + c->days * DAY - 1;
		if (end > spec->not_after)
			return ceremony_refuse("\"%s\" would be valid for "
					       "longer than its profile says",
			    c->name);
		spec->not_after = end;
	}
	/* what a root certifies ends with it, and a link with both */
	if (a->issuer != NULL && spec->not_after > a->issuer->not_after)
		spec->not_after = a->issuer->not_after;
	if (subject->not_after != 0 && spec->not_after > subject->not_after)
		spec->not_after = subject->not_after;
	return 0;
}

static int
build(const struct plan *p, struct artefact *a)
{
	const struct requests_certificate *r = a->request;
	struct template_spec spec = { .public_url =
					  p->ceremony->requests.public_url,
		.country = r->country,
		.organisation = r->organisation,
		.common_name = r->common_name,
		.role = strcmp(r->role, "tre") == 0 ? PROFILE_TRE
						    : PROFILE_TERMINAL };
	struct template_row row = { .serial =
					span_of(r->serial, r->serial_length) };
	struct subject subject;

	find_issuer(p, a, &spec);
	if (find_profile(p, a) == -1 || find_subject(p, a, &subject) == -1 ||
	    find_dates(p, a, &subject, &spec) == -1)
		return -1;
	spec.profile = a->profile;
	spec.crl_shard =
	    profile_get(p->ceremony->profiles, PROFILE_ROOT)->crl_shard;
	row.key = subject.kind;
	row.point = subject.point;
	if ((a->template = template_new(&spec)) == NULL ||
	    template_prepare(a->template, &row, a->space, sizeof(a->space),
		&a->content) == -1 ||
	    cert_read_content(a->content.content, &a->cert) == -1)
		return err_set_code(err_kind(),
		    err_code()[0] != '\0' ? err_code() : "CEREMONY_REFUSED",
		    "\"%s\": %s", r->name, err_text());
	return 0;
}

int
plan_make(struct plan *p, const struct ceremony *c, const struct key *root,
    const struct key *previous)
{
	struct artefact *a;

	memset(p, 0, sizeof(*p));
	p->ceremony = c;
	p->root_key = root;
	p->previous_key = previous;
	p->root = &c->root;
	p->artefacts = xcalloc(c->requests.n + 1, sizeof(p->artefacts[0]));
	if (!c->script.new_root && !span_equal(c->root.spki, key_spki(root)))
		return ceremony_refuse("the key is not the root's");
	if (c->script.new_root && c->in.root_key.n > 0 &&
	    !span_equal(buf_span(&c->in.root_key), key_spki(root)))
		return ceremony_refuse("the key is not the one whose public "
				       "half was confirmed");
	if (previous != NULL &&
	    !span_equal(c->previous.spki, key_spki(previous)))
		return ceremony_refuse("the key is not the previous root's");
	for (; p->n < c->requests.n; p->n++) {
		a = &p->artefacts[p->n];
		a->request = &c->requests.certificates[p->n];
		(void)snprintf(
		    a->file, sizeof(a->file), "%s.cer", a->request->name);
		if (build(p, a) == -1) {
			p->n++;
			return -1;
		}
		if (is_named(a, REQUESTS_ROOT))
			p->root = &a->cert;
	}
	return 0;
}

void
plan_free(struct plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		template_free(p->artefacts[i].template);
	free(p->artefacts);
	memset(p, 0, sizeof(*p));
}

int
artefact_check(const struct artefact *a, struct span der)
{
	struct key *key = NULL;
	struct cert c;
	int rc;

	if (cert_parse(der, &c) == -1 || !span_equal(c.tbs, a->content.content))
		return err_set_code(ERR_DENIED, "ARTEFACT_OTHER",
		    "%s is not the certificate that script and requests make",
		    a->file);
	if ((key = key_from_spki(key_spki(a->signer))) == NULL)
		return -1;
	rc = cert_verify(&c, key);
	key_free(key);
	if (rc == -1)
		return err_set_code(ERR_DENIED, "ARTEFACT_SIGNATURE",
		    "%s is not signed with its issuer's key", a->file);
	return 0;
}
