/*
 * Status feeds: one by itself, and one after another.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "base/err.h"
#include "key/hash.h"
#include "registry/feed.h"
#include "x509/cert.h"
#include "x509/path.h"

#define EARLY 300 /* seconds that two clocks may be apart */

/* What a feed lists, and by which members its subjects are told apart. */
static const struct list {
	const char *name;
	const char *keys[2];
} lists[] = {
	{ "entries", { "model", NULL } },
	{ "sites", { "site", "scope" } },
	{ "suppliers", { "organisation", NULL } },
	{ "authorities", { "id", NULL } },
	{ "measures", { "measure", NULL } },
};

#define NLISTS (sizeof(lists) / sizeof(lists[0]))

static int
malformed(const char *why)
{
	return err_set_code(
	    ERR_INPUT, "FEED_MALFORMED", "the feed is malformed: %s", why);
}

/* ---- its text */

static int
get_time(const json_t *o, const char *name, int64_t *t)
{
	const char *s = json_string_value(json_object_get(o, name));

	if (s == NULL || clock_parse(span_str(s), t) == -1)
		return malformed("issued and nextUpdate must be times");
	return 0;
}

static int
parse_previous(struct feed *f)
{
	struct buf octets = BUF_EMPTY;
	size_t n;

	f->previous = json_string_value(json_object_get(f->claims, "previous"));
	if (f->previous == NULL)
		return f->no == 1 ? 0 : malformed("it names no previous one");
	n = hex_decode(&octets, span_str(f->previous)) == 0 ? octets.n : 0;
	buf_free(&octets);
	if (n != 32 || f->no == 1)
		return malformed("previous must be a SHA-256 in hex, from "
				 "number 2 on");
	return 0;
}

static int
read_claims(struct feed *f)
{
	const json_t *no, *v;
	size_t i, j;

	f->claims = json_loadb((const char *)f->jws.payload.p, f->jws.payload.n,
	    JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(f->claims))
		return malformed("its payload is no JSON object");
	no = json_object_get(f->claims, "no");
	f->no = json_integer_value(no);
	if (!json_is_integer(no) || f->no < 1)
		return malformed("no must be a number from 1");
	if (get_time(f->claims, "issued", &f->issued) == -1 ||
	    get_time(f->claims, "nextUpdate", &f->next_update) == -1)
		return -1;
	if (f->next_update <= f->issued)
		return malformed("its nextUpdate does not lie behind issued");
	/* whoever has had a signer's key cannot make one that outlives it */
	if (f->next_update - f->issued > FEED_LASTS)
		return malformed("its nextUpdate lies more than seven days "
				 "behind issued");
	for (i = 0; i < NLISTS; i++) {
		if (!json_is_array(json_object_get(f->claims, lists[i].name)))
			return malformed("one of its lists is missing");
		json_array_foreach(
		    json_object_get(f->claims, lists[i].name), j, v)
		{
			if (!json_is_array(json_object_get(v, "statusReports")))
				return malformed("a subject in it has no "
						 "statusReports");
		}
	}
	return parse_previous(f);
}

static int
parse_claims(struct feed *f)
{
	if (read_claims(f) == 0)
		return 0;
	json_decref(f->claims);
	f->claims = NULL;
	return -1;
}

static int
parse_chain(struct feed *f)
{
	const json_t *x5c = json_object_get(f->jws.header, "x5c");
	struct buf *der[] = { &f->signer, &f->issuer };
	const char *s;

	if (json_array_size(x5c) != 2)
		return malformed("x5c must be two certificates: the signer's "
				 "and its issuer's");
	for (size_t i = 0; i < 2; i++) {
		s = json_string_value(json_array_get(x5c, i));
		if (s == NULL || base64_decode(der[i], span_str(s)) == -1)
			return malformed("x5c must be base64 (RFC 7515 "
					 "section 4.1.6)");
	}
	return 0;
}

