/*
 * Attestation keys: what a TPM says of a key, judged before anybody trusts it.
 */

#include <tss2/tss2_mu.h>

#include "base/err.h"
#include "key/hash.h"
#include "tpm/inside.h"
#include "tpm/public.h"

static int
malformed(const char *why)
{
	return err_set_code(
	    ERR_INPUT, "ATTESTATION_KEY_MALFORMED", "public: %s", why);
}

static int
unfit(const char *why)
{
	return err_set_code(ERR_INPUT, "ATTESTATION_KEY_UNFIT",
	    "public: %s: make another attestation key", why);
}

static int
read_public(struct span s, TPM2B_PUBLIC *p)
{
	uint8_t again[sizeof(TPM2B_PUBLIC)];
	size_t at = 0, n = 0;

	memset(p, 0, sizeof(*p));
	if (s.n > PUBLIC_MAX ||
	    Tss2_MU_TPM2B_PUBLIC_Unmarshal(s.p, s.n, &at, p) != TSS2_RC_SUCCESS)
		return malformed("must be a TPM2B_PUBLIC");
	if (at != s.n)
		return malformed("octets stand behind it");
	if (Tss2_MU_TPM2B_PUBLIC_Marshal(p, again, sizeof(again), &n) !=
		TSS2_RC_SUCCESS ||
	    !span_equal(span_of(again, n), s))
		return malformed("it is not in its one form");
	return 0;
}

static const struct {
	TPMA_OBJECT bit;
	const char *lacks;
} must_have[] = {
	{ TPMA_OBJECT_RESTRICTED,
	    "it is not restricted, so it signs what no TPM has made" },
	{ TPMA_OBJECT_SIGN_ENCRYPT, "it does not sign" },
	{ TPMA_OBJECT_FIXEDTPM, "it may leave its TPM (fixedTPM is not set)" },
	{ TPMA_OBJECT_FIXEDPARENT,
	    "it may move below another parent (fixedParent is not set)" },
	{ TPMA_OBJECT_SENSITIVEDATAORIGIN,
	    "it was not made in its TPM (sensitiveDataOrigin is not set)" },
};

static int
judge_attributes(TPMA_OBJECT has)
{
	size_t i;

	for (i = 0; i < sizeof(must_have) / sizeof(must_have[0]); i++)
		if ((has & must_have[i].bit) == 0)
			return unfit(must_have[i].lacks);
	if ((has & TPMA_OBJECT_DECRYPT) != 0)
		return unfit("it decrypts, too");
	return 0;
}

static int
judge_algorithms(const TPMT_PUBLIC *t, struct tpm_public *key)
{
	const TPMS_ECC_PARMS *ecc = &t->parameters.eccDetail;
	TPM2_ALG_ID hash;

	if (t->type != TPM2_ALG_ECC ||
	    (ecc->curveID != TPM2_ECC_NIST_P256 &&
		ecc->curveID != TPM2_ECC_NIST_P384))
		return unfit("it is not on P-256 or P-384");
	key->kind = ecc->curveID == TPM2_ECC_NIST_P256 ? KEY_P256 : KEY_P384;
	hash = key->kind == KEY_P256 ? TPM2_ALG_SHA256 : TPM2_ALG_SHA384;
	if (ecc->scheme.scheme != TPM2_ALG_ECDSA ||
	    ecc->scheme.details.ecdsa.hashAlg != hash)
		return unfit("it does not sign by ECDSA with the hash of its "
			     "curve's size");
	if (t->nameAlg != TPM2_ALG_SHA256 && t->nameAlg != TPM2_ALG_SHA384)
		return unfit("its name is not by SHA-256 or SHA-384");
	return 0;
}

/* Big-endian, its leading zeroes put back. */
static int
put_coordinate(const TPM2B_ECC_PARAMETER *c, size_t size, uint8_t *to)
{
	if (c->size > size)
		return malformed("a coordinate is too long");
	memset(to, 0, size - c->size);
	memcpy(to + size - c->size, c->buffer, c->size);
	return 0;
}

static int
read_point(const TPMS_ECC_POINT *p, struct tpm_public *key)
{
	size_t size = key->kind == KEY_P256 ? 32 : 48;

	key->point[0] = 0x04;
	key->npoint = 1 + 2 * size;
	if (put_coordinate(&p->x, size, key->point + 1) == -1 ||
	    put_coordinate(&p->y, size, key->point + 1 + size) == -1)
		return -1;
	return key_check_point(key->kind, span_of(key->point, key->npoint));
}

/* Part 1, section 16: the algorithm, then the digest of the TPMT_PUBLIC. */
static void
write_name(TPM2_ALG_ID by, struct span octets, struct tpm_public *key)
{
	key->name[0] = (uint8_t)(by >> 8);
	key->name[1] = (uint8_t)by;
	if (by == TPM2_ALG_SHA256) {
		hash_sha256(octets, key->name + 2);
		key->nname = 2 + HASH_SIZE;
	} else {
		hash_sha384(octets, key->name + 2);
		key->nname = 2 + HASH_SHA384;
	}
}

int
tpm_public_parse(struct span s, struct tpm_public *key)
{
	TPM2B_PUBLIC p;
	const TPMT_PUBLIC *t = &p.publicArea;

	tpm_quiet();
	memset(key, 0, sizeof(*key));
	if (read_public(s, &p) == -1 ||
	    judge_attributes(t->objectAttributes) == -1 ||
	    judge_algorithms(t, key) == -1 ||
	    read_point(&t->unique.ecc, key) == -1)
		return -1;
	write_name(t->nameAlg, span_of(s.p + 2, s.n - 2), key);
	return 0;
}
