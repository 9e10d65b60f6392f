#ifndef KEY_PKCS11_INSIDE_H
#define KEY_PKCS11_INSIDE_H

/* For the files pkcs11*.c only. */

#include <pthread.h>

#include <p11-kit/pkcs11.h>
#include <p11-kit/uri.h>

#include "key/hash.h"
#include "key/pkcs11.h"

struct pkcs11 {
	P11KitUri *uri;
	CK_FUNCTION_LIST *module; /* NULL: no session */
	CK_SESSION_HANDLE session;
	unsigned opened; /* how often: handles are of one opening */
	bool pin_refused;
	uint8_t refused_pin[HASH_SIZE]; /* which one: by its digest */
	pthread_mutex_t turn;
};

/* All with turn held. */

/* A session, logged in; opened if there is none. */
int pkcs11_ready(struct pkcs11 *);
void pkcs11_lose(struct pkcs11 *);

/* ERR_ABSENT, or the one object of that class and label. */
int pkcs11_find(struct pkcs11 *, CK_OBJECT_CLASS, const char *label,
    CK_OBJECT_HANDLE *found);

/* ERR_BUSY with what the token says: always -1. */
int pkcs11_err(const char *what, CK_RV);

#endif
