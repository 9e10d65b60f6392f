/*
 * MACs of CMP by a secret, RFC 9481 section 6.1: PasswordBasedMac, and PBMAC1,
 * which libcrypto's CMP does not know (OpenSSL 3.5, either).  So what came
 * with the one is handed to it with the other, and its answer goes out with
 * what the request had: nothing but the header's algorithm and the MAC differ.
 */

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <stdlib.h>

#include "base/err.h"
#include "key/hash.h"
#include "x509/cmp_inside.h"
#include "x509/der.h"
#include "x509/oid.h"
#include "x509/ossl.h"

/* Secrets are random, so that many make nothing safer; and whoever asks makes
 * us work before anything is believed: PBMAC1's most take 4 ms. */
#define ITERATIONS_MIN	      100
#define ITERATIONS_MAX_PBM    100000
#define ITERATIONS_MAX_PBMAC1 10000
#define ITERATIONS_PBM	      500 /* between us and libcrypto */
#define SALT_MIN	      8
#define SALT_MAX	      64
#define SALT		      16 /* of ours */

static int
bad_algorithm(const char *why)
{
	return err_set_code(ERR_INPUT, "CMP_ALGORITHM", "%s", why);
}

/* ---- read */

/* An algorithm that has no parameters, or NULL for them. */
static int
get_algorithm(struct span *in, struct span *oid)
{
	struct span a;

	if (der_get(in, DER_SEQUENCE, &a) == -1 || der_get_oid(&a, oid) == -1 ||
	    (a.n > 0 && der_get_null(&a) == -1))
		return -1;
	return der_end(a, "an algorithm of the MAC");
}

/* Nothing weaker than this, whichever of the two it is. */
static int
judge(const struct cmp_message *m, struct span derivation, struct span mac)
{
	if (!span_equal(derivation, m->pbmac1 ? oid_hmac_sha256 : oid_sha256))
		return bad_algorithm(
		    "a MAC's key must be derived with SHA-256 here, never with "
		    "SHA-1");
	if (!span_equal(mac, oid_hmac_sha256))
		return bad_algorithm("a MAC must be HMAC with SHA-256 here, "
				     "never with SHA-1");
	if (m->iterations < ITERATIONS_MIN ||
	    m->iterations >
		(m->pbmac1 ? ITERATIONS_MAX_PBMAC1 : ITERATIONS_MAX_PBM))
		return bad_algorithm("a MAC's iterationCount must be 100 to "
				     "100000, PBMAC1's to 10000");
	if (m->salt.n < SALT_MIN || m->salt.n > SALT_MAX)
		return bad_algorithm("a MAC's salt must have 8 to 64 octets");
	return 0;
}

/* PBMParameter, RFC 9810 section 5.1.3.1. */
int
cmp_read_pbm(struct span in, struct cmp_message *m)
{
	struct span p, owf, mac;

	if (der_get_only(in, DER_SEQUENCE, "PBMParameter", &p) == -1 ||
	    der_get(&p, DER_OCTET_STRING, &m->salt) == -1 ||
	    get_algorithm(&p, &owf) == -1 ||
	    der_get_uint(&p, &m->iterations) == -1 ||
	    get_algorithm(&p, &mac) == -1 || der_end(p, "PBMParameter") == -1)
		return cmp_malformed(err_text());
	return judge(m, owf, mac);
}

/* PBKDF2-params, RFC 8018 appendix A.2; *prf stays as it was where it is not
 * there. */
static int
read_pbkdf2(struct span in, struct cmp_message *m, struct span *prf)
{
	struct span p;
	uint64_t length = HASH_SIZE;

	if (der_get_only(in, DER_SEQUENCE, "PBKDF2-params", &p) == -1 ||
	    der_get(&p, DER_OCTET_STRING, &m->salt) == -1 ||
	    der_get_uint(&p, &m->iterations) == -1 ||
	    (der_next_is(p, DER_INTEGER) && der_get_uint(&p, &length) == -1) ||
	    (p.n > 0 && get_algorithm(&p, prf) == -1) ||
	    der_end(p, "PBKDF2-params") == -1)
		return cmp_malformed(err_text());
	if (length != HASH_SIZE)
		return bad_algorithm("PBKDF2 must derive a key of 32 octets, "
				     "as HMAC with SHA-256 takes it");
	return 0;
}

