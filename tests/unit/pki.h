#ifndef UNIT_PKI_H
#define UNIT_PKI_H

/*
 * A whole PKI in memory, for tests: root, access CA, one issuing CA for TrEs
 * and one for terminals of the supplier "Acme", and certificates under them.
 * Run from the top of the source tree, as tests/run does.
 */

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "issue/profile.h"
#include "issue/serial.h"
#include "issue/template.h"
#include "key/key.h"
#include "x509/path.h"

#define PKI_NOW INT64_C(1795500000) /* 2026-11-24T06:00:00Z */
#define PKI_URL "http://127.0.0.1:8080"

struct pki_ca {
	uint32_t id;
	struct key *key;
	struct buf der;
	struct path_ca *ca;
};

struct pki {
	struct profiles *profiles;
	struct serial_key *serials;
	struct pki_ca root, access, tre, terminal;
};

#define PKI_FUNCTION __attribute__((unused)) static

/* Ends the test program: nothing works without it. */
PKI_FUNCTION void
pki_must(bool ok)
{
	if (!ok) {
		print_error("%s: %s\n", err_code(), err_text());
		abort();
	}
}

/* A spec of that profile under that CA (NULL: the root itself). */
PKI_FUNCTION struct template_spec
pki_spec(struct pki *p, enum profile_kind kind, struct pki_ca *issuer)
{
	struct template_spec s = {
		.profile = profile_get(p->profiles, kind),
		.issuer = issuer != NULL ? path_ca_cert(issuer->ca) : NULL,
		.issuer_key = issuer != NULL ? issuer->key : p->root.key,
		.issuer_id = issuer != NULL ? issuer->id : TEMPLATE_ROOT_ID,
		.public_url = PKI_URL,
		.crl_shard = 65536,
		.country = "DE",
		.organisation = "Acme",
		.common_name = "Something",
		.role = PROFILE_TRE,
		.model_id = 77,
		.tre = { span_str("tre-model"), span_str("1.0"),
		    span_str("2.1.0"), span_str("TRE-2026-000001"),
		    span_str("robustness-1"), span_str("acme-plant"), 3 },
		.terminal = { span_str("meter"), span_str("board-7"),
		    span_of(NULL, 0), span_str("TER-2026-000001"),
		    span_str("acme-plant"), 2 },
	};

	profile_dates(s.profile, PKI_NOW, &s.not_before, &s.not_after);
	return s;
}

/* The root's own name, which a link to another root has, too. */
PKI_FUNCTION void
pki_name_as_root(struct template_spec *s)
{
	s->organisation = "Assay Office";
	s->common_name = "Assay Root";
}

/* Build one certificate of the spec for the key; appends DER. */
PKI_FUNCTION void
pki_build(struct pki *p, const struct template_spec *s, uint64_t index,
    struct span point, struct buf *out)
{
	static const uint8_t digest[32] = { 1 }, id[20] = { 2 };
	static const uint8_t tre_serial[17] = { 1, 9 };
	uint8_t space[CERT_MAX], serial[SERIAL_SIZE];
	struct template_row row = {
		.index = index,
		.key =
		    point.n == key_point_size(KEY_P384) ? KEY_P384 : KEY_P256,
		.point = point,
		.device_id = span_str("ACME-0001"),
		.tac = span_str("35693803"),
		.binding = { span_of(digest, 32), span_of(id, 20),
		    span_of(tre_serial, 17) },
	};
	struct template *t = template_new(s);
	struct span der = { NULL, 0 };

	pki_must(t != NULL);
	serial_make(p->serials, s->issuer_id, index, serial);
	row.serial = span_of(serial, sizeof(serial));
	pki_must(template_build(t, &row, space, sizeof(space), &der) == 0);
	buf_put_span(out, der);
	template_free(t);
}

PKI_FUNCTION void
pki_start_ca(struct pki *p, struct pki_ca *ca, uint32_t id,
    const struct template_spec *s, uint64_t index)
{
	ca->id = id;
	ca->der = BUF_EMPTY;
	pki_build(p, s, index, key_point(ca->key), &ca->der);
	pki_must((ca->ca = path_ca_new(buf_span(&ca->der))) != NULL);
}

PKI_FUNCTION void
pki_start(struct pki *p)
{
	static const uint8_t zeroes[32];
	struct template_spec s;

	pki_must((p->profiles = profiles_load("conf/profiles.cnf")) != NULL);
	p->serials = serial_key_new(zeroes);
	p->root.key = key_generate(KEY_P384);
	p->access.key = key_generate(KEY_P256);
	p->tre.key = key_generate(KEY_P256);
	p->terminal.key = key_generate(KEY_P256);

	s = pki_spec(p, PROFILE_ROOT, NULL);
	pki_name_as_root(&s);
	pki_start_ca(p, &p->root, 1, &s, 0);
	s = pki_spec(p, PROFILE_ACCESS_CA, &p->root);
	s.organisation = "Assay Office";
	s.common_name = "Assay Access CA";
	pki_start_ca(p, &p->access, 2, &s, 1);
	s = pki_spec(p, PROFILE_ISSUING_CA, &p->root);
	s.common_name = "Acme TrE CA";
	pki_start_ca(p, &p->tre, 3, &s, 2);
	s.role = PROFILE_TERMINAL;
	s.common_name = "Acme Terminal CA";
	pki_start_ca(p, &p->terminal, 4, &s, 3);
}

PKI_FUNCTION void
pki_stop_ca(struct pki_ca *ca)
{
	path_ca_free(ca->ca);
	key_free(ca->key);
	buf_free(&ca->der);
}

PKI_FUNCTION void
pki_stop(struct pki *p)
{
	pki_stop_ca(&p->root);
	pki_stop_ca(&p->access);
	pki_stop_ca(&p->tre);
	pki_stop_ca(&p->terminal);
	serial_key_free(p->serials);
	profiles_free(p->profiles);
}

#endif
