/*
 * Certificate revocation lists, RFC 5280 section 5, as a stream: the first
 * walk adds up lengths, the second writes, and hashes what it writes.
 *
 * The outermost length counts the signature, which is made last.  An ECDSA
 * signature is one octet shorter or longer by chance: it is made again until
 * it has the length that was announced, every second time on average.
 */

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "x509/crl.h"
#include "x509/crl_entry.h"
#include "x509/der.h"
#include "x509/oid.h"

#define OUT_MAX	 65536
#define HEAD_MAX 1024
#define TRIES	 200

struct writer {
	int (*put)(void *, struct span);
	void *arg;
	struct key_signing *signing;
	bool signed_now; /* what is put belongs to tbsCertList */
	size_t n;
	uint8_t out[OUT_MAX];
};

static int
writer_flush(struct writer *w)
{
	struct span block = span_of(w->out, w->n);

	w->n = 0;
	if (block.n == 0)
		return 0;
	if (w->signed_now)
		key_signing_put(w->signing, block);
	return w->put(w->arg, block);
}

static int
writer_put(struct writer *w, struct span s)
{
	if (s.n > OUT_MAX - w->n && writer_flush(w) == -1)
		return -1;
	memcpy(w->out + w->n, s.p, s.n);
	w->n += s.n;
	return 0;
}

static int
writer_sign(struct writer *w, bool signed_now)
{
	int rc = writer_flush(w);

	w->signed_now = signed_now;
	return rc;
}

static void
put_extension(struct der *d, struct span oid, bool critical, size_t mark)
{
	der_wrap(d, DER_OCTET_STRING, mark);
	if (critical)
		der_put_bool(d, true);
	der_put_oid(d, oid);
	der_wrap(d, DER_SEQUENCE, mark);
}

/* How long it is; w NULL: will be.  0: an error */
static size_t
put_entry(struct writer *w, struct crl_entry_form *form,
    const struct crl_entry *entry, bool delta)
{
	size_t n;

	if (w == NULL)
		return crl_entry_put(form, entry, delta, NULL);
	if (OUT_MAX - w->n < CRL_ENTRY_MAX && writer_flush(w) == -1)
		return 0;
	n = crl_entry_put(form, entry, delta, w->out + w->n);
	w->n += n;
	return n;
}

/* Walk the list once; w is NULL when only the length is asked for. */
static int
walk(const struct crl_spec *spec, struct writer *w, size_t *length)
{
	struct crl_entry_form form = { .reason = 0 };
	bool delta = spec->base_number != 0;
	struct crl_entry entry;
	size_t n;
	int rc;

	*length = 0;
	if (spec->next == NULL)
		return 0;
	if (spec->rewind(spec->list) == -1)
		return -1;
	for (;;) {
		entry = (struct crl_entry){ 0 };
		if ((rc = spec->next(spec->list, &entry)) != 1)
			return rc;
		if ((n = put_entry(w, &form, &entry, delta)) == 0)
			return -1;
		*length += n;
	}
}

/* RFC 5280 5.2.5: critical; what the CDP names, octet for octet. */
static void
put_distribution_point(const struct crl_spec *spec, struct der *d)
{
	static const uint8_t yes = 0xff;
	size_t mark = der_mark(d), name;

	if (spec->url == NULL && spec->scope == CRL_ALL)
		return;
	if (spec->scope == CRL_CA_CERTS)
		der_put_tlv(d, DER_CONTEXT(2), span_of(&yes, 1));
	if (spec->scope == CRL_USER_CERTS)
		der_put_tlv(d, DER_CONTEXT(1), span_of(&yes, 1));
	if (spec->url != NULL) {
		name = der_mark(d);
		der_put_tlv(d, DER_CONTEXT(6), span_str(spec->url));
		der_wrap(d, DER_CONTEXT_CONS(0), name);
		der_wrap(d, DER_CONTEXT_CONS(0), name);
	}
	der_wrap(d, DER_SEQUENCE, mark);
	put_extension(d, oid_issuing_distribution_point, true, mark);
}

/* RFC 5280 5.2.6: as a CDP, with nothing but a name */
static void
put_freshest(const struct crl_spec *spec, struct der *d)
{
	size_t mark = der_mark(d);

	if (spec->freshest == NULL)
		return;
	der_put_tlv(d, DER_CONTEXT(6), span_str(spec->freshest));
	der_wrap(d, DER_CONTEXT_CONS(0), mark);
	der_wrap(d, DER_CONTEXT_CONS(0), mark);
	der_wrap(d, DER_SEQUENCE, mark);
	der_wrap(d, DER_SEQUENCE, mark);
	put_extension(d, oid_freshest_crl, false, mark);
}

/* RFC 5280 5.2.4: critical, so that nobody takes it for a complete one */
static void
put_delta_indicator(const struct crl_spec *spec, struct der *d)
{
	size_t mark = der_mark(d);

	if (spec->base_number == 0)
		return;
	der_put_uint(d, spec->base_number);
	put_extension(d, oid_delta_crl_indicator, true, mark);
}

/* crlExtensions [0], RFC 5280 section 5.2 */
static void
put_extensions(const struct crl_spec *spec, struct der *d)
{
	size_t all = der_mark(d), mark;

	put_freshest(spec, d);
	put_distribution_point(spec, d);
	put_delta_indicator(spec, d);
	mark = der_mark(d);
	der_put_uint(d, spec->number);
	put_extension(d, oid_crl_number, false, mark);
	mark = der_mark(d);
	der_put_tlv(d, DER_CONTEXT(0), spec->issuer->subject_key_id);
	der_wrap(d, DER_SEQUENCE, mark);
	put_extension(d, oid_authority_key_id, false, mark);
	der_wrap(d, DER_SEQUENCE, all);
	der_wrap(d, DER_CONTEXT_CONS(0), all);
}