/* PBMAC1-params, RFC 8018 appendix A.5. */
int
cmp_read_pbmac1(struct span in, struct cmp_message *m)
{
	struct span p, kdf, oid, mac, prf = span_of(NULL, 0);

	m->pbmac1 = true;
	if (der_get_only(in, DER_SEQUENCE, "PBMAC1-params", &p) == -1 ||
	    der_get(&p, DER_SEQUENCE, &kdf) == -1 ||
	    der_get_oid(&kdf, &oid) == -1 || get_algorithm(&p, &mac) == -1 ||
	    der_end(p, "PBMAC1-params") == -1)
		return cmp_malformed(err_text());
	if (!span_equal(oid, oid_pbkdf2))
		return bad_algorithm("PBMAC1's key must be derived by PBKDF2");
	if (read_pbkdf2(kdf, m, &prf) == -1)
		return -1;
	return judge(m, prf, mac);
}

/* ---- verified */

static int
derive(const struct cmp_message *m, struct span secret, uint8_t key[HASH_SIZE])
{
	struct buf text = BUF_EMPTY;
	uint64_t i;

	if (m->pbmac1)
		return PKCS5_PBKDF2_HMAC((const char *)secret.p, (int)secret.n,
			   m->salt.p, (int)m->salt.n, (int)m->iterations,
			   EVP_sha256(), HASH_SIZE, key) == 1
		    ? 0
		    : x509_err("derive a MAC's key");
	buf_put_span(&text, secret);
	buf_put_span(&text, m->salt);
	hash_sha256(buf_span(&text), key);
	buf_wipe(&text);
	for (i = 1; i < m->iterations; i++)
		hash_sha256(span_of(key, HASH_SIZE), key);
	return 0;
}

static int
compute(const struct cmp_message *m, struct span secret, uint8_t mac[HASH_SIZE])
{
	struct buf text = BUF_EMPTY;
	uint8_t key[HASH_SIZE];

	if (derive(m, secret, key) == -1)
		return -1;
	cmp_put_protected(m, &text);
	hash_hmac(span_of(key, sizeof(key)), buf_span(&text), mac);
	buf_free(&text);
	OPENSSL_cleanse(key, sizeof(key));
	return 0;
}

int
cmp_verify_mac(const struct cmp_message *m, struct span secret)
{
	uint8_t mac[HASH_SIZE];

	if (m->protection != CMP_MAC)
		return cmp_unprotected("the message has no MAC");
	if (compute(m, secret, mac) == -1)
		return -1;
	if (m->signature.n == sizeof(mac) &&
	    CRYPTO_memcmp(m->signature.p, mac, sizeof(mac)) == 0)
		return 0;
	return cmp_unprotected("the message's MAC does not hold: another "
			       "secret, or it was altered");
}

/* ---- another one instead */

static void
put_algorithm(struct der *w, struct span oid)
{
	size_t mark = der_mark(w);

	der_put_null(w);
	der_put_oid(w, oid);
	der_wrap(w, DER_SEQUENCE, mark);
}

static void
put_pbm(struct der *w, const struct cmp_message *m)
{
	size_t mark = der_mark(w);

	put_algorithm(w, oid_hmac_sha256);
	der_put_uint(w, m->iterations);
	put_algorithm(w, oid_sha256);
	der_put_tlv(w, DER_OCTET_STRING, m->salt);
	der_wrap(w, DER_SEQUENCE, mark);
	der_put_oid(w, oid_password_based_mac);
}

