/*
 * Certification paths: leaf, issuing CA, root, and nothing else.
 */

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "x509/oid.h"
#include "x509/path.h"

/*
 * Which root's signature on a CA was found good: that depends on the two alone.
 * Written once, by whichever thread comes first.
 */
struct vouched {
	_Atomic int state; /* 0; 1: being written; 2: root_sha256 is there */
	uint8_t root_sha256[32];
};

struct path_ca {
	struct buf der;
	struct cert cert; /* borrows from der */
	struct key *key;
	struct vouched *vouched;
};

/* Every code of this file; the answers point here. */
static const struct {
	const char *code, *sentence;
} codes[] = {
	{ "CERTIFICATE_MALFORMED",
	    "the certificate is not strict DER of the shape that we issue" },
	{ "ALGORITHM_NOT_ALLOWED",
	    "the certificate has a key or signature of a kind not allowed" },
	{ "CHAIN_LENGTH",
	    "a chain must be exactly the leaf and its issuing CA, without the "
	    "root" },
	{ "CHAIN_UNTRUSTED", "the chain does not lead to our root" },
	{ "CHAIN_SIGNATURE",
	    "a certificate of the chain is not signed by the one above it" },
	{ "ROLE_MISMATCH",
	    "a certificate of the chain is not one for this role" },
	{ "ISSUER_OUT_OF_SCOPE",
	    "the issuing CA may not issue certificates with this name" },
	{ "CERTIFICATE_NOT_YET_VALID",
	    "a certificate of the chain is not valid yet" },
	{ "CERTIFICATE_EXPIRED",
	    "a certificate of the chain was not valid any more" },
};

const char *
path_sentence(const char *code)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(codes[i].code, code) == 0)
			return codes[i].sentence;
	return "the chain was refused";
}

struct path_ca *
path_ca_new(struct span der)
{
	struct path_ca *ca = xcalloc(1, sizeof(*ca));

	ca->vouched = xcalloc(1, sizeof(*ca->vouched));
	buf_put_span(&ca->der, der);
	if (cert_parse(buf_span(&ca->der), &ca->cert) == -1 ||
	    (ca->key = key_from_spki(ca->cert.spki)) == NULL) {
		path_ca_free(ca);
		return NULL;
	}
	return ca;
}

void
path_ca_free(struct path_ca *ca)
{
	if (ca == NULL)
		return;
	key_free(ca->key);
	buf_free(&ca->der);
	free(ca->vouched);
	free(ca);
}

const struct cert *
path_ca_cert(const struct path_ca *ca)
{
	return &ca->cert;
}

const struct key *
path_ca_key(const struct path_ca *ca)
{
	return ca->key;
}

/* RFC 5280 6.1.3 (a)(4), and the key identifiers must agree. */
static bool
is_issued_by(const struct cert *c, const struct cert *issuer)
{
	return span_equal(c->issuer.der, issuer->subject.der) &&
	    c->authority_key_id.n > 0 &&
	    span_equal(c->authority_key_id, issuer->subject_key_id);
}

/* RFC 5280 6.1.3 (a)(2) */
static const char *
judge_dates(const struct cert *c, int64_t at)
{
	if (at < c->not_before)
		return "CERTIFICATE_NOT_YET_VALID";
	if (at > c->not_after)
		return "CERTIFICATE_EXPIRED";
	return NULL;
}

/* Is it a policy of the role?  Then its level. */
static bool
is_policy_of(enum path_role role, struct span oid, uint64_t *level)
{
	return oid_is(oid,
		   role == PATH_TRE ? OID_POLICY_TRE : OID_POLICY_TERMINAL,
		   level) &&
	    *level >= 1 && *level <= 4;
}

/* RFC 5280 6.1.4 (k) to (n), and the policies of our roles. */
static bool
is_ca_of(const struct cert *ca, enum path_role role)
{
	uint64_t level = 0;

	if (!ca->ca || ca->path_length != 0 ||
	    (ca->key_usage & KU_KEY_CERT_SIGN) == 0)
		return false;
	if (role == PATH_ACCESS)
		return ca->npolicies == 0;
	for (size_t i = 0; i < ca->npolicies; i++)
		if (!is_policy_of(role, ca->policies[i], &level))
			return false;
	return ca->npolicies > 0;
}

/* Asked of every leaf; a root of a large curve takes a millisecond. */
static bool
is_signed_by(const struct path_ca *ca, const struct path_ca *root)
{
	struct vouched *v = ca->vouched;
	int none = 0;

	if (atomic_load(&v->state) == 2 &&
	    memcmp(v->root_sha256, root->cert.sha256, 32) == 0)
		return true;
	if (cert_verify(&ca->cert, root->key) == -1)
		return false;
	if (atomic_compare_exchange_strong(&v->state, &none, 1)) {
		memcpy(v->root_sha256, root->cert.sha256, 32);
		atomic_store(&v->state, 2);
	}
	return true;
}

const char *
path_judge_ca(const struct path_ca *ca, const struct path_ca *root,
    enum path_role role, int64_t at)
{
	const struct cert *c = &ca->cert;

