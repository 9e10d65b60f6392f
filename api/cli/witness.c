/*
 * What others have signed, verified again.
 */

#include <stdlib.h>
#include <string.h>

#include "api/cli/offline.h"
#include "api/cli/witness.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/err.h"
#include "key/hash.h"
#include "key/jws.h"
#include "registry/statement.h"
#include "x509/path.h"

struct signer {
	struct buf certificate, issuer;
	json_t *said; /* by the register */
	uint8_t sha256[32];
	struct cert cert;
	bool trusted;
};

struct witness {
	struct cli *cli;
	struct roots roots;
	struct signer **signers; /* those asked for so far */
	size_t n;
};

struct witness *
witness_new(struct cli *cli)
{
	struct witness *w = calloc(1, sizeof(*w));

	if (w == NULL)
		abort(); /* out of memory */
	w->cli = cli;
	if (offline_roots(cli, &w->roots) == 0)
		return w;
	witness_free(w);
	return NULL;
}

static void
signer_free(struct signer *s)
{
	buf_free(&s->certificate);
	buf_free(&s->issuer);
	json_decref(s->said);
	free(s);
}

void
witness_free(struct witness *w)
{
	size_t i;

	if (w == NULL)
		return;
	for (i = 0; i < w->n; i++)
		signer_free(w->signers[i]);
	free(w->signers);
	roots_free(&w->roots);
	free(w);
}

bool
witness_found(void)
{
	return err_kind() == ERR_DENIED || err_kind() == ERR_INPUT;
}

/* ---- who signed */

static int
decode(const json_t *o, const char *name, struct buf *out)
{
	return base64_decode(out, span_str(cli_text(o, name)));
}

/* Under one of the roots, as it was made? */
static bool
is_ours(const struct witness *w, struct signer *s)
{
	struct path_question q = { .leaf = buf_span(&s->certificate),
		.issuer = buf_span(&s->issuer),
		.presented = 2,
		.role = PATH_ACCESS };
	struct path_ca *root;
	struct cert leaf;
	size_t i;
	bool ours = false;

	if (cert_parse(q.leaf, &s->cert) == -1)
		return false;
	q.now = s->cert.not_before;
	for (i = 0; i < w->roots.n && !ours; i++) {
		root = path_ca_new(buf_span(&w->roots.der[i]));
		ours = root != NULL &&
		    path_judge(&q, root, NULL, 0, &leaf) == NULL;
		path_ca_free(root);
	}
	return ours && (s->cert.purposes & EKU_CLIENT_AUTH) != 0;
}

static void
keep(struct witness *w, struct signer *s)
{
	w->signers = reallocarray(w->signers, w->n + 1, sizeof(*w->signers));
	if (w->signers == NULL)
		abort(); /* out of memory */
	w->signers[w->n++] = s;
}

/* Ask the register, which is believed no further than our root reaches. */
static struct signer *
ask(struct witness *w, const uint8_t sha256[32])
{
	struct buf hex = BUF_EMPTY;
	uint8_t is[32];
	struct signer *s;
	json_t *said;

	hex_encode(&hex, span_of(sha256, 32));
	said = cli_get(w->cli, "/v1/signers/%s", buf_str(&hex));
	buf_free(&hex);
	if (said == NULL) {
		if (err_kind() == ERR_ABSENT)
			err_set_code(ERR_DENIED, "SIGNER_UNKNOWN",
			    "it names a signer that the register does not "
			    "know");
		return NULL;
	}
	if ((s = calloc(1, sizeof(*s))) == NULL)
		abort(); /* out of memory */
	s->said = said;
	memcpy(s->sha256, sha256, sizeof(s->sha256));
	if (decode(said, "certificate", &s->certificate) == 0 &&
	    decode(said, "issuer", &s->issuer) == 0) {
		hash_sha256(buf_span(&s->certificate), is);
		s->trusted =
		    memcmp(is, sha256, sizeof(is)) == 0 && is_ours(w, s);
	}
	keep(w, s);
	return s;
}

static struct signer *
find(struct witness *w, const uint8_t sha256[32])
{
	size_t i;

	for (i = 0; i < w->n; i++)
		if (memcmp(w->signers[i]->sha256, sha256, 32) == 0)
			return w->signers[i];
	return ask(w, sha256);
}

/* The last of its states that had begun by then; otherwise where none had. */
static const char *
state_at(const struct signer *s, const char *which, int64_t at,
    const char *otherwise)
{
	const char *state = otherwise;
	const json_t *one;
	int64_t since;
	size_t i;

	json_array_foreach(json_object_get(s->said, which), i, one)
	{
		if (clock_parse(span_str(cli_text(one, "since")), &since) ==
			0 &&
		    since <= at)
			state = cli_text(one, "state");
	}
	return state;
}

