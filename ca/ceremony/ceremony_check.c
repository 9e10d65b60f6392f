/*
 * Do script, requests, roots and the previous CRL fit together?
 */

#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "base/err.h"
#include "ceremony/ceremony_inside.h"
#include "x509/crl_read.h"

#define DAYS_OFF 7 /* of the clocks, as run.h has it */

/* CRLReason, RFC 5280 section 5.3.1: one may end, one be found out later */
#define ON_HOLD	       6
#define KEY_COMPROMISE 1

/* What is requested is certified, and nothing else is. */
static int
check_names(const struct ceremony *c)
{
	const struct script *s = &c->script;
	const struct requests *r = &c->requests;

	for (size_t i = 0; i < r->n; i++)
		if (script_find(s, r->certificates[i].name) == NULL)
			return ceremony_refuse("\"%s\" is requested, and the "
					       "script does not certify it",
			    r->certificates[i].name);
	for (size_t i = 0; i < s->ncertify; i++)
		if (requests_find(r, s->certify[i].name) == NULL)
			return ceremony_refuse(
			    "the script certifies \"%s\", which is not among "
			    "the requests",
			    s->certify[i].name);
	return 0;
}

static int
check_algorithm(const struct ceremony *c)
{
	struct key *key = key_from_spki(buf_span(&c->in.root_key));
	bool same = key != NULL && key_kind(key) == c->script.algorithm;

	key_free(key);
	return same ? 0
		    : ceremony_refuse("the root's public key is not of the "
				      "script's algorithm");
}

static int
check_root(const struct ceremony *c)
{
	const struct requests *r = &c->requests;

	if (c->script.new_root == r->has_root)
		return ceremony_refuse(r->has_root
			? "the requests are for a root that is there, and the "
			  "script makes a new one"
			: "the requests are for a new root, and the script "
			  "names one that is there");
	if (c->in.root_key.n > 0 && check_algorithm(c) == -1)
		return -1;
	if (r->root_algorithm[0] != '\0' &&
	    strcmp(r->root_algorithm, key_name(c->script.algorithm)) != 0)
		return ceremony_refuse(
		    "the requests want a root on %s, and the script makes one "
		    "on %s",
		    r->root_algorithm, key_name(c->script.algorithm));
	if (r->has_root && memcmp(c->root.sha256, r->root, HASH_SIZE) != 0)
		return ceremony_refuse(
		    "the root is not the one that the requests are for");
	return 0;
}

static int
check_links(const struct ceremony *c)
{
	const struct requests *r = &c->requests;
	bool old = requests_find(r, REQUESTS_OLD_WITH_NEW) != NULL;
	bool new = requests_find(r, REQUESTS_NEW_WITH_OLD) != NULL;

	if (new && !old)
		return ceremony_refuse(
		    "a " REQUESTS_NEW_WITH_OLD " needs a " REQUESTS_OLD_WITH_NEW
		    " beside it");
	if (old != c->script.has_previous || old != r->has_previous_root)
		return ceremony_refuse(
		    "links and previous_root go together: script and requests "
		    "have both, or neither");
	if (old && memcmp(c->previous.sha256, r->previous_root, HASH_SIZE) != 0)
		return ceremony_refuse("the previous root is not the one that "
				       "the requests are for");
	if (new != c->script.has_previous_key)
		return ceremony_refuse(
		    "previous_root has a key where "
		    "a " REQUESTS_NEW_WITH_OLD " is requested, and only there");
	return 0;
}

static int
check_custodians(const struct ceremony *c)
{
	const struct buf *keys = c->in.custodians;

	for (size_t i = 0; i < c->script.ncustodians; i++)
		for (size_t j = 0; j < i; j++)
			if (span_equal(buf_span(&keys[i]), buf_span(&keys[j])))
				return ceremony_refuse("%s and %s have the "
						       "same key",
				    c->script.custodians[j].name,
				    c->script.custodians[i].name);
	return 0;
}

/* ---- who asks */

/* The root that the register has, and whose the signer is. */
static const struct buf *
root_of_register(const struct ceremony *c)
{
	return c->requests.has_root ? &c->in.root : &c->in.previous_root;
}

/* The signer's CA must not be one that the root has revoked. */
static int
check_signer_ca(const struct ceremony *c)
{
	struct crl_entry e;
	struct cert ca;
	struct crl crl;
	int found;

	if (c->in.previous_crl.n == 0 || c->signer.issuer.n == 0)
		return 0;
	if (cert_parse(buf_span(&c->signer.issuer), &ca) == -1)
		return -1;
	if (crl_parse(buf_span(&c->in.previous_crl), &crl) == -1)
		return ceremony_refuse("the previous CRL: %s", err_text());
	if (!span_equal(ca.authority_key_id, crl.authority_key_id))
		return 0;
	if ((found = crl_find(&crl, ca.serial, &e)) == -1)
		return -1;
	return found == 0 ? 0
			  : err_set_code(ERR_DENIED, "REQUESTS_SIGNER",
				"the requests are signed under a CA that is "
				"revoked in the previous CRL");
}

/* Who has stolen an old key of a signer, which nobody can take back here, must
 * have been quick. */
static int
check_age(const struct ceremony *c)
{
	int64_t age = c->script.date - c->requests.made;

	if (age <= REQUESTS_DAYS_MAX * DAY && age >= -DAYS_OFF * DAY)
		return 0;
	return err_set_code(ERR_DENIED, "REQUESTS_OLD",
	    "the requests were not made in the %d days before the ceremony: "
	    "fetch them again (assay ca requests --out)",
	    REQUESTS_DAYS_MAX);
}

/*
 * An instance's first file has no signature: there is no root yet.  Any other
 * has one, or people say in the script that the SHA-256 which the authority
 * has logged is all that they believe.
 */
