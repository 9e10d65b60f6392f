/*
 * The inspection of extensions: which there are, in which order, critical or
 * not, and what is in them.
 */

#include <arpa/inet.h>

#include <string.h>

#include "issue/lint_inside.h"
#include "key/hash.h"
#include "x509/oid.h"

static const struct {
	enum cert_ext ext;
	bool critical;
} order[] = {
	{ CERT_AUTHORITY_KEY_ID, false },
	{ CERT_SUBJECT_KEY_ID, false },
	{ CERT_KEY_USAGE, true },
	{ CERT_EXT_KEY_USAGE, false },
	{ CERT_BASIC_CONSTRAINTS, true },
	{ CERT_POLICIES_EXT, true },
	{ CERT_ALT_NAME, false },
	{ CERT_NAME_CONSTRAINTS, true },
	{ CERT_CRL_POINTS, false },
	{ CERT_INFO_ACCESS, false },
	{ CERT_OCSP_NOCHECK, false },
	{ CERT_TRE_INFO, false },
	{ CERT_TERMINAL_INFO, false },
	{ CERT_TRE_BINDING, false },
};

#define NORDER (sizeof(order) / sizeof(order[0]))

static unsigned
expected(const struct profile *p)
{
	unsigned set =
	    CERT_AUTHORITY_KEY_ID | CERT_SUBJECT_KEY_ID | CERT_KEY_USAGE;

	set |= p->purposes != 0 ? CERT_EXT_KEY_USAGE : 0;
	set |= p->ca ? CERT_BASIC_CONSTRAINTS : 0;
	set |= p->policy != CERT_POLICY_NONE ? CERT_POLICIES_EXT : 0;
	set |= p->alt_name != ALT_NAME_NONE ? CERT_ALT_NAME : 0;
	set |= p->name_constraints ? CERT_NAME_CONSTRAINTS : 0;
	set |= p->crl_point ? CERT_CRL_POINTS : 0;
	set |= p->ocsp || p->issuer_url ? CERT_INFO_ACCESS : 0;
	set |= p->ocsp_nocheck ? CERT_OCSP_NOCHECK : 0;
	set |= p->kind == PROFILE_TRE ? CERT_TRE_INFO : 0;
	set |= p->kind == PROFILE_TERMINAL
	    ? CERT_TERMINAL_INFO | CERT_TRE_BINDING
	    : 0;
	return set;
}

bool
lint_extensions_fit(const struct lint *l)
{
	return l->c->present == expected(l->p);
}

bool
lint_order_fits(const struct lint *l)
{
	size_t at = 0;

	for (size_t i = 0; i < NORDER; i++)
		if ((l->c->present & order[i].ext) != 0 &&
		    l->c->order[at++] != order[i].ext && !l->s->any_order)
			return false;
	return l->c->order[at] == 0; /* and none that is not among them */
}

bool
lint_criticality_fits(const struct lint *l)
{
	unsigned want = 0;

	for (size_t i = 0; i < NORDER; i++)
		if (order[i].critical)
			want |= l->c->present & order[i].ext;
	return l->c->critical == want;
}

/* RFC 7093 section 2, method 1 */
bool
lint_key_ids_fit(const struct lint *l)
{
	uint8_t digest[HASH_SIZE];
	struct span id;

	hash_sha256(l->c->point, digest);
	id = span_of(digest, KEY_ID_SIZE);
	if (!span_equal(l->c->subject_key_id, id))
		return false;
	if (l->s->issuer == NULL)
		return span_equal(l->c->authority_key_id, id);
	return span_equal(l->c->authority_key_id, l->s->issuer->subject_key_id);
}

bool
lint_usage_fits(const struct lint *l)
{
	return l->c->key_usage == l->p->key_usage &&
	    l->c->purposes == l->p->purposes;
}

bool
lint_constraints_fit(const struct lint *l)
{
	if (l->c->ca != l->p->ca)
		return false;
	return !l->p->ca || l->c->path_length == l->p->path_length;
}

static bool
is_policy(struct span oid, enum oid_own role, unsigned level)
{
	uint64_t last = 0;

	return oid_is(oid, role, &last) && last == level;
}

bool
lint_policies_fit(const struct lint *l)
{
	const struct cert *c = l->c;
	enum oid_own role =
	    l->s->role == PROFILE_TRE ? OID_POLICY_TRE : OID_POLICY_TERMINAL;

	if (l->p->policy == CERT_POLICY_NONE)
		return c->npolicies == 0;
	if (l->p->kind == PROFILE_TRE)
		return c->npolicies == 1 &&
		    is_policy(c->policies[0], OID_POLICY_TRE, l->s->tre.level);
	if (l->p->kind == PROFILE_TERMINAL)
		return c->npolicies == 1 &&
		    is_policy(c->policies[0], OID_POLICY_TERMINAL,
			l->s->terminal.level);
	for (unsigned level = 1; level <= 4; level++)
		if (c->npolicies != 4 ||
		    !is_policy(c->policies[level - 1], role, level))
			return false;
	return true;
}

static bool
host_fits(const struct lint *l, size_t i)
{
	uint8_t address[16];
	const char *want = l->s->hosts[i];
	struct span have = l->c->hosts[i];

	if (inet_pton(AF_INET, want, address) == 1)
		return l->c->host_is_address[i] &&
		    span_equal(have, span_of(address, 4));
	if (inet_pton(AF_INET6, want, address) == 1)
		return l->c->host_is_address[i] &&
		    span_equal(have, span_of(address, 16));
	return !l->c->host_is_address[i] && lint_is_text(have, want);
}

