/*
 * Keys on a token.  libcrypto's ECDSA stays as it is but for the one step that
 * needs the private half, which the token does.
 */

#define OPENSSL_SUPPRESS_DEPRECATED

#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>

#include "base/err.h"
#include "key/inside.h"
#include "key/pkcs11_inside.h"
#include "x509/der.h"
#include "x509/ossl.h"

#define LABEL_MAX 64

/* What a key's EC_KEY carries. */
struct on_token {
	struct pkcs11 *token;
	char label[LABEL_MAX];
	CK_OBJECT_HANDLE handle;
	unsigned opened;
};

static int ex_index = -1;
static EC_KEY_METHOD *method;

/* ---- signing */

static int
sign_once(struct on_token *o, const uint8_t *digest, int n, uint8_t *raw,
    CK_ULONG *length)
{
	CK_MECHANISM ecdsa = { CKM_ECDSA, NULL, 0 };
	struct pkcs11 *t = o->token;
	CK_RV rv;

	if (pkcs11_ready(t) == -1)
		return -1;
	if (o->opened != t->opened) {
		if (pkcs11_find(t, CKO_PRIVATE_KEY, o->label, &o->handle) == -1)
			return err_set(ERR_BUSY, "%s", err_text());
		o->opened = t->opened;
	}
	rv = t->module->C_SignInit(t->session, &ecdsa, o->handle);
	if (rv == CKR_OK)
		rv = t->module->C_Sign(t->session,
		    (CK_BYTE_PTR)(uintptr_t)digest, (CK_ULONG)n, raw, length);
	if (rv == CKR_OK)
		return 0;
	pkcs11_lose(t);
	return pkcs11_err("sign", rv);
}

/* For ECDSA_do_sign_ex(): r and s by the token; a lost session once again. */
static ECDSA_SIG *
sign_sig(const unsigned char *digest, int n, const BIGNUM *kinv,
    const BIGNUM *rp, EC_KEY *ec)
{
	struct on_token *o = EC_KEY_get_ex_data(ec, ex_index);
	uint8_t raw[KEY_RAW_MAX];
	CK_ULONG length = sizeof(raw);
	ECDSA_SIG *s;
	BIGNUM *r, *t;
	int rc;

	(void)kinv;
	(void)rp;
	(void)pthread_mutex_lock(&o->token->turn);
	rc = sign_once(o, digest, n, raw, &length);
	if (rc == -1) {
		length = sizeof(raw);
		rc = sign_once(o, digest, n, raw, &length);
	}
	(void)pthread_mutex_unlock(&o->token->turn);
	if (rc == -1 || (s = ECDSA_SIG_new()) == NULL)
		return NULL;
	r = BN_bin2bn(raw, (int)length / 2, NULL);
	t = BN_bin2bn(raw + length / 2, (int)length / 2, NULL);
	if (ECDSA_SIG_set0(s, r, t) == 1)
		return s;
	BN_free(r);
	BN_free(t);
	ECDSA_SIG_free(s);
	return NULL;
}

static void
free_on_token(void *parent, void *p, CRYPTO_EX_DATA *ad, int i, long l, void *a)
{
	(void)parent;
	(void)ad;
	(void)i;
	(void)l;
	(void)a;
	free(p);
}

static int
ready_method(void)
{
	int (*sign)(int, const unsigned char *, int, unsigned char *,
	    unsigned *, const BIGNUM *, const BIGNUM *, EC_KEY *);

	if (method != NULL)
		return 0;
	ex_index = EC_KEY_get_ex_new_index(0, NULL, NULL, NULL, free_on_token);
	if (ex_index == -1 ||
	    (method = EC_KEY_METHOD_new(EC_KEY_OpenSSL())) == NULL)
		return x509_err("prepare for a token");
	EC_KEY_METHOD_get_sign(method, &sign, NULL, NULL);
	EC_KEY_METHOD_set_sign(method, sign, NULL, sign_sig);
	return 0;
}

/* ---- keys */

/* CKA_EC_POINT is the point as a DER OCTET STRING. */
static struct key *
read_public(struct pkcs11 *t, CK_OBJECT_HANDLE object)
{
	uint8_t octets[KEY_RAW_MAX + 8];
	CK_ATTRIBUTE get = { CKA_EC_POINT, octets, sizeof(octets) };
	CK_RV rv = t->module->C_GetAttributeValue(t->session, object, &get, 1);
	struct span point;

	if (rv != CKR_OK) {
		pkcs11_err("read a public key", rv);
		return NULL;
	}
	if (der_get_only(span_of(octets, get.ulValueLen), DER_OCTET_STRING,
		"the point", &point) == -1)
		return NULL;
	return key_from_point(point.n == 65 ? KEY_P256 : KEY_P384, point);
}

static struct key *
load(struct pkcs11 *t, const char *label)
{
	CK_OBJECT_HANDLE private, public;
	struct on_token *o;
	struct key *k;

	if (strlen(label) >= LABEL_MAX) {
		err_set(ERR_INPUT, "a key's name is too long");
		return NULL;
	}
	if (pkcs11_ready(t) == -1 || ready_method() == -1 ||
	    pkcs11_find(t, CKO_PRIVATE_KEY, label, &private) == -1 ||
	    pkcs11_find(t, CKO_PUBLIC_KEY, label, &public) == -1 ||
	    (k = read_public(t, public)) == NULL)
		return NULL;
	o = xcalloc(1, sizeof(*o));
	o->token = t;
	memcpy(o->label, label, strlen(label));
	o->handle = private;
	o->opened = t->opened;
	if (EC_KEY_set_method(k->ec, method) != 1 ||
	    EC_KEY_set_ex_data(k->ec, ex_index, o) != 1) {
		x509_err("take a token's key");
		free(o);
		key_free(k);
		return NULL;
	}
	k->place = KEY_ON_TOKEN;
	k->is_private = true;
	return k;
}