static int
check_signature(struct ceremony *c)
{
	const struct requests *r = &c->requests;

	if (!r->has_root && !r->has_previous_root)
		return 0;
	if (r->signature.n == 0 && c->script.unsigned_requests)
		return 0;
	if (requests_verify(r, buf_span(root_of_register(c)), &c->signer) ==
		-1 ||
	    check_age(c) == -1)
		return -1;
	return c->script.unsigned_requests
	    ? ceremony_refuse("the requests are signed, and the script says "
			      "that they are not (unsigned)")
	    : check_signer_ca(c);
}

/* ---- nothing is un-revoked */

struct walk {
	const struct requests *requests;
	size_t at; /* both lists are mostly in the same order */
};

static const struct crl_entry *
find(struct walk *w, const struct crl_entry *e)
{
	const struct requests *r = w->requests;
	const struct crl_entry *have;

	for (size_t i = 0; i < r->nrevoked; i++) {
		have = &r->revoked[(w->at + i) % r->nrevoked];
		if (span_equal(span_of(have->serial, have->serial_length),
			span_of(e->serial, e->serial_length))) {
			w->at = (w->at + i + 1) % r->nrevoked;
			return have;
		}
	}
	return NULL;
}

static int
stays_revoked(const struct crl_entry *e, void *ctx)
{
	const struct crl_entry *have = find(ctx, e);
	struct buf serial = BUF_EMPTY;

	if (e->reason == ON_HOLD)
		return 0;
	hex_encode(&serial, span_of(e->serial, e->serial_length));
	if (have == NULL)
		(void)ceremony_refuse("%s is revoked in the previous CRL and "
				      "would not be any more",
		    buf_str(&serial));
	else if (have->when != e->when ||
	    (have->reason != e->reason && have->reason != KEY_COMPROMISE))
		(void)ceremony_refuse("%s has another date or reason than in "
				      "the previous CRL",
		    buf_str(&serial));
	else {
		buf_free(&serial);
		return 0;
	}
	buf_free(&serial);
	return -1;
}

static int
read_previous_crl(
    const struct ceremony *c, const struct cert *root, struct crl *crl)
{
	struct key *key;
	int rc;

	if (crl_parse(buf_span(&c->in.previous_crl), crl) == -1 ||
	    (key = key_from_spki(root->spki)) == NULL)
		return ceremony_refuse("the previous CRL: %s", err_text());
	rc = crl_verify(crl, root, key);
	key_free(key);
	return rc == 0 ? 0
		       : ceremony_refuse("the previous CRL is not the root's");
}

static int
check_previous_crl(const struct ceremony *c)
{
	struct walk w = { &c->requests, 0 };
	struct crl crl;

	if (read_previous_crl(c, &c->root, &crl) == -1)
		return -1;
	if (c->requests.crl_number <= crl.number ||
	    c->requests.this_update < crl.this_update)
		return ceremony_refuse("the CRL must be newer than the "
				       "previous one, which has the number "
				       "%llu",
		    (unsigned long long)crl.number);
	return crl_each(&crl, stays_revoked, &w);
}

/* Neither over when it is made, nor for so long that it hides the next one. */
static int
check_crl_times(const struct ceremony *c)
{
	const struct requests *r = &c->requests;
	const struct profile *p = profile_get(c->profiles, PROFILE_ROOT);

	if (r->next_update - r->this_update > p->crl_validity)
		return ceremony_refuse("the CRL would be valid for longer than "
				       "the root's profile says "
				       "(crl_validity)");
	if (r->this_update > c->script.date + DAYS_OFF * DAY ||
	    r->next_update <= c->script.date)
		return ceremony_refuse("the CRL begins after the ceremony, or "
				       "would be over at it");
	return 0;
}

/*
 * A new root has none itself; that of the root before it tells whom this one
 * has revoked, who may have asked (check_signer_ca()).
 */
static int
check_crl_before(const struct ceremony *c)
{
	struct crl crl;

	if (!c->script.has_previous)
		return c->in.previous_crl.n == 0
		    ? 0
		    : ceremony_refuse("a new root has no previous CRL");
	if (c->in.previous_crl.n == 0)
		return ceremony_refuse("crl.previous must be the last CRL of "
				       "the previous root: by it one knows "
				       "whom that has revoked");
	return read_previous_crl(c, &c->previous, &crl);
}

static int
check_crl(const struct ceremony *c)
{
	const struct requests *r = &c->requests;

	if (r->has_crl != c->script.has_crl)
		return ceremony_refuse(r->has_crl
			? "a CRL is requested, and the script makes none"
			: "the script makes a CRL, and none is requested");
	if (!r->has_crl)
		return r->has_root || r->has_previous_root
		    ? ceremony_refuse("the requests ask for no CRL: where "
				      "there is a root they do, since by its "
				      "last one one knows whether who asks is "
				      "revoked")
		    : 0;
	if (r->crl_number != c->script.crl_number)
		return ceremony_refuse("the CRL that is requested has the "
				       "number %llu, that of the script %llu",
		    (unsigned long long)r->crl_number,
		    (unsigned long long)c->script.crl_number);
	if (check_crl_times(c) == -1)
		return -1;
	if (c->script.new_root)
		return check_crl_before(c);
	if (c->in.previous_crl.n == 0)
		return ceremony_refuse(
		    "crl.previous must be the root's last CRL: a root that is "
		    "there has one, and what is revoked in it stays so");
	return check_previous_crl(c);
}

int
ceremony_check(struct ceremony *c)
{
	if (check_root(c) == -1 || check_links(c) == -1 ||
	    check_signature(c) == -1 || check_names(c) == -1 ||
	    check_custodians(c) == -1)
		return -1;
	return check_crl(c);
}
