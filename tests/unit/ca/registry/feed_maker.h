#ifndef UNIT_FEED_MAKER_H
#define UNIT_FEED_MAKER_H

/*
 * Feeds, made as the authority does, and otherwise.  setup() and teardown() are
 * a fixture.
 */

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "registry/feed.h"
#include "tests/unit/pki.h"

#define FEED_FUNCTION __attribute__((unused)) static

#define NOW (PKI_NOW + 60)
#define DAY 86400

static struct pki pki, stranger;
static struct key *signer, *person;
static struct buf signer_der, person_der, receipt_der, tre_der;

FEED_FUNCTION void
certify(struct pki *p, enum profile_kind kind, const struct key *key,
    struct buf *der)
{
	struct template_spec s =
	    pki_spec(p, kind, kind == PROFILE_TRE ? &p->tre : &p->access);

	if (kind == PROFILE_ACCESS)
		s.unit = "reader";
	pki_build(p, &s, 70 + (uint64_t)kind, key_point(key), der);
}

FEED_FUNCTION int
setup(void **state)
{
	(void)state;
	pki_start(&pki);
	pki_start(&stranger);
	signer = key_generate(KEY_P256);
	person = key_generate(KEY_P256);
	certify(&pki, PROFILE_FEED_SIGNER, signer, &signer_der);
	certify(&pki, PROFILE_ACCESS, person, &person_der);
	certify(&pki, PROFILE_RECEIPT_SIGNER, person, &receipt_der);
	certify(&pki, PROFILE_TRE, person, &tre_der);
	return 0;
}

FEED_FUNCTION int
teardown(void **state)
{
	(void)state;
	pki_stop(&pki);
	pki_stop(&stranger);
	key_free(signer);
	key_free(person);
	buf_free(&signer_der);
	buf_free(&person_der);
	buf_free(&receipt_der);
	buf_free(&tre_der);
	return 0;
}

struct maker {
	const struct key *key;		/* NULL: the signer's */
	const struct buf *leaf, *above; /* NULL: the signer, the access CA */
	const char *typ;		/* NULL: as it should be */
	const char *more;		/* further members of the header */
};

FEED_FUNCTION void
put_header(const struct maker *m, struct buf *out)
{
	const struct buf *leaf = m->leaf != NULL ? m->leaf : &signer_der;
	const struct buf *above = m->above != NULL ? m->above : &pki.access.der;

	buf_printf(out, "{\"alg\":\"ES256\",\"typ\":\"%s\",\"x5c\":[\"",
	    m->typ != NULL ? m->typ : FEED_TYPE);
	base64_encode(out, buf_span(leaf));
	buf_puts(out, "\",\"");
	base64_encode(out, buf_span(above));
	buf_printf(out, "\"]%s}", m->more != NULL ? m->more : "");
}

FEED_FUNCTION void
sign(const struct maker *m, const char *payload, struct buf *jws)
{
	struct buf header = BUF_EMPTY;

	put_header(m, &header);
	buf_clear(jws);
	assert_int_equal(jws_sign(m->key != NULL ? m->key : signer,
			     buf_str(&header), span_str(payload), jws),
	    0);
	buf_free(&header);
}

/* A feed of that number with one of everything in it. */
FEED_FUNCTION json_t *
content(int no, const char *previous)
{
	char issued[CLOCK_TEXT_MAX], next[CLOCK_TEXT_MAX];
	json_t *o = json_pack("{s:i, s:s, s:s, s:s?}", "no", no, "issued",
	    clock_write(NOW, issued), "nextUpdate",
	    clock_write(NOW + 7 * DAY, next), "previous", previous);
	json_t *lists = json_loads(
	    "{\"entries\": [{\"model\": \"m2\", \"oid\": \"2.999.3.2\","
	    "  \"current\": {\"state\": \"certified\"},"
	    "  \"timeOfLastStatusChange\": \"x\", \"statusReports\":"
	    "  [{\"status\": \"provisional\"}, {\"status\": \"certified\"}]}],"
	    "\"sites\": [{\"site\": \"fab\", \"scope\": \"a\","
	    "  \"statusReports\": [{\"status\": \"full\"}]},"
	    "  {\"site\": \"fab\", \"scope\": \"b\", \"statusReports\": []}],"
	    "\"suppliers\": [{\"organisation\": \"acme\","
	    "  \"statusReports\": [{\"status\": \"active\"}]}],"
	    "\"authorities\": [{\"id\": 3, \"certificateSha256\": \"ab\","
	    "  \"statusReports\": [{\"status\": \"active\"}]}],"
	    "\"measures\": [{\"measure\": \"MEA-2026-000001\","
	    "  \"kind\": \"hold\", \"statusReports\":"
	    "  [{\"status\": \"in_force\"}]}]}",
	    0, NULL);

	assert_non_null(lists);
	assert_int_equal(json_object_update(o, lists), 0);
	json_decref(lists);
	return o;
}

struct made {
	struct buf text;
	struct feed feed;
};

/* Sign, and read as far as it holds; the reference is taken. */
FEED_FUNCTION void
make(struct made *m, json_t *o)
{
	char *payload = json_dumps(o, JSON_COMPACT);

	m->text = BUF_EMPTY;
	sign(&(struct maker){ 0 }, payload, &m->text);
	assert_int_equal(feed_parse(buf_span(&m->text), &m->feed), 0);
	(void)feed_verify(&m->feed, buf_span(&pki.root.der));
	free(payload);
	json_decref(o);
}

FEED_FUNCTION void
drop(struct made *m)
{
	feed_free(&m->feed);
	buf_free(&m->text);
}

#endif
