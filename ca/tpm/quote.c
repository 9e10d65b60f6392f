/*
 * Quotes, read by the TSS's own marshalling library and held against what it
 * writes for them.
 */

#include <stdio.h>

#include <tss2/tss2_mu.h>

#include "base/enc.h"
#include "base/err.h"
#include "tpm/inside.h"
#include "tpm/quote.h"
#include "x509/der.h"

static int
malformed(const char *why)
{
	return err_set_code(
	    ERR_INPUT, "EVIDENCE_MALFORMED", "tpm_quote: %s", why);
}

static int
read_attest(struct span s, TPMS_ATTEST *a)
{
	uint8_t again[sizeof(TPMS_ATTEST)];
	size_t at = 0, n = 0;

	memset(a, 0, sizeof(*a));
	if (s.n > QUOTE_ATTEST_MAX ||
	    Tss2_MU_TPMS_ATTEST_Unmarshal(s.p, s.n, &at, a) != TSS2_RC_SUCCESS)
		return malformed("attest is no TPMS_ATTEST");
	if (at != s.n)
		return malformed("octets stand behind attest");
	if (a->magic != TPM2_GENERATED_VALUE)
		return malformed("attest was not made inside a TPM: its magic "
				 "is not TPM_GENERATED_VALUE");
	if (a->type != TPM2_ST_ATTEST_QUOTE)
		return malformed("attest is no quote: its type is not "
				 "TPM_ST_ATTEST_QUOTE");
	if (Tss2_MU_TPMS_ATTEST_Marshal(a, again, sizeof(again), &n) !=
		TSS2_RC_SUCCESS ||
	    !span_equal(span_of(again, n), s))
		return malformed("attest is not in its one form");
	return 0;
}

/* "sha256:0,2,7;" */
static int
write_selection(const TPML_PCR_SELECTION *list, struct buf *out)
{
	const TPMS_PCR_SELECTION *s = &list->pcrSelections[0];
	unsigned i, n = 0;

	if (list->count != 1 || s->hash != TPM2_ALG_SHA256)
		return malformed("it must quote one bank, that of SHA-256");
	buf_puts(out, "sha256:");
	for (i = 0; i < 8u * s->sizeofSelect && i < 24; i++)
		if ((s->pcrSelect[i / 8] >> i % 8 & 1) != 0)
			buf_printf(out, "%s%u", n++ > 0 ? "," : "", i);
	if (n == 0 || s->sizeofSelect > 3)
		return malformed("it must quote PCRs, of 0 to 23");
	buf_putc(out, ';');
	return 0;
}

static int
write_measured(const TPMS_QUOTE_INFO *info, size_t digest, struct tpm_quote *q)
{
	struct buf b = BUF_EMPTY;
	int rc = -1;

	if (write_selection(&info->pcrSelect, &b) == -1)
		goto out;
	if (info->pcrDigest.size != digest) {
		malformed("the digest of the PCRs is not of the hash that the "
			  "quote is signed with");
		goto out;
	}
	base64_encode(
	    &b, span_of(info->pcrDigest.buffer, info->pcrDigest.size));
	if (b.n >= sizeof(q->measured)) {
		malformed("it quotes too much");
		goto out;
	}
	(void)snprintf(q->measured, sizeof(q->measured), "%s", buf_str(&b));
	rc = 0;
out:
	buf_free(&b);
	return rc;
}

/* r and s, as X.509 has them. */
static int
write_signature(const TPMS_SIGNATURE_ECDSA *s, struct tpm_quote *q)
{
	struct span out;
	struct der w;

	der_start(&w, q->signature, sizeof(q->signature));
	der_put_integer(&w, span_of(s->signatureS.buffer, s->signatureS.size));
	der_put_integer(&w, span_of(s->signatureR.buffer, s->signatureR.size));
	der_wrap(&w, DER_SEQUENCE, 0);
	if (der_done(&w, &out) == -1)
		return malformed("its signature is too long");
	q->nsignature = out.n;
	memmove(q->signature, out.p, out.n);
	return 0;
}

static int
read_signature(struct span s, struct tpm_quote *q)
{
	uint8_t again[sizeof(TPMT_SIGNATURE)];
	TPMT_SIGNATURE t;
	size_t at = 0, n = 0;

	memset(&t, 0, sizeof(t));
	if (s.n > QUOTE_SIGNATURE_MAX ||
	    Tss2_MU_TPMT_SIGNATURE_Unmarshal(s.p, s.n, &at, &t) !=
		TSS2_RC_SUCCESS)
		return malformed("signature is no TPMT_SIGNATURE");
	if (at != s.n)
		return malformed("octets stand behind signature");
	if (Tss2_MU_TPMT_SIGNATURE_Marshal(&t, again, sizeof(again), &n) !=
		TSS2_RC_SUCCESS ||
	    !span_equal(span_of(again, n), s))
		return malformed("signature is not in its one form");
	if (t.sigAlg == TPM2_ALG_ECDSA &&
	    t.signature.ecdsa.hash == TPM2_ALG_SHA256)
		q->signed_with = KEY_P256;
	else if (t.sigAlg == TPM2_ALG_ECDSA &&
	    t.signature.ecdsa.hash == TPM2_ALG_SHA384)
		q->signed_with = KEY_P384;
	else
		return malformed("it must be signed by ECDSA with SHA-256 or "
				 "SHA-384");
	return write_signature(&t.signature.ecdsa, q);
}

int
tpm_quote_parse(struct span attest, struct span signature, struct tpm_quote *q)
{
	TPMS_ATTEST a;

	tpm_quiet();
	memset(q, 0, sizeof(*q));
	if (read_attest(attest, &a) == -1 ||
	    read_signature(signature, q) == -1 ||
	    write_measured(&a.attested.quote,
		q->signed_with == KEY_P256 ? 32 : 48, q) == -1)
		return -1;
	q->nqualifying = a.extraData.size;
	if (q->nqualifying > sizeof(q->qualifying))
		return malformed("its qualifying data is too long");
	memcpy(q->qualifying, a.extraData.buffer, q->nqualifying);
	q->clock = a.clockInfo.clock;
	q->resets = a.clockInfo.resetCount;
	q->restarts = a.clockInfo.restartCount;
	q->safe = a.clockInfo.safe == TPM2_YES;
	return 0;
}

int
tpm_quote_verify(const struct tpm_quote *q, struct span attest,
    enum key_kind kind, struct span point)
{
	if (kind != q->signed_with)
		return err_set_code(ERR_DENIED, "SIGNATURE",
		    "the quote is signed by another kind of key");
	return key_verify_point(
	    kind, point, attest, span_of(q->signature, q->nsignature));
}
