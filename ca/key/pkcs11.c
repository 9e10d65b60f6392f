/*
 * Keys on a token.  libcrypto's ECDSA stays as it is but for the one step that
 * needs the private half, which the token does.
 */

#define OPENSSL_SUPPRESS_DEPRECATED

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>

#include <p11-kit/p11-kit.h>
#include <p11-kit/pkcs11.h>
#include <p11-kit/uri.h>

#include "base/err.h"
#include "key/hash.h"
#include "key/inside.h"
#include "key/pkcs11.h"
#include "key/private.h"
#include "x509/der.h"
#include "x509/ossl.h"

#define LABEL_MAX 64

struct pkcs11 {
	P11KitUri *uri;
	CK_FUNCTION_LIST *module; /* NULL: no session */
	CK_SESSION_HANDLE session;
	unsigned opened; /* how often: handles are of one opening */
	bool pin_refused;
	uint8_t refused_pin[HASH_SIZE]; /* which one: by its digest */
	pthread_mutex_t turn;
};

/* What a key's EC_KEY carries. */
struct on_token {
	struct pkcs11 *token;
	char label[LABEL_MAX];
	CK_OBJECT_HANDLE handle;
	unsigned opened;
};

static int ex_index = -1;
static EC_KEY_METHOD *method;

static int
token_err(const char *what, CK_RV rv)
{
	return err_set(ERR_BUSY, "could not %s: the token says %s (0x%lx)",
	    what, p11_kit_strerror(rv), rv);
}

/* ---- the session */

static void
lose_session(struct pkcs11 *t)
{
	if (t->module == NULL)
		return;
	(void)p11_kit_module_finalize(t->module);
	p11_kit_module_release(t->module);
	t->module = NULL;
}

static int
find_slot(struct pkcs11 *t, CK_SLOT_ID *found)
{
	CK_SLOT_ID slots[64];
	CK_ULONG n = sizeof(slots) / sizeof(slots[0]), i;
	CK_TOKEN_INFO info;
	CK_RV rv = t->module->C_GetSlotList(CK_TRUE, slots, &n);

	if (rv != CKR_OK)
		return token_err("list the tokens", rv);
	for (i = 0; i < n; i++)
		if (t->module->C_GetTokenInfo(slots[i], &info) == CKR_OK &&
		    p11_kit_uri_match_token_info(t->uri, &info) == 1) {
			*found = slots[i];
			return 0;
		}
	return err_set(ERR_BUSY, "no token of the configured URI is there");
}

/*
 * A token locks itself after a few wrong PINs, and we try again for ever: a
 * PIN that it has refused is not shown to it again.
 */
static int
try_pin(struct pkcs11 *t, struct buf *pin)
{
	uint8_t digest[HASH_SIZE];
	CK_RV rv;

	hash_sha256(buf_span(pin), digest);
	if (t->pin_refused && memcmp(digest, t->refused_pin, HASH_SIZE) == 0)
		return err_set(ERR_BUSY,
		    "the token has refused the PIN in %s, which is not tried "
		    "again: put the right one there",
		    p11_kit_uri_get_pin_source(t->uri));
	rv = t->module->C_Login(t->session, CKU_USER, pin->p, pin->n);
	t->pin_refused = rv == CKR_PIN_INCORRECT || rv == CKR_PIN_INVALID ||
	    rv == CKR_PIN_LEN_RANGE || rv == CKR_PIN_EXPIRED ||
	    rv == CKR_PIN_LOCKED;
	if (t->pin_refused)
		memcpy(t->refused_pin, digest, HASH_SIZE);
	return rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN
	    ? 0
	    : token_err("log in", rv);
}

static int
log_in(struct pkcs11 *t)
{
	struct buf pin = BUF_EMPTY;
	int rc;

	/* Whatever is wrong with it is no fault of an order's. */
	if (private_passphrase(p11_kit_uri_get_pin_source(t->uri), &pin) == -1)
		rc = err_set(ERR_BUSY, "the token's PIN: %s", err_text());
	else
		rc = try_pin(t, &pin);
	buf_wipe(&pin);
	return rc;
}

