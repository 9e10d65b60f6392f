#ifndef UNIT_KIT_MAKER_H
#define UNIT_KIT_MAKER_H

/*
 * Kits made as the authority makes them, of a PKI in memory, with devices that
 * they tell of; and each part spoiled, to be refused.
 */

#include <stdio.h>

#include "key/hash.h"
#include "kit/chain.h"
#include "kit/members.h"
#include "tests/unit/pki.h"
#include "x509/oid.h"
#include "x509/signed.h"

#define MAKER_FUNCTION __attribute__((unused)) static
#define MAKER_DEVICES  400 /* of each CA; the kit covers these */
#define HOUR	       3600

/* One number of a kit, with what it owns. */
struct made_kit {
	struct kit kit;
	struct kit_members members[2]; /* of the TrE CA and the terminal CA */
	struct buf listed[2];
	struct buf layers[2][KIT_LAYERS];
	struct buf octets; /* signed */
};

struct maker {
	struct pki pki;
	struct key *signer;
	struct buf signer_der;
	uint8_t sha256[2][32]; /* of the two CAs */
};

MAKER_FUNCTION struct pki_ca *
maker_ca(struct maker *m, int which)
{
	return which == 0 ? &m->pki.tre : &m->pki.terminal;
}

MAKER_FUNCTION void
maker_start(struct maker *m)
{
	struct template_spec s;
	int i;

	memset(m, 0, sizeof(*m));
	pki_start(&m->pki);
	m->signer = key_generate(KEY_P256);
	s = pki_spec(&m->pki, PROFILE_FEED_SIGNER, &m->pki.access);
	pki_build(&m->pki, &s, 70, key_point(m->signer), &m->signer_der);
	for (i = 0; i < 2; i++)
		hash_sha256(buf_span(&maker_ca(m, i)->der), m->sha256[i]);
}

MAKER_FUNCTION void
maker_stop(struct maker *m)
{
	pki_stop(&m->pki);
	key_free(m->signer);
	buf_free(&m->signer_der);
}

/* A copy of text where the struct has an array. */
#define SAY(array, text) (void)snprintf(array, sizeof(array), "%s", text)

MAKER_FUNCTION struct kit_model *
maker_model(struct kit *k, const char *handle, const char *platform)
{
	struct kit_model *m;

	k->models = xrealloc(k->models, (k->nmodels + 1) * sizeof(*k->models));
	m = &k->models[k->nmodels++];
	memset(m, 0, sizeof(*m));
	SAY(m->handle, handle);
	SAY(m->organisation, "acme");
	SAY(m->platform, platform);
	SAY(m->coc.number, "TRE-2026-000001");
	m->coc.now = COC_IS_CERTIFIED;
	m->coc.since = PKI_NOW - 90 * 86400;
	m->coc.expires = PKI_NOW + 365 * 86400;
	m->coc.declaration = DECLARATION_IS_IN_FORCE;
	m->coc.supplier_active = true;
	kit_window_add(
	    &m->accredited, PKI_NOW - 90 * 86400, PKI_NOW + 365 * 86400);
	return m;
}

MAKER_FUNCTION void
maker_site(struct kit *k, const char *coc)
{
	struct kit_site *s;

	k->sites = xrealloc(k->sites, (k->nsites + 1) * sizeof(*k->sites));
	s = &k->sites[k->nsites++];
	memset(s, 0, sizeof(*s));
	SAY(s->coc, coc);
	kit_window_add(
	    &s->accredited, PKI_NOW - 90 * 86400, PKI_NOW + 365 * 86400);
}

/* What the two CAs' devices need to have nothing against them. */
MAKER_FUNCTION void
maker_begin(struct maker *m, struct made_kit *k, enum kit_kind kind,
    int64_t number, const uint8_t link[32])
{
	struct kit_issuer *is;
	int i;

	memset(k, 0, sizeof(*k));
	k->kit.kind = kind;
	k->kit.number = number;
	memcpy(k->kit.link, link, 32);
	k->kit.issued = PKI_NOW + number * HOUR;
	k->kit.next_update = k->kit.issued + 7 * 86400;
	k->kit.backdate = profile_get(m->pki.profiles, PROFILE_TRE)->backdate;
	k->kit.covered = k->kit.issued - k->kit.backdate;
	k->kit.event = 100 + number;
	k->kit.nissuers = 2;
	k->kit.issuers = xcalloc(2, sizeof(*k->kit.issuers));
	for (i = 0; i < 2; i++) {
		is = &k->kit.issuers[i];
		is->key_id = path_ca_cert(maker_ca(m, i)->ca)->subject_key_id;
		is->sha256 = span_of(m->sha256[i], 32);
		is->standing = STANDING_GOOD;
		k->members[i].n = MAKER_DEVICES;
	}
	maker_model(&k->kit, "board-1", "");
	maker_model(&k->kit, "tre-model", "board-1");
	maker_model(&k->kit, "meter", "");
	maker_site(&k->kit, "TRE-2026-000001");
	maker_site(&k->kit, "TER-2026-000001");
}