int
feed_parse(struct span text, struct feed *f)
{
	struct buf hex = BUF_EMPTY;
	uint8_t digest[32];

	memset(f, 0, sizeof(*f));
	hash_sha256(text, digest);
	hex_encode(&hex, span_of(digest, sizeof(digest)));
	(void)snprintf(f->sha256, sizeof(f->sha256), "%s", buf_str(&hex));
	buf_free(&hex);
	if (jws_split(text, FEED_MAX, &f->jws) == -1 ||
	    jws_check_header(&f->jws, FEED_TYPE, "a:x5c") == -1)
		return malformed(err_text());
	return parse_chain(f);
}

void
feed_free(struct feed *f)
{
	jws_free(&f->jws);
	json_decref(f->claims);
	f->claims = NULL;
	buf_free(&f->signer);
	buf_free(&f->issuer);
}

/* ---- by itself */

static int
not_signer(const char *why)
{
	return err_set_code(ERR_DENIED, "FEED_SIGNER",
	    "the feed's signer is no feed signer of this PKI: %s", why);
}

static struct key *
key_at(const struct feed *f, struct span root, int64_t at)
{
	struct key *key = path_signer_key(buf_span(&f->signer),
	    buf_span(&f->issuer), root, EKU_FEED_SIGNING, at);

	if (key == NULL)
		not_signer(err_text());
	return key;
}

/* By a key that ever was a feed signer's under this root. */
static int
verify_signature(const struct feed *f, struct span root)
{
	struct cert signer;
	struct key *key;
	int rc;

	if (cert_parse(buf_span(&f->signer), &signer) == -1)
		return not_signer(err_text());
	if ((key = key_at(f, root, signer.not_before)) == NULL)
		return -1;
	rc = jws_verify(&f->jws, key);
	key_free(key);
	if (rc == -1 && err_kind() == ERR_DENIED)
		return err_set_code(ERR_DENIED, "FEED_SIGNATURE",
		    "the feed was altered, or signed with another key");
	return rc == -1 ? malformed(err_text()) : 0;
}

/* What the signature is not on is not read: it may be anybody's, and long. */
int
feed_verify(struct feed *f, struct span root)
{
	struct key *key;

	if (verify_signature(f, root) == -1 ||
	    (f->claims == NULL && parse_claims(f) == -1) ||
	    (key = key_at(f, root, f->issued)) == NULL)
		return -1;
	key_free(key);
	return 0;
}

int
feed_fresh(const struct feed *f, int64_t now)
{
	char text[CLOCK_TEXT_MAX];
	int64_t late = now - f->next_update;

	if (late >= 0)
		return err_set_code(ERR_DENIED, "FEED_STALE",
		    "feed %lld is stale: its nextUpdate was %s, %lld day%s "
		    "and %lld hours ago; fetch a newer one",
		    (long long)f->no, clock_write(f->next_update, text),
		    (long long)(late / 86400), late / 86400 == 1 ? "" : "s",
		    (long long)(late % 86400 / 3600));
	if (f->issued > now + EARLY)
		return err_set_code(ERR_DENIED, "FEED_NOT_YET",
		    "feed %lld was issued at %s, which is yet to come: one "
		    "of the two clocks is wrong",
		    (long long)f->no, clock_write(f->issued, text));
	return 0;
}

/* ---- one after another */

/* What a subject is called in its list; malloc'd. */
static char *
name_of(const struct list *l, const json_t *subject)
{
	json_t *first = json_object_get(subject, l->keys[0]);
	const char *second = l->keys[1] == NULL
	    ? NULL
	    : json_string_value(json_object_get(subject, l->keys[1]));

	if (json_is_integer(first))
		return xasprintf("%lld", (long long)json_integer_value(first));
	return xasprintf("%s%s%s",
	    json_is_string(first) ? json_string_value(first) : "?",
	    second != NULL ? "/" : "", second != NULL ? second : "");
}

