/*
 * Kits, verified, one after another, and what they say of a certificate.
 */

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "key/hash.h"
#include "kit/chain.h"
#include "x509/oid.h"
#include "x509/path.h"

#define EARLY 300 /* seconds that two clocks may be apart */

/* ---- one file */

static int
malformed(const char *why)
{
	return err_set_code(
	    ERR_INPUT, "KIT_MALFORMED", "the kit is malformed: %s", why);
}

static int
parse_layers(struct kit_file *f)
{
	struct kit *k = &f->kit;
	size_t i, j;

	f->layers = xcalloc(k->nissuers + 1, sizeof(*f->layers));
	for (i = 0; i < k->nissuers; i++)
		for (j = 0; j < k->issuers[i].nlayers; j++)
			if (k->kind != KIT_FULL)
				return malformed("a delta with layers");
			else if (exact_parse(k->issuers[i].layers[j],
				     &f->layers[i][j]) == -1)
				return -1;
	return 0;
}

int
kit_file_open(struct buf *octets, struct kit_file *f)
{
	struct oid type;

	memset(f, 0, sizeof(*f));
	f->octets = *octets;
	*octets = BUF_EMPTY;
	hash_sha256(buf_span(&f->octets), f->sha256);
	oid_build(OID_KIT, 0, &type);
	if (signed_parse(buf_span(&f->octets), oid_span(&type), &f->object) ==
	    -1)
		return malformed("it is no signed object of kits");
	return kit_parse_head(f->object.content, &f->kit);
}

int
kit_file_read(struct kit_file *f)
{
	if (kit_parse(f->object.content, &f->kit) == -1)
		return -1;
	return parse_layers(f);
}

void
kit_file_free(struct kit_file *f)
{
	size_t i, j;

	for (i = 0; f->layers != NULL && i < f->kit.nissuers; i++)
		for (j = 0; j < KIT_LAYERS; j++)
			exact_free(&f->layers[i][j]);
	free(f->layers);
	kit_free(&f->kit);
	buf_free(&f->octets);
	memset(f, 0, sizeof(*f));
}

static int
not_signer(const char *why)
{
	return err_set_code(ERR_DENIED, "KIT_SIGNER",
	    "the kit's signer is no signer of kits of this PKI: %s", why);
}

/* Which of the two certificates is the signer's. */
static int
find_signer(
    const struct signed_object *o, struct span *signer, struct span *issuer)
{
	struct cert c;
	int i;

	for (i = 0; i < 2; i++)
		if (cert_parse(o->certificates[i], &c) == 0 &&
		    span_equal(c.subject_key_id, o->signer_key_id)) {
			*signer = o->certificates[i];
			*issuer = o->certificates[1 - i];
			return 0;
		}
	return not_signer("its certificate is not there");
}

int
kit_file_verify(const struct kit_file *f, struct span root)
{
	struct span signer, issuer;
	struct key *key;
	int rc;

	if (find_signer(&f->object, &signer, &issuer) == -1)
		return -1;
	key = path_signer_key(
	    signer, issuer, root, EKU_FEED_SIGNING, f->kit.issued);
	if (key == NULL)
		return not_signer(err_text());
	rc = signed_verify(&f->object, key);
	key_free(key);
	return rc == 0 ? 0
		       : err_set_code(ERR_DENIED, "KIT_SIGNATURE",
			     "the kit was altered, or signed with another key");
}

/* ---- the chain */

/* The delta that the next one must name: the last, or the snapshot's. */
static const uint8_t *
link_of(const struct kit_file *f)
{
	return f->kit.kind == KIT_FULL ? f->kit.link : f->sha256;
}

static int
breaks(const char *code, const struct kit *k, const struct kit *last,
    const char *why)
{
	return err_set_code(ERR_DENIED, code,
	    "kit %lld does not go with kit %lld: %s", (long long)k->number,
	    last == NULL ? 0 : (long long)last->number, why);
}

static int
check_full(const struct kit_chain *c, const struct kit_file *f)
{
	const struct kit_file *last = &c->files[c->n - 1];

	if (f->kit.number < last->kit.number)
		return breaks("KIT_ROLLBACK", &f->kit, &last->kit,
		    "it is older than what is here");
	if (f->kit.number == last->kit.number &&
	    memcmp(f->kit.link, link_of(last), 32) != 0)
		return breaks("KIT_CHAIN", &f->kit, &last->kit,
		    "there are two of that number");
	return 0;
}

static int
check_delta(const struct kit_chain *c, const struct kit_file *f)
{
	const struct kit_file *last = &c->files[c->n - 1];

	if (f->kit.number <= last->kit.number)
		return breaks("KIT_ROLLBACK", &f->kit, &last->kit,
		    "it is not newer than what is here");
	if (f->kit.number != last->kit.number + 1)
		return breaks("KIT_GAP", &f->kit, &last->kit,
		    "numbers in between are missing");
	if (memcmp(f->kit.link, link_of(last), 32) != 0)
		return breaks("KIT_CHAIN", &f->kit, &last->kit,
		    "it follows another one of that number");
	if (f->kit.kind == KIT_ANEW)
		return breaks("KIT_ANEW", &f->kit, &last->kit,
		    "too much has changed; fetch a full snapshot");
	return 0;
}