static int
ready_session(struct pkcs11 *t)
{
	CK_SLOT_ID slot;
	CK_RV rv;

	if (t->module != NULL)
		return 0;
	t->module = p11_kit_module_load(
	    p11_kit_uri_get_module_path(t->uri), P11_KIT_MODULE_UNMANAGED);
	if (t->module == NULL)
		return err_set(ERR_BUSY, "could not load %s: %s",
		    p11_kit_uri_get_module_path(t->uri), p11_kit_message());
	if ((rv = p11_kit_module_initialize(t->module)) != CKR_OK) {
		p11_kit_module_release(t->module);
		t->module = NULL;
		return token_err("start the token's module", rv);
	}
	t->opened++;
	if (find_slot(t, &slot) == -1)
		goto fail;
	rv = t->module->C_OpenSession(
	    slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &t->session);
	if (rv != CKR_OK) {
		token_err("open a session", rv);
		goto fail;
	}
	if (log_in(t) == 0)
		return 0;
fail:
	lose_session(t);
	return -1;
}

/* ERR_ABSENT, or the one object of that class and label. */
static int
find_object(struct pkcs11 *t, CK_OBJECT_CLASS class, const char *label,
    CK_OBJECT_HANDLE *found)
{
	CK_ATTRIBUTE want[] = {
		{ CKA_CLASS, &class, sizeof(class) },
		{ CKA_LABEL, (void *)(uintptr_t)label, strlen(label) },
	};
	CK_OBJECT_HANDLE two[2];
	CK_ULONG n = 0;
	CK_RV rv = t->module->C_FindObjectsInit(t->session, want, 2);

	if (rv == CKR_OK) {
		rv = t->module->C_FindObjects(t->session, two, 2, &n);
		(void)t->module->C_FindObjectsFinal(t->session);
	}
	if (rv != CKR_OK) {
		lose_session(t);
		return token_err("look for a key", rv);
	}
	if (n == 0)
		return err_set(
		    ERR_ABSENT, "the token has no key named %s", label);
	if (n == 2)
		return err_set(ERR_CONFLICT,
		    "the token has more than one key named %s: keep one",
		    label);
	*found = two[0];
	return 0;
}

/* ---- signing */

static int
sign_once(struct on_token *o, const uint8_t *digest, int n, uint8_t *raw,
    CK_ULONG *length)
{
	CK_MECHANISM ecdsa = { CKM_ECDSA, NULL, 0 };
	struct pkcs11 *t = o->token;
	CK_RV rv;

	if (ready_session(t) == -1)
		return -1;
	if (o->opened != t->opened) {
		if (find_object(t, CKO_PRIVATE_KEY, o->label, &o->handle) == -1)
			return err_set(ERR_BUSY, "%s", err_text());
		o->opened = t->opened;
	}
	rv = t->module->C_SignInit(t->session, &ecdsa, o->handle);
	if (rv == CKR_OK)
		rv = t->module->C_Sign(t->session,
		    (CK_BYTE_PTR)(uintptr_t)digest, (CK_ULONG)n, raw, length);
	if (rv == CKR_OK)
		return 0;
	lose_session(t);
	return token_err("sign", rv);
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
		token_err("read a public key", rv);
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
	if (ready_session(t) == -1 || ready_method() == -1 ||
	    find_object(t, CKO_PRIVATE_KEY, label, &private) == -1 ||
	    find_object(t, CKO_PUBLIC_KEY, label, &public) == -1 ||
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

	return rv == CKR_OK ? 0 : token_err("generate a key", rv);
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
	if (ready_session(t) == -1)
		goto out;
	if (find_object(t, CKO_PRIVATE_KEY, label, &there) == 0)
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

struct pkcs11 *
pkcs11_open(const char *text)
{
	struct pkcs11 *t = xcalloc(1, sizeof(*t));
	int rv;

	(void)pthread_mutex_init(&t->turn, NULL);
	if ((t->uri = p11_kit_uri_new()) == NULL)
		abort();
	rv = p11_kit_uri_parse(text, P11_KIT_URI_FOR_ANY, t->uri);
	if (rv != P11_KIT_URI_OK)
		err_set(
		    ERR_INPUT, "the token's URI: %s", p11_kit_uri_message(rv));
	else if (p11_kit_uri_any_unrecognized(t->uri))
		err_set(ERR_INPUT, "the token's URI has unknown attributes");
	else if (p11_kit_uri_get_pin_value(t->uri) != NULL)
		err_set(ERR_DENIED,
		    "the token's URI must not hold the PIN: use pin-source");
	else if (p11_kit_uri_get_module_path(t->uri) == NULL ||
	    p11_kit_uri_get_pin_source(t->uri) == NULL)
		err_set(ERR_INPUT,
		    "the token's URI must have module-path and pin-source");
	else
		return t;
	pkcs11_close(t);
	return NULL;
}

void
pkcs11_close(struct pkcs11 *t)
{
	if (t == NULL)
		return;
	lose_session(t);
	p11_kit_uri_free(t->uri);
	(void)pthread_mutex_destroy(&t->turn);
	free(t);
}