/* A list's subjects by their names; NULL when two have the same. */
static json_t *
by_name(const struct feed *f, const struct list *l)
{
	json_t *map = json_object(), *v;
	char *name;
	bool twice = false;
	size_t i;

	json_array_foreach(json_object_get(f->claims, l->name), i, v)
	{
		name = name_of(l, v);
		twice = twice || json_object_get(map, name) != NULL;
		json_object_set(map, name, v);
		free(name);
	}
	if (!twice)
		return map;
	json_decref(map);
	malformed("it lists something twice");
	return NULL;
}

static int
changed(const struct feed *older, const struct feed *newer, const char *name,
    const char *what)
{
	return err_set_code(ERR_DENIED, "FEED_PAST_CHANGED",
	    "feed %lld changes what feed %lld told of %.80s: %.80s",
	    (long long)newer->no, (long long)older->no, name, what);
}

/* Whatever is not named here was said for good. */
static bool
may_change(const char *member)
{
	return strcmp(member, "current") == 0 ||
	    strcmp(member, "timeOfLastStatusChange") == 0 ||
	    strcmp(member, "statusReports") == 0;
}

/* NULL, or what of it is no more as it was. */
static const char *
breach(json_t *was, json_t *is)
{
	static char text[64];
	json_t *told = json_object_get(was, "statusReports");
	json_t *now = json_object_get(is, "statusReports"), *v;
	const char *member;
	size_t i;

	json_object_foreach(was, member, v)
	{
		if (!may_change(member) &&
		    !json_equal(v, json_object_get(is, member))) {
			(void)snprintf(text, sizeof(text), "its %.40s", member);
			return text;
		}
	}
	json_array_foreach(told, i, v)
	{
		if (!json_equal(v, json_array_get(now, i))) {
			(void)snprintf(text, sizeof(text),
			    "its report %zu is gone or another", i + 1);
			return text;
		}
	}
	return NULL;
}

static int
keeps_list(
    const struct feed *older, const struct feed *newer, const struct list *l)
{
	json_t *were = by_name(older, l), *are = by_name(newer, l), *v;
	const char *name, *why;
	int rc = were == NULL || are == NULL ? -1 : 0;

	json_object_foreach(were, name, v)
	{
		if (rc == -1)
			break;
		why = json_object_get(are, name) == NULL
		    ? "it is missing"
		    : breach(v, json_object_get(are, name));
		if (why != NULL)
			rc = changed(older, newer, name, why);
	}
	json_decref(were);
	json_decref(are);
	return rc;
}

/*
 * The database was put back behind a number from the older one on: what was
 * told up to there and is lost, the newer one cannot tell.  It says so itself.
 */
static bool
was_restored(const struct feed *older, const struct feed *newer)
{
	const json_t *v;
	json_int_t after;
	size_t i;

	json_array_foreach(json_object_get(newer->claims, "restored"), i, v)
	{
		after = json_integer_value(json_object_get(v, "after"));
		if (after >= older->no && after < newer->no)
			return true;
	}
	return false;
}

int
feed_keeps(const struct feed *older, const struct feed *newer)
{
	if (was_restored(older, newer))
		return 0;
	for (size_t i = 0; i < NLISTS; i++)
		if (keeps_list(older, newer, &lists[i]) == -1)
			return -1;
	return 0;
}

int
feed_follows(const struct feed *older, const struct feed *newer)
{
	if (newer->no > older->no + 1)
		return err_set_code(ERR_DENIED, "FEED_GAP",
		    "between feeds %lld and %lld %lld number%s missing",
		    (long long)older->no, (long long)newer->no,
		    (long long)(newer->no - older->no - 1),
		    newer->no - older->no == 2 ? " is" : "s are");
	if (newer->no != older->no + 1)
		return err_set_code(ERR_DENIED, "FEED_CHAIN",
		    "feed %lld does not come after feed %lld",
		    (long long)newer->no, (long long)older->no);
	if (strcmp(newer->previous, older->sha256) != 0)
		return err_set_code(ERR_DENIED, "FEED_CHAIN",
		    "feed %lld names another feed %lld before it than this "
		    "one: there are two of that number",
		    (long long)newer->no, (long long)older->no);
	return feed_keeps(older, newer);
}