	if (span_equal(c->der, root->cert.der))
		return "CHAIN_LENGTH";
	if (!is_issued_by(c, &root->cert))
		return "CHAIN_UNTRUSTED";
	if (!is_signed_by(ca, root))
		return "CHAIN_SIGNATURE";
	if (!is_ca_of(c, role))
		return "ROLE_MISMATCH";
	if (role != PATH_ACCESS &&
	    (c->permitted.country.n == 0 || c->permitted.organisation.n == 0))
		return "ISSUER_OUT_OF_SCOPE";
	return judge_dates(c, at);
}

/* One policy, which its CA may assert, and what goes with the role. */
static bool
is_leaf_of(const struct cert *leaf, const struct cert *ca, enum path_role role)
{
	uint64_t level = 0;
	bool asserted = false;

	if (leaf->ca || (leaf->key_usage & KU_DIGITAL_SIGNATURE) == 0)
		return false;
	if (role == PATH_ACCESS)
		return leaf->npolicies == 0;
	if (leaf->npolicies != 1 ||
	    !is_policy_of(role, leaf->policies[0], &level))
		return false;
	for (size_t i = 0; i < ca->npolicies; i++)
		if (span_equal(leaf->policies[0], ca->policies[i]))
			asserted = true;
	if (!asserted)
		return false;
	if (role == PATH_TRE)
		return (leaf->present & CERT_TRE_INFO) &&
		    leaf->tre.level == level;
	return (leaf->present & CERT_TERMINAL_INFO) &&
	    leaf->terminal.level == level;
}

/* RFC 5280 6.1.3 (b): our constraints permit one C and O. */
static bool
is_in_scope(const struct cert *leaf, const struct cert *ca)
{
	if ((ca->present & CERT_NAME_CONSTRAINTS) == 0)
		return true;
	return !leaf->subject.foreign &&
	    span_equal(leaf->subject.country, ca->permitted.country) &&
	    span_equal(leaf->subject.organisation, ca->permitted.organisation);
}

static const char *
judge_leaf(const struct cert *leaf, const struct path_ca *issuer,
    const struct path_ca *root, enum path_role role, int64_t now,
    bool leaf_is_registered)
{
	const char *code;

	/* a leaf under the root itself is one certificate short */
	if (span_equal(issuer->cert.der, root->cert.der))
		return "CHAIN_LENGTH";
	if (!is_issued_by(leaf, &issuer->cert))
		return "CHAIN_UNTRUSTED";
	code = path_judge_ca(issuer, root, role, leaf->not_before);
	if (code != NULL)
		return code;
	if (!leaf_is_registered && cert_verify(leaf, issuer->key) == -1)
		return "CHAIN_SIGNATURE";
	if (!is_leaf_of(leaf, &issuer->cert, role))
		return "ROLE_MISMATCH";
	if (!is_in_scope(leaf, &issuer->cert))
		return "ISSUER_OUT_OF_SCOPE";
	return judge_dates(leaf, now);
}

/* What cert_parse() said, as one of our own. */
static const char *
parse_code(void)
{
	return strcmp(err_code(), "ALGORITHM_NOT_ALLOWED") == 0
	    ? "ALGORITHM_NOT_ALLOWED"
	    : "CERTIFICATE_MALFORMED";
}

const char *
path_leaf(struct span der, enum path_role role, struct cert *leaf)
{
	int rc;

	*leaf = (struct cert){ .path_length = -1 };
	rc = cert_parse(der, leaf);
	/* suppliers' people may have RSA, devices never, whatever else it is */
	if (leaf->key_kind == KEY_RSA && role != PATH_ACCESS)
		return "ALGORITHM_NOT_ALLOWED";
	return rc == -1 ? parse_code() : NULL;
}

const char *
path_judge(const struct path_question *q, const struct path_ca *root,
    struct path_ca *const *known, size_t nknown, struct cert *leaf)
{
	const struct path_ca *issuer = NULL;
	struct path_ca *stranger = NULL;
	const char *code;

	if (!q->leaf_is_parsed &&
	    (code = path_leaf(q->leaf, q->role, leaf)) != NULL)
		return code;
	if (q->presented != 2)
		return "CHAIN_LENGTH";
	for (size_t i = 0; i < nknown && issuer == NULL; i++)
		if (span_equal(known[i]->cert.der, q->issuer))
			issuer = known[i];
	if (issuer == NULL) {
		if ((stranger = path_ca_new(q->issuer)) == NULL)
			return parse_code();
		issuer = stranger;
	}
	code = judge_leaf(
	    leaf, issuer, root, q->role, q->now, q->leaf_is_registered);
	path_ca_free(stranger);
	return code;
}

struct key *
path_signer_key(struct span leaf, struct span issuer, struct span root,
    enum cert_purpose purpose, int64_t at)
{
	struct path_question q = { .leaf = leaf,
		.issuer = issuer,
		.presented = 2,
		.role = PATH_ACCESS,
		.now = at };
	struct path_ca *anchor = path_ca_new(root);
	struct cert c;
	const char *code;

	if (anchor == NULL)
		return NULL;
	code = path_judge(&q, anchor, NULL, 0, &c);
	path_ca_free(anchor);
	if (code != NULL)
		err_set(ERR_DENIED, "%s", path_sentence(code));
	else if (c.purposes != (unsigned)purpose)
		err_set(ERR_DENIED, "its certificate is for other purposes");
	else
		return key_from_spki(c.spki);
	return NULL;
}
