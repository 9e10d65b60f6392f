/*
 * A session with a token: which one, its PIN, what is on it.
 */

#include <stdlib.h>
#include <string.h>

#include <p11-kit/p11-kit.h>

#include "base/err.h"
#include "key/pkcs11_inside.h"
#include "key/private.h"

int
pkcs11_err(const char *what, CK_RV rv)
{
	return err_set(ERR_BUSY, "could not %s: the token says %s (0x%lx)",
	    what, p11_kit_strerror(rv), rv);
}

void
pkcs11_lose(struct pkcs11 *t)
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
		return pkcs11_err("list the tokens", rv);
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
	    : pkcs11_err("log in", rv);
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

int
pkcs11_ready(struct pkcs11 *t)
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
		return pkcs11_err("start the token's module", rv);
	}
	t->opened++;
	if (find_slot(t, &slot) == -1)
		goto fail;
	rv = t->module->C_OpenSession(
	    slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &t->session);
	if (rv != CKR_OK) {
		pkcs11_err("open a session", rv);
		goto fail;
	}
	if (log_in(t) == 0)
		return 0;
fail:
	pkcs11_lose(t);
	return -1;
}

int
pkcs11_find(struct pkcs11 *t, CK_OBJECT_CLASS class, const char *label,
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
		pkcs11_lose(t);
		return pkcs11_err("look for a key", rv);
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

char *
pkcs11_pin_source(const char *text)
{
	P11KitUri *uri = p11_kit_uri_new();
	const char *source = NULL;
	char *copy;

	if (uri != NULL &&
	    p11_kit_uri_parse(text, P11_KIT_URI_FOR_ANY, uri) == P11_KIT_URI_OK)
		source = p11_kit_uri_get_pin_source(uri);
	copy = source != NULL ? xstrdup(source) : NULL;
	p11_kit_uri_free(uri);
	return copy;
}

void
pkcs11_close(struct pkcs11 *t)
{
	if (t == NULL)
		return;
	pkcs11_lose(t);
	p11_kit_uri_free(t->uri);
	(void)pthread_mutex_destroy(&t->turn);
	free(t);
}
