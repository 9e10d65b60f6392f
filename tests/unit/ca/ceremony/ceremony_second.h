#ifndef UNIT_CEREMONY_SECOND_H
#define UNIT_CEREMONY_SECOND_H

/*
 * A ceremony of ceremony_world.h, a fresh one each test, and a second one under
 * the root that the first has made.  fresh() and done() are a fixture.
 */

#include "tests/unit/ca/ceremony/ceremony_world.h"

static struct ceremony c;

WORLD_FUNCTION int
fresh(void **state)
{
	memset(&c, 0, sizeof(c));
	return world_start(state);
}

WORLD_FUNCTION int
done(void **state)
{
	ceremony_free(&c);
	return world_stop(state);
}

WORLD_FUNCTION json_t *
request(size_t i)
{
	return json_array_get(json_object_get(requests, "certificates"), i);
}

WORLD_FUNCTION json_t *
crl_of_requests(void)
{
	return json_object_get(requests, "crl");
}

WORLD_FUNCTION json_t *
revoked(void)
{
	return json_object_get(crl_of_requests(), "revoked");
}

WORLD_FUNCTION void
does_not_open(const char *code, const char *says)
{
	ceremony_free(&c);
	refused(world_open(&c), code, says);
	world_script();
	world_requests();
}

/* Asked for by the instance: signed. */
WORLD_FUNCTION int
opens_signed(void)
{
	ceremony_free(&c);
	world_sign("results");
	return world_open(&c);
}

/* The first ceremony's root, which asks for a CRL only. */
WORLD_FUNCTION void
second_ceremony(void)
{
	struct buf root = BUF_EMPTY;
	json_t *digest;

	must(world_open(&c) == 0 && world_run(&c, "01") == 0);
	ceremony_free(&c);
	read_back("results/root.cer", &root);
	digest = ceremony_sha256(buf_span(&root));
	json_object_set_new(requests, "root", digest);
	json_array_clear(json_object_get(requests, "certificates"));
	json_object_set_new(crl_of_requests(), "number", json_integer(6));
	in_script("{new: true, algorithm: P-256,",
	    "{new: false, certificate: results/root.cer,");
	json_object_set_new(requests, "number", json_integer(2));
	in_script("[{name: root}, {name: issuer-3}, {name: root-ocsp},\n"
		  "  {name: access}]",
	    "[]");
	in_script("{number: 5, previous: none}",
	    "{number: 6, previous: results/root.crl}");
	in_script("results: results", "results: second");
	buf_free(&root);
}

#endif