/* Serial numbers as our CAs give them. */
struct maker_keys {
	struct maker *m;
	int which;
};

MAKER_FUNCTION void
maker_make_keys(void *ctx, uint64_t first, unsigned count, struct kit_key *keys)
{
	struct maker_keys *c = ctx;
	uint8_t octets[SERIAL_MANY * 16];
	unsigned i;

	serial_make_many(c->m->pki.serials, maker_ca(c->m, c->which)->id, first,
	    count, octets);
	for (i = 0; i < count; i++)
		keys[i] = kit_key_of(octets + (size_t)i * 16);
}

MAKER_FUNCTION int
maker_by_key(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

/* Say it of one certificate alone. */
MAKER_FUNCTION void
maker_list(struct maker *m, struct made_kit *k, int which, uint64_t index,
    enum kit_class class)
{
	uint8_t serial[SERIAL_SIZE];

	serial_make(m->pki.serials, maker_ca(m, which)->id, index, serial);
	buf_put(&k->listed[which], serial + 1, 16);
	buf_putc(&k->listed[which], (char)class);
	qsort(k->listed[which].p, k->listed[which].n / KIT_RECORD, KIT_RECORD,
	    maker_by_key);
}

MAKER_FUNCTION void
maker_sign(struct maker *m, struct made_kit *k)
{
	struct span certificates[2] = { buf_span(&m->signer_der),
		buf_span(&m->pki.access.der) };
	struct buf content = BUF_EMPTY;
	struct oid type;

	oid_build(OID_KIT, 0, &type);
	pki_must(kit_write(&k->kit, &content) == 0);
	buf_clear(&k->octets);
	pki_must(signed_write(m->signer, oid_span(&type), buf_span(&content),
		     certificates, &k->octets) == 0);
	buf_free(&content);
}

/* Layers of a snapshot, lists, signature. */
MAKER_FUNCTION void
maker_end(struct maker *m, struct made_kit *k)
{
	struct kit_issuer *is;
	int i, j, n;

	for (i = 0; i < 2; i++) {
		struct maker_keys keys = { m, i };

		is = &k->kit.issuers[i];
		is->listed = buf_span(&k->listed[i]);
		k->members[i].keys = maker_make_keys;
		k->members[i].ctx = &keys;
		kit_members_sort(&k->members[i]);
		n = k->kit.kind == KIT_FULL && !is->delegated
		    ? kit_layers_build(&k->members[i], 11, k->layers[i])
		    : 0;
		pki_must(n >= 0);
		is->nlayers = (size_t)n;
		for (j = 0; j < n; j++)
			is->layers[j] = buf_span(&k->layers[i][j]);
	}
	maker_sign(m, k);
}

MAKER_FUNCTION void
maker_free(struct made_kit *k)
{
	int i, j;

	for (i = 0; i < 2; i++) {
		kit_members_clear(&k->members[i]);
		buf_free(&k->listed[i]);
		for (j = 0; j < KIT_LAYERS; j++)
			buf_free(&k->layers[i][j]);
	}
	kit_free(&k->kit);
	buf_free(&k->octets);
}

/* Read a copy of it; 0 or -1. */
MAKER_FUNCTION int
maker_read(const struct made_kit *k, struct kit_file *f)
{
	struct buf copy = BUF_EMPTY;

	buf_put_span(&copy, buf_span(&k->octets));
	return kit_file_open(&copy, f) == -1 ? -1 : kit_file_read(f);
}

MAKER_FUNCTION int
maker_add(struct kit_chain *c, const struct made_kit *k)
{
	struct kit_file f;
	int rc = maker_read(k, &f);

	if (rc == 0)
		rc = kit_chain_add(c, &f);
	kit_file_free(&f);
	return rc;
}

MAKER_FUNCTION void
maker_hash(const struct made_kit *k, uint8_t sha256[32])
{
	hash_sha256(buf_span(&k->octets), sha256);
}

#endif