static void
put_pbmac1(struct der *w, const struct cmp_message *m)
{
	size_t all = der_mark(w), kdf;

	put_algorithm(w, oid_hmac_sha256);
	kdf = der_mark(w);
	put_algorithm(w, oid_hmac_sha256);
	der_put_uint(w, HASH_SIZE);
	der_put_uint(w, m->iterations);
	der_put_tlv(w, DER_OCTET_STRING, m->salt);
	der_wrap(w, DER_SEQUENCE, kdf);
	der_put_oid(w, oid_pbkdf2);
	der_wrap(w, DER_SEQUENCE, kdf);
	der_wrap(w, DER_SEQUENCE, all);
	der_put_oid(w, oid_pbmac1);
}

/* What stands before and behind the header's protectionAlg. */
static int
cut_header(struct span header, struct span *before, struct span *behind)
{
	struct span in;
	int i;

	if (der_get_only(header, DER_SEQUENCE, "the header", &in) == -1)
		return -1;
	*before = in;
	for (i = 0; i < 3; i++) /* pvno, sender, recipient */
		if (der_get_any(&in, NULL, NULL, NULL) == -1)
			return -1;
	if (der_next_is(in, DER_CONTEXT_CONS(0)) && /* messageTime */
	    der_get_any(&in, NULL, NULL, NULL) == -1)
		return -1;
	before->n = (size_t)(in.p - before->p);
	if (der_get(&in, DER_CONTEXT_CONS(1), behind) == -1)
		return -1;
	*behind = in;
	return 0;
}

static int
put_header(struct der *w, const struct cmp_message *m)
{
	struct span before, behind;
	size_t all = der_mark(w), mark;

	if (cut_header(m->header, &before, &behind) == -1)
		return -1;
	der_put_span(w, behind);
	mark = der_mark(w);
	if (m->pbmac1)
		put_pbmac1(w, m);
	else
		put_pbm(w, m);
	der_wrap(w, DER_SEQUENCE, mark);
	der_wrap(w, DER_CONTEXT_CONS(1), mark);
	der_put_span(w, before);
	der_wrap(w, DER_SEQUENCE, all);
	return 0;
}

static int
write_message(const struct cmp_message *m, const uint8_t mac[HASH_SIZE],
    struct span certificates, uint8_t *space, size_t size, struct buf *out)
{
	struct span all;
	struct der w;
	size_t mark;

	der_start(&w, space, size);
	der_put_span(&w, certificates);
	mark = der_mark(&w);
	der_put_octet_bits(&w, span_of(mac, HASH_SIZE));
	der_wrap(&w, DER_CONTEXT_CONS(0), mark);
	der_put_span(&w, m->body);
	der_put_span(&w, m->header);
	der_wrap(&w, DER_SEQUENCE, 0);
	if (der_done(&w, &all) == -1)
		return -1;
	buf_put_span(out, all);
	return 0;
}

int
cmp_mac_instead(struct span der, bool pbmac1, uint64_t iterations,
    struct span secret, struct buf *out)
{
	struct cmp_message m;
	struct span behind;
	size_t size = der.n + 256; /* an algorithm takes a hundred */
	uint8_t salt[SALT], mac[HASH_SIZE];
	uint8_t *space = xcalloc(2, size);
	struct der w;
	int rc = -1;

	hash_random(salt, sizeof(salt));
	der_start(&w, space, size);
	if (cmp_read_parts(der, &m, &behind) == 0 &&
	    der_get(&behind, DER_CONTEXT_CONS(0), NULL) == 0) {
		m.pbmac1 = pbmac1;
		m.iterations = pbmac1 ? iterations : ITERATIONS_PBM;
		m.salt = span_of(salt, sizeof(salt));
		rc = put_header(&w, &m);
	}
	if (rc == 0 && (rc = der_done(&w, &m.header)) == 0 &&
	    (rc = compute(&m, secret, mac)) == 0)
		rc = write_message(&m, mac, behind, space + size, size, out);
	free(space);
	return rc;
}