/* As of the whole second: what changed in that second itself may be either. */
static bool
is_good(const struct signer *s, int64_t at)
{
	return at >= s->cert.not_before && at <= s->cert.not_after &&
	    (strcmp(state_at(s, "states", at, ""), "active") == 0 ||
		strcmp(state_at(s, "states", at - 1, ""), "active") == 0) &&
	    (strcmp(state_at(s, "certificate_states", at, "issued"),
		 "issued") == 0 ||
		strcmp(state_at(s, "certificate_states", at - 1, "issued"),
		    "issued") == 0);
}

/* By its certificate and by the register. */
static bool
is_theirs(const struct signer *s, const char *organisation, const char *role)
{
	struct span o = s->cert.subject.organisation;
	const char *theirs = cli_text(s->said, "organisation");

	if (strcmp(cli_text(s->said, "role"), role) != 0 ||
	    o.n != strlen(theirs) || memcmp(o.p, theirs, o.n) != 0)
		return false;
	return organisation != NULL
	    ? strcmp(theirs, organisation) == 0
	    : strcmp(cli_text(s->said, "kind"), "body") == 0;
}

static struct signer *
judged(struct witness *w, const uint8_t sha256[32], int64_t at,
    const char *organisation, const char *role)
{
	struct signer *s = find(w, sha256);

	if (s == NULL)
		return NULL;
	if (!s->trusted)
		err_set_code(ERR_DENIED, "SIGNER_UNTRUSTED",
		    "its signer's certificate is not under our root");
	else if (!is_theirs(s, organisation, role))
		err_set_code(ERR_DENIED, "SIGNER_NOT_THEIRS",
		    "%s has signed it, who is not of %s in the role %s",
		    cli_text(s->said, "by"),
		    organisation != NULL ? organisation : "the body", role);
	else if (!is_good(s, at))
		err_set_code(ERR_DENIED, "SIGNER_NOT_GOOD",
		    "%s has signed it, whose certificate had ended or who was "
		    "locked",
		    cli_text(s->said, "by"));
	else
		return s;
	return NULL;
}

int
witness_signer(struct witness *w, const uint8_t sha256[32], int64_t at,
    const char *organisation, const char *role, struct span *certificate)
{
	struct signer *s = judged(w, sha256, at, organisation, role);

	if (s == NULL)
		return -1;
	*certificate = buf_span(&s->certificate);
	return 0;
}

/* ---- what they signed */

/* Which certificate the header names. */
static int
named(struct span text, uint8_t sha256[32])
{
	struct buf octets = BUF_EMPTY;
	struct jws j;
	const char *x5t;
	int rc = -1;

	if (jws_split(text, STATEMENT_MAX, &j) == 0) {
		x5t = json_string_value(json_object_get(j.header, "x5t#S256"));
		if (x5t != NULL &&
		    base64url_decode(&octets, span_str(x5t)) == 0 &&
		    octets.n == 32) {
			memcpy(sha256, octets.p, 32);
			rc = 0;
		}
	}
	jws_free(&j);
	buf_free(&octets);
	return rc == 0 ? 0
		       : err_set_code(ERR_INPUT, "STATEMENT_MALFORMED",
			     "what was signed cannot be read");
}

static int
verify(struct witness *w, const json_t *o, struct statement *s,
    const char *organisation, const char *role, const char **by)
{
	struct signer *signer;
	uint8_t sha256[32];
	int64_t at;

	if (clock_parse(span_str(cli_text(o, "at")), &at) == -1 ||
	    named(s->jws, sha256) == -1 ||
	    (signer = judged(w, sha256, at, organisation, role)) == NULL)
		return -1;
	s->certificate = buf_span(&signer->certificate);
	*by = cli_text(signer->said, "by");
	return statement_verify(s, at);
}

int
witness_statement(struct witness *w, const json_t *o, const char *url,
    const char *organisation, const char *role, json_t **said, const char **by)
{
	struct buf body = BUF_EMPTY;
	struct statement s = { .url = url };
	int rc = -1;

	*said = NULL;
	s.jws = span_str(cli_text(o, "jws"));
	if (s.jws.n == 0)
		err_set_code(
		    ERR_DENIED, "STATEMENT_ABSENT", "nobody has signed it");
	else if (decode(o, "body", &body) == 0) {
		s.body = buf_span(&body);
		rc = verify(w, o, &s, organisation, role, by);
	}
	if (rc == 0 &&
	    (*said = json_loadb((const char *)body.p, body.n,
		 JSON_REJECT_DUPLICATES, NULL)) == NULL)
		rc = err_set_code(ERR_INPUT, "STATEMENT_MALFORMED",
		    "what was signed is no JSON");
	buf_free(&body);
	return rc;
}