static void
put_algorithm(const struct crl_spec *spec, struct der *d)
{
	der_put_span(d, key_algorithm_of_signatures(key_kind(spec->key)));
}

/* TBSCertList up to the entries: version, algorithm, issuer, times, and the
 * headers around all that follows.  No entries: no list (RFC 5280 5.1.2.6). */
static void
put_head(
    const struct crl_spec *spec, size_t entries, size_t behind, struct der *d)
{
	size_t mark = der_mark(d);

	if (entries > 0)
		der_put_header(d, DER_SEQUENCE, entries);
	der_put_time(d, spec->next_update);
	der_put_time(d, spec->this_update);
	der_put_span(d, spec->issuer->subject.der);
	put_algorithm(spec, d);
	der_put_uint(d, 1);
	der_put_header(d, DER_SEQUENCE, der_mark(d) - mark + entries + behind);
}

static int
check(const struct crl_spec *spec)
{
	if (spec->next_update <= spec->this_update)
		return err_set(
		    ERR_INPUT, "the CRL would expire before it starts");
	if (spec->base_number > spec->number ||
	    (spec->base_number != 0 && spec->freshest != NULL))
		return err_set(ERR_INPUT,
		    "a delta's base has no greater number, and a delta none "
		    "of its own");
	if (!span_equal(spec->issuer->point, key_point(spec->key)))
		return err_set(ERR_INPUT, "the CRL's key is not its issuer's");
	if ((spec->issuer->key_usage & KU_CRL_SIGN) == 0)
		return err_set(ERR_INPUT, "the CRL's issuer may not sign CRLs");
	return 0;
}

/* The announced length. */
static size_t
signature_length(const struct key *key)
{
	return key_signature_usual(key_kind(key));
}

static int
sign(const struct crl_spec *spec, struct writer *w, uint8_t *signature)
{
	size_t n = 0;

	for (int i = 0; i < TRIES; i++) {
		if (key_signing_sign(w->signing, signature, &n) == -1)
			return -1;
		if (n == signature_length(spec->key))
			return 0;
	}
	return err_set(ERR_INTERNAL, "could not sign the CRL in its length");
}

/* signatureAlgorithm and signatureValue; signature NULL: to measure it. */
static void
put_tail(const struct crl_spec *spec, const uint8_t *signature, struct der *d)
{
	static const uint8_t zeroes[KEY_SIGNATURE_MAX];

	der_put_octet_bits(d,
	    span_of(signature != NULL ? signature : zeroes,
		signature_length(spec->key)));
	put_algorithm(spec, d);
}

static int
write_content(const struct crl_spec *spec, struct writer *w, size_t entries,
    struct span head, struct span extensions)
{
	size_t again = 0;

	if (writer_sign(w, true) == -1 || writer_put(w, head) == -1 ||
	    walk(spec, w, &again) == -1)
		return -1;
	if (again != entries)
		return err_set(
		    ERR_INTERNAL, "the list changed while its CRL was made");
	if (writer_put(w, extensions) == -1)
		return -1;
	return writer_sign(w, false);
}

static int
write_list(const struct crl_spec *spec, struct writer *w)
{
	uint8_t ext_space[HEAD_MAX], space[HEAD_MAX];
	uint8_t tail_space[64 + KEY_SIGNATURE_MAX];
	uint8_t signature[KEY_SIGNATURE_MAX];
	struct span extensions, head, tail, outer;
	struct der d;
	size_t entries = 0, mark;

	if (walk(spec, NULL, &entries) == -1)
		return -1;
	der_start(&d, ext_space, sizeof(ext_space));
	put_extensions(spec, &d);
	if (der_done(&d, &extensions) == -1)
		return -1;
	der_start(&d, tail_space, sizeof(tail_space));
	put_tail(spec, NULL, &d);
	if (der_done(&d, &tail) == -1)
		return -1;
	der_start(&d, space, sizeof(space));
	put_head(spec, entries, extensions.n, &d);
	mark = der_mark(&d);
	der_put_header(
	    &d, DER_SEQUENCE, mark + entries + extensions.n + tail.n);
	if (der_done(&d, &outer) == -1)
		return -1;
	head = span_of(outer.p + outer.n - mark, mark);
	outer.n -= mark;

	if (writer_put(w, outer) == -1 ||
	    write_content(spec, w, entries, head, extensions) == -1 ||
	    sign(spec, w, signature) == -1)
		return -1;
	der_start(&d, tail_space, sizeof(tail_space));
	put_tail(spec, signature, &d);
	if (der_done(&d, &tail) == -1 || writer_put(w, tail) == -1)
		return -1;
	return writer_flush(w);
}

int
crl_write(
    const struct crl_spec *spec, int (*put)(void *, struct span), void *arg)
{
	struct writer *w;
	int rc;

	if (check(spec) == -1)
		return -1;
	w = xcalloc(1, sizeof(*w));
	w->put = put;
	w->arg = arg;
	w->signing = key_signing_new(spec->key);
	rc = write_list(spec, w);
	key_signing_free(w->signing);
	free(w);
	return rc;
}

static int
put_buf(void *arg, struct span s)
{
	buf_put_span(arg, s);
	return 0;
}

int
crl_build(const struct crl_spec *spec, struct buf *out)
{
	size_t before = out->n;

	if (crl_write(spec, put_buf, out) == 0)
		return 0;
	out->n = before;
	return -1;
}

int
crl_array_rewind(void *list)
{
	((struct crl_array *)list)->at = 0;
	return 0;
}

int
crl_array_next(void *list, struct crl_entry *entry)
{
	struct crl_array *a = list;

	if (a->at == a->n)
		return 0;
	*entry = a->entries[a->at++];
	return 1;
}