int
kit_chain_add(struct kit_chain *c, struct kit_file *f)
{
	bool full = f->kit.kind == KIT_FULL;

	if (c->n == 0 && !full)
		return breaks("KIT_GAP", &f->kit, NULL,
		    "there is no full snapshot before it");
	if (c->n > 0 && (full ? check_full(c, f) : check_delta(c, f)) == -1)
		return -1;
	if (full)
		kit_chain_free(c);
	c->files = xrealloc(c->files, (c->n + 1) * sizeof(*c->files));
	c->files[c->n++] = *f;
	memset(f, 0, sizeof(*f));
	return 0;
}

/* In which file of it that number is: the snapshot has all before. */
static const struct kit_file *
find_number(const struct kit_chain *c, int64_t number)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (c->files[i].kit.number == number)
			return &c->files[i];
	return NULL;
}

int
kit_chain_replace(struct kit_chain *c, struct kit_chain *by)
{
	const struct kit *newest = kit_chain_newest(by), *last;
	const struct kit_file *same;
	struct kit_chain old;

	if ((last = kit_chain_newest(c)) != NULL) {
		if (newest == NULL || newest->number < last->number)
			return breaks("KIT_ROLLBACK",
			    newest != NULL ? newest : last, last,
			    "it is older than what is here");
		same = find_number(by, last->number);
		if (same != NULL &&
		    memcmp(link_of(same), link_of(&c->files[c->n - 1]), 32) !=
			0)
			return breaks("KIT_CHAIN", &same->kit, last,
			    "there are two of that number");
	}
	old = *c;
	*c = *by;
	*by = old;
	return 0;
}

void
kit_chain_free(struct kit_chain *c)
{
	while (c->n > 0)
		kit_file_free(&c->files[--c->n]);
	free(c->files);
	c->files = NULL;
}

const struct kit *
kit_chain_newest(const struct kit_chain *c)
{
	return c->n == 0 ? NULL : &c->files[c->n - 1].kit;
}

int
kit_chain_fresh(const struct kit_chain *c, int64_t now)
{
	const struct kit *k = kit_chain_newest(c);
	char text[CLOCK_TEXT_MAX];

	if (k == NULL)
		return err_set_code(
		    ERR_ABSENT, "KIT_ABSENT", "there is no kit here");
	if (now >= k->next_update)
		return err_set_code(ERR_DENIED, "KIT_STALE",
		    "kit %lld is stale: its nextUpdate was %s, %lld hours ago; "
		    "fetch a newer one",
		    (long long)k->number, clock_write(k->next_update, text),
		    (long long)(now - k->next_update) / 3600);
	if (k->issued > now + EARLY)
		return err_set_code(ERR_DENIED, "KIT_NOT_YET",
		    "kit %lld was issued at %s, which is yet to come: one of "
		    "the two clocks is wrong",
		    (long long)k->number, clock_write(k->issued, text));
	return 0;
}

/* ---- what it says of a certificate */

const struct kit_issuer *
kit_find_issuer(const struct kit *k, struct span key_id)
{
	size_t i;

	for (i = 0; i < k->nissuers; i++)
		if (span_equal(k->issuers[i].key_id, key_id))
			return &k->issuers[i];
	return NULL;
}

/* What single certificates are said of in that file; false: not of this. */
static bool
is_listed(const struct kit_file *f, struct span key_id,
    const struct kit_key *key, enum kit_class *class)
{
	const struct kit_issuer *is = kit_find_issuer(&f->kit, key_id);
	const uint8_t *record;

	record = is == NULL ? NULL : exact_find(is->listed, KIT_RECORD, key);
	if (record == NULL)
		return false;
	*class = (enum kit_class)record[KIT_RECORD - 1];
	return true;
}

/* Layer after layer: is it of a class beyond? */
static bool
in_layers(const struct kit_file *full, struct span key_id,
    const struct kit_key *key, enum kit_class *class)
{
	const struct kit_issuer *is = kit_find_issuer(&full->kit, key_id);
	size_t i;

	if (is == NULL)
		return false;
	for (i = 0; i < is->nlayers; i++)
		if (!exact_has(&full->layers[is - full->kit.issuers][i], key))
			break;
	*class = (enum kit_class)i;
	return true;
}

bool
kit_chain_class(const struct kit_chain *c, struct span key_id,
    struct span serial, int64_t not_before, enum kit_class *class)
{
	const struct kit *newest = kit_chain_newest(c);
	const struct kit_issuer *is;
	struct kit_key key;
	size_t i;

	if (newest == NULL || serial.n != 17 ||
	    (is = kit_find_issuer(newest, key_id)) == NULL)
		return false;
	key = kit_key_of(serial.p + 1);
	for (i = c->n; i-- > 0;)
		if ((i > 0 || is->delegated ||
			not_before >= c->files[0].kit.covered) &&
		    is_listed(&c->files[i], key_id, &key, class))
			return *class != KIT_GOOD || !is->delegated;
	if (is->delegated || not_before >= newest->covered)
		return false;
	*class = KIT_GOOD;
	if (not_before >= c->files[0].kit.covered)
		return true; /* newer than the snapshot, and never listed */
	return in_layers(&c->files[0], key_id, &key, class);
}