bool
lint_alt_name_fits(const struct lint *l)
{
	const struct cert *c = l->c;
	uint64_t model = 0;

	if (l->p->alt_name == ALT_NAME_HARDWARE)
		return c->nhosts == 0 &&
		    oid_is(c->hardware_type, OID_MODEL, &model) &&
		    model == l->s->model_id &&
		    span_equal(c->hardware_serial, l->row->device_id);
	if (c->hardware_type.n != 0)
		return false;
	if (l->p->alt_name == ALT_NAME_NONE)
		return c->nhosts == 0;
	for (size_t i = 0; i < c->nhosts; i++)
		if (c->nhosts != l->s->nhosts || !host_fits(l, i))
			return false;
	return c->nhosts > 0;
}

/* The issuer's own constraints hold for the subject, too. */
bool
lint_scope_fits(const struct lint *l)
{
	const struct name *n = &l->c->permitted, *up;

	if (l->c->no_other_names != l->p->no_other_names)
		return false;
	if (l->p->name_constraints &&
	    (n->foreign || !lint_is_text(n->country, l->s->country) ||
		!lint_is_text(n->organisation, l->s->organisation) ||
		n->unit.n + n->common_name.n + n->serial_number.n != 0))
		return false;
	if (l->s->issuer == NULL ||
	    (l->s->issuer->present & CERT_NAME_CONSTRAINTS) == 0)
		return true;
	up = &l->s->issuer->permitted;
	return span_equal(l->c->subject.country, up->country) &&
	    span_equal(l->c->subject.organisation, up->organisation);
}

static bool
eat(struct span *in, const char *text)
{
	size_t n = strlen(text);

	if (in->n < n || memcmp(in->p, text, n) != 0)
		return false;
	*in = span_of(in->p + n, in->n - n);
	return true;
}

/* A number without leading zeroes. */
static bool
eat_number(struct span *in, uint64_t want)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < in->n && i < 19 && in->p[i] >= '0' && in->p[i] <= '9';
	     i++)
		n = n * 10 + (uint64_t)(in->p[i] - '0');
	if (i == 0 || n != want || (i > 1 && in->p[0] == '0'))
		return false;
	*in = span_of(in->p + i, in->n - i);
	return true;
}

bool
lint_crl_url_fits(const struct lint *l)
{
	uint64_t size = l->s->crl_shard;
	struct span url = l->c->crl_url;

	if (!l->p->crl_point)
		return url.n == 0;
	if (!eat(&url, l->s->public_url) || !eat(&url, "/crl/"))
		return false;
	if (l->s->issuer_id == TEMPLATE_ROOT_ID)
		return eat(&url, "root.crl") && url.n == 0;
	return eat_number(&url, l->s->issuer_id) && eat(&url, "/") &&
	    eat_number(&url, size != 0 ? l->row->index / size : 0) &&
	    eat(&url, ".crl") && url.n == 0;
}

bool
lint_access_urls_fit(const struct lint *l)
{
	struct span ocsp = l->c->ocsp_url, ca = l->c->issuer_url;

	if (l->p->ocsp
		? !eat(&ocsp, l->s->public_url) || !lint_is_text(ocsp, "/ocsp")
		: ocsp.n != 0)
		return false;
	if (!l->p->issuer_url)
		return ca.n == 0;
	if (!eat(&ca, l->s->public_url) || !eat(&ca, "/ca/"))
		return false;
	if (l->s->issuer_id == TEMPLATE_ROOT_ID)
		return lint_is_text(ca, "root.cer");
	return eat_number(&ca, l->s->issuer_id) && lint_is_text(ca, ".cer");
}

bool
lint_tre_info_fits(const struct lint *l)
{
	const struct tre_info *have = &l->c->tre, *want = &l->s->tre;

	return l->p->kind != PROFILE_TRE ||
	    (span_equal(have->model, want->model) &&
		span_equal(have->hardware_version, want->hardware_version) &&
		span_equal(have->least_firmware, want->least_firmware) &&
		span_equal(have->coc_number, want->coc_number) &&
		span_equal(have->rule_set, want->rule_set) &&
		span_equal(have->site, want->site) &&
		have->level == want->level);
}

bool
lint_terminal_info_fits(const struct lint *l)
{
	const struct terminal_info *have = &l->c->terminal,
				   *want = &l->s->terminal;

	return l->p->kind != PROFILE_TERMINAL ||
	    (span_equal(have->model, want->model) &&
		span_equal(have->hardware_platform, want->hardware_platform) &&
		span_equal(have->tac, l->row->tac) &&
		span_equal(have->coc_number, want->coc_number) &&
		span_equal(have->site, want->site) &&
		have->level == want->level);
}

bool
lint_binding_fits(const struct lint *l)
{
	const struct tre_binding *have = &l->c->binding,
				 *want = &l->row->binding;
	struct span serial = want->serial;

	if (l->p->kind != PROFILE_TERMINAL)
		return true;
	while (serial.n > 1 && serial.p[0] == 0)
		serial = span_of(serial.p + 1, serial.n - 1);
	return span_equal(have->key_sha256, want->key_sha256) &&
	    span_equal(have->issuer_key_id, want->issuer_key_id) &&
	    span_equal(have->serial, serial);
}