struct key *
pkcs11_key_load(struct pkcs11 *t, const char *label)
{
	struct key *k;

	(void)pthread_mutex_lock(&t->turn);
	k = load(t, label);
	(void)pthread_mutex_unlock(&t->turn);
	return k;
}

/* What a token does not say is not so. */
static int
check_local(struct pkcs11 *t, const char *label)
{
	CK_BBOOL local = CK_FALSE, sensitive = CK_FALSE, kept = CK_FALSE;
	CK_ATTRIBUTE get[] = {
		{ CKA_LOCAL, &local, sizeof(local) },
		{ CKA_ALWAYS_SENSITIVE, &sensitive, sizeof(sensitive) },
		{ CKA_NEVER_EXTRACTABLE, &kept, sizeof(kept) },
	};
	CK_OBJECT_HANDLE private;
	CK_RV rv;

	if (pkcs11_ready(t) == -1 ||
	    pkcs11_find(t, CKO_PRIVATE_KEY, label, &private) == -1)
		return -1;
	rv = t->module->C_GetAttributeValue(t->session, private, get, 3);
	if (rv != CKR_OK && rv != CKR_ATTRIBUTE_TYPE_INVALID &&
	    rv != CKR_ATTRIBUTE_SENSITIVE)
		return pkcs11_err("say where a key comes from", rv);
	if (rv == CKR_OK && local == CK_TRUE && sensitive == CK_TRUE &&
	    kept == CK_TRUE)
		return 0;
	return err_set_code(ERR_DENIED, "KEY_NOT_LOCAL",
	    "the token's key %s was not made there, or could leave it (PKCS "
	    "#11 "
	    "section 4.9: CKA_LOCAL, CKA_ALWAYS_SENSITIVE, "
	    "CKA_NEVER_EXTRACTABLE): take another label, or remove it",
	    label);
}

int
pkcs11_key_is_local(struct pkcs11 *t, const char *label)
{
	int rc;

	(void)pthread_mutex_lock(&t->turn);
	rc = check_local(t, label);
	(void)pthread_mutex_unlock(&t->turn);
	return rc;
}

static int
generate(struct pkcs11 *t, const char *label, struct span curve)
{
	CK_MECHANISM by = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
	CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	void *name = (void *)(uintptr_t)label;
	CK_ATTRIBUTE public[] = {
		{ CKA_EC_PARAMS, (void *)(uintptr_t)curve.p, curve.n },
		{ CKA_LABEL, name, strlen(label) },
		{ CKA_TOKEN, &yes, sizeof(yes) },
		{ CKA_VERIFY, &yes, sizeof(yes) },
	};
	CK_ATTRIBUTE private[] = {
		{ CKA_LABEL, name, strlen(label) },
		{ CKA_TOKEN, &yes, sizeof(yes) },
		{ CKA_PRIVATE, &yes, sizeof(yes) },
		{ CKA_SENSITIVE, &yes, sizeof(yes) },
		{ CKA_EXTRACTABLE, &no, sizeof(no) },
		{ CKA_SIGN, &yes, sizeof(yes) },
	};
	CK_OBJECT_HANDLE a, b;
	CK_RV rv = t->module->C_GenerateKeyPair(
	    t->session, &by, public, 4, private, 6, &a, &b);

	return rv == CKR_OK ? 0 : pkcs11_err("generate a key", rv);
}

struct key *
pkcs11_key_generate(struct pkcs11 *t, const char *label, enum key_kind kind)
{
	static const uint8_t p256[] = { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
		0x3d, 0x03, 0x01, 0x07 };
	static const uint8_t p384[] = { 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00,
		0x22 };
	CK_OBJECT_HANDLE there;
	struct key *k = NULL;

	if (kind != KEY_P256 && kind != KEY_P384) {
		key_not_allowed("a token's key must be on P-256 or P-384");
		return NULL;
	}
	(void)pthread_mutex_lock(&t->turn);
	if (pkcs11_ready(t) == -1)
		goto out;
	if (pkcs11_find(t, CKO_PRIVATE_KEY, label, &there) == 0)
		err_set(ERR_CONFLICT, "the token has a key named %s", label);
	else if (err_kind() == ERR_ABSENT &&
	    generate(t, label,
		kind == KEY_P256 ? span_of(p256, sizeof(p256))
				 : span_of(p384, sizeof(p384))) == 0)
		k = load(t, label);
out:
	(void)pthread_mutex_unlock(&t->turn);
	return k;
}

/* The private half first: that is the one that matters. */
int
pkcs11_key_destroy(struct pkcs11 *t, const char *label)
{
	static const CK_OBJECT_CLASS halves[] = { CKO_PRIVATE_KEY,
		CKO_PUBLIC_KEY };
	CK_OBJECT_HANDLE object;
	CK_RV rv = CKR_OK;
	size_t i;
	int rc;

	(void)pthread_mutex_lock(&t->turn);
	rc = pkcs11_ready(t);
	for (i = 0; i < 2 && rc == 0; i++) {
		if (pkcs11_find(t, halves[i], label, &object) == -1)
			rc = err_kind() == ERR_ABSENT ? 0 : -1;
		else if ((rv = t->module->C_DestroyObject(
			      t->session, object)) != CKR_OK) {
			pkcs11_lose(t);
			rc = pkcs11_err("destroy a key", rv);
		}
	}
	(void)pthread_mutex_unlock(&t->turn);
	return rc;
}
