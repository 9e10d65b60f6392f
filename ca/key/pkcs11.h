#ifndef KEY_PKCS11_H
#define KEY_PKCS11_H

#include "key/key.h"

/*
 * Keys on a PKCS#11 token, named by their label: generated there, sensitive
 * and not extractable.  P-256 and P-384.
 *
 * Whatever the token refuses is ERR_BUSY: the session is opened anew when a
 * key is used next, so that an order can be tried again.  So is a PIN that
 * cannot be read; one that the token has refused is not shown to it again,
 * until it is another.  Keys may be used by several threads; they take turns.
 */
struct pkcs11;

/*
 * The token by its URI (RFC 7512), which must have module-path and
 * pin-source, as private_passphrase() takes it; pin-value is refused.  Opens
 * nothing yet: ERR_INPUT when the URI is wrong.
 */
struct pkcs11 *pkcs11_open(const char *uri);
/* Its pin-source, malloc'd; NULL: the URI is wrong, or has none. */
char *pkcs11_pin_source(const char *uri);
/* After all of its keys. */
void pkcs11_close(struct pkcs11 *);

/* ERR_ABSENT when the token has no such key. */
struct key *pkcs11_key_load(struct pkcs11 *, const char *label);
/*
 * Was it made on the token, never to leave it (CKA_LOCAL, CKA_ALWAYS_SENSITIVE,
 * CKA_NEVER_EXTRACTABLE)?  Of a new key that is there already: one that
 * somebody put there is theirs, too.  ERR_DENIED, code KEY_NOT_LOCAL.
 */
int pkcs11_key_is_local(struct pkcs11 *, const char *label);
/* ERR_CONFLICT when it has one already. */
struct key *pkcs11_key_generate(
    struct pkcs11 *, const char *label, enum key_kind);
/* Both halves (C_DestroyObject); 0, too, when the token has no such key. */
int pkcs11_key_destroy(struct pkcs11 *, const char *label);

#endif
