/*
 * DICE chains.  They are evidence and no path of our PKI: names count for
 * nothing here, only who signed for whom, and what was measured.
 */

#include <stdio.h>

#include "base/enc.h"
#include "base/err.h"
#include "x509/der.h"
#include "x509/dice.h"
#include "x509/oid.h"

#define OCTETS(text)                                                           \
	{                                                                      \
		(const uint8_t *)(text), sizeof(text) - 1                      \
	}

/* 2.23.133.5.4.1 */
static const struct span oid_tcb_info = OCTETS("\x67\x81\x05\x05\x04\x01");

/* What is said of one layer; everything borrows. */
struct layer {
	struct span tbs, signature;
	enum key_kind signed_with, kind;
	struct span point;
	int64_t not_before, not_after;
	struct span fwids; /* the list's content */
	unsigned flags;
	bool ca;
};

static int
malformed(const char *why)
{
	return err_set_code(ERR_INPUT, "EVIDENCE_MALFORMED", "dice: %s", why);
}

/* ---- TcbInfo */

static int
skip_to(struct span *in, unsigned last)
{
	unsigned tag;

	for (tag = 0; tag <= last; tag++)
		if (der_next_is(*in, (uint8_t)DER_CONTEXT(tag)) &&
		    der_get_any(in, NULL, NULL, NULL) == -1)
			return -1;
	return 0;
}

/* A BIT STRING of at most eight bits, bit n of it as 1 << n. */
static int
read_flags(struct span *in, unsigned *flags)
{
	struct span bits;
	unsigned i;

	*flags = 0;
	if (der_get(in, DER_CONTEXT(7), &bits) == -1 || bits.n < 1 ||
	    bits.n > 2 || bits.p[0] > 7 || (bits.n == 1 && bits.p[0] != 0) ||
	    (bits.n == 2 && (bits.p[1] & ((1u << bits.p[0]) - 1)) != 0))
		return malformed("flags are no BIT STRING of eight bits");
	for (i = 0; bits.n == 2 && i < 8; i++)
		if ((bits.p[1] & (0x80u >> i)) != 0)
			*flags |= 1u << i;
	return 0;
}

static int
read_tcb_info(struct span value, struct layer *l)
{
	struct span in, rest;

	if (der_get_only(value, DER_SEQUENCE, "TcbInfo", &in) == -1 ||
	    skip_to(&in, 5) == -1 ||
	    der_get(&in, DER_CONTEXT_CONS(6), &l->fwids) == -1)
		return malformed("TcbInfo has no list of fwids, or is not in "
				 "its order");
	if (der_next_is(in, DER_CONTEXT(7)) && read_flags(&in, &l->flags) == -1)
		return -1;
	for (rest = in; rest.n > 0;)
		if ((rest.p[0] & 0x1f) < 8 || (rest.p[0] & 0x1f) > 10 ||
		    der_get_any(&rest, NULL, NULL, NULL) == -1)
			return malformed("TcbInfo has a member that it does "
					 "not have, or not in this order");
	return 0;
}

/* ---- a layer's certificate */

static int
read_basic_constraints(struct span value, struct layer *l)
{
	struct span in;
	uint64_t length;

	if (der_get_only(value, DER_SEQUENCE, "basicConstraints", &in) == -1 ||
	    (der_next_is(in, DER_BOOLEAN) && der_get_bool(&in, &l->ca) == -1) ||
	    (der_next_is(in, DER_INTEGER) &&
		der_get_uint(&in, &length) == -1) ||
	    der_end(in, "basicConstraints") == -1)
		return malformed("basicConstraints is no strict DER");
	return 0;
}

static int
read_extension(struct span *list, struct layer *l)
{
	struct span in, oid, value;
	bool critical = false;

	if (der_get(list, DER_SEQUENCE, &in) == -1 ||
	    der_get_oid(&in, &oid) == -1 ||
	    (der_next_is(in, DER_BOOLEAN) &&
		der_get_bool(&in, &critical) == -1) ||
	    der_get(&in, DER_OCTET_STRING, &value) == -1 ||
	    der_end(in, "an extension") == -1)
		return malformed("an extension is no strict DER");
	if (span_equal(oid, oid_tcb_info)) {
		if (l->fwids.n > 0)
			return malformed("a certificate has TcbInfo twice");
		return read_tcb_info(value, l);
	}
	if (span_equal(oid, oid_basic_constraints))
		return read_basic_constraints(value, l);
	if (critical && !span_equal(oid, oid_key_usage))
		return malformed("a certificate has a critical extension that "
				 "is none of a DICE chain");
	return 0;
}

static int
read_extensions(struct span in, struct layer *l)
{
	struct span list;

	if (der_get_only(in, DER_SEQUENCE, "extensions", &list) == -1)
		return malformed("extensions are no strict DER");
	while (list.n > 0)
		if (read_extension(&list, l) == -1)
			return -1;
	if (l->fwids.n == 0)
		return malformed("a certificate has no TcbInfo "
				 "(2.23.133.5.4.1)");
	return 0;
}

static int
read_tbs(struct span in, struct layer *l)
{
	struct span version, validity, spki, extensions, skipped;
	uint64_t v;

	if (der_get(&in, DER_CONTEXT_CONS(0), &version) == -1 ||
	    der_get_uint(&version, &v) == -1 || v != 2 ||
	    der_end(version, "a version") == -1 ||
	    der_get(&in, DER_INTEGER, &skipped) == -1 ||
	    der_get(&in, DER_SEQUENCE, &skipped) == -1 ||
	    der_get(&in, DER_SEQUENCE, &skipped) == -1 ||
	    der_get(&in, DER_SEQUENCE, &validity) == -1 ||
	    der_get_time(&validity, &l->not_before) == -1 ||
	    der_get_time(&validity, &l->not_after) == -1 ||
	    der_end(validity, "a validity") == -1 ||
	    der_get(&in, DER_SEQUENCE, &skipped) == -1 ||
	    der_get_whole(&in, DER_SEQUENCE, &spki) == -1 ||
	    der_get(&in, DER_CONTEXT_CONS(3), &extensions) == -1 ||
	    der_end(in, "a certificate") == -1)
		return malformed("a certificate is no strict DER of version 3");
	if (key_spki_split(spki, &l->kind, &l->point) == -1)
		return malformed("a key is of no kind that is allowed");
	return read_extensions(extensions, l);
}

static int
read_layer(struct span der, struct layer *l)
{
	struct span in, content, algorithm;

	memset(l, 0, sizeof(*l));
	if (der.n > DICE_CERT_MAX ||
	    der_get_only(der, DER_SEQUENCE, "a certificate", &in) == -1 ||
	    der_get_whole(&in, DER_SEQUENCE, &l->tbs) == -1 ||
	    der_get_whole(&in, DER_SEQUENCE, &algorithm) == -1 ||
	    der_get_octet_bits(&in, &l->signature) == -1 ||
	    der_end(in, "a certificate") == -1 ||
	    key_kind_of_signature(algorithm, &l->signed_with) == -1 ||
	    der_get_only(l->tbs, DER_SEQUENCE, "a certificate", &content) == -1)
		return malformed("a certificate is no strict DER, or signed "
				 "by an algorithm that is not allowed");
	return read_tbs(content, l);
}

/* ---- what it comes to */

/* Each of its hashes, "sha-256;BASE64", with a space between them. */
static int
write_measured(struct span list, struct buf *out)
{
	struct span one, oid, digest;
	bool sha256;

	while (list.n > 0) {
		if (der_get(&list, DER_SEQUENCE, &one) == -1 ||
		    der_get_oid(&one, &oid) == -1 ||
		    der_get(&one, DER_OCTET_STRING, &digest) == -1 ||
		    der_end(one, "a fwid") == -1)
			return malformed("a fwid is no strict DER");
		sha256 = span_equal(oid, oid_sha256);
		if ((!sha256 && !span_equal(oid, oid_sha384)) ||
		    digest.n != (sha256 ? 32u : 48u))
			return malformed("a fwid is neither SHA-256 nor "
					 "SHA-384");
		buf_printf(out, "%ssha-%s;", out->n > 0 ? " " : "",
		    sha256 ? "256" : "384");
		base64_encode(out, digest);
	}
	return 0;
}

static int
judge_layer(const struct layer *l, bool last, enum key_kind by,
    struct span point, int64_t now)
{
	if (now < l->not_before || now > l->not_after)
		return malformed("a certificate is not valid now");
	if (!last && !l->ca)
		return malformed("a layer certifies the next one, and is no "
				 "CA");
	if (l->signed_with != by ||
	    key_verify_point(by, point, l->tbs, l->signature) == -1)
		return err_set_code(ERR_DENIED, "SIGNATURE",
		    "dice: a layer was not certified by the one before it");
	return 0;
}

int
dice_judge(const struct span *chain, size_t n, enum key_kind kind,
    struct span point, int64_t now, struct dice *d)
{
	struct buf measured = BUF_EMPTY;
	struct layer l;
	size_t i;
	int rc = -1;

	memset(d, 0, sizeof(*d));
	d->kind = kind;
	d->point = point;
	for (i = 0; i < n; i++) {
		if (read_layer(chain[i], &l) == -1 ||
		    judge_layer(&l, i + 1 == n, d->kind, d->point, now) == -1 ||
		    write_measured(l.fwids, &measured) == -1)
			goto out;
		d->open = d->open || l.flags != 0;
		d->kind = l.kind;
		d->point = l.point;
	}
	if (n == 0 || measured.n >= sizeof(d->measured)) {
		malformed("it has no layers, or too many hashes");
		goto out;
	}
	(void)snprintf(
	    d->measured, sizeof(d->measured), "%s", buf_str(&measured));
	rc = 0;
out:
	buf_free(&measured);
	return rc;
}
