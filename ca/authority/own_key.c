/*
 * The authority's own keys: in files, or on the configured token.
 */

#include "authority/own_key.h"
#include "base/err.h"
#include "key/pkcs11.h"
#include "key/private.h"

/* The token, once; what is wrong with its URI shows when we start. */
int
own_key_open(struct authority *a)
{
	if (a->in.pkcs11_token[0] == '\0')
		return 0;
	return (a->token = pkcs11_open(a->in.pkcs11_token)) == NULL ? -1 : 0;
}

static const char *
file_of(const struct authority *a, const char *name, char *out)
{
	return instance_path(&a->in, out, "authority/%s.key", name);
}

static struct key *
load_file(const struct authority *a, const char *name)
{
	char path[INSTANCE_PATH_MAX];

	return key_load(file_of(a, name, path), authority_passphrase(a));
}

struct key *
own_key_load(const struct authority *a, const char *name)
{
	struct key *k;

	if (a->token == NULL)
		return load_file(a, name);
	k = pkcs11_key_load(a->token, name);
	return k != NULL || err_kind() != ERR_ABSENT ? k : load_file(a, name);
}

static struct key *
make(const struct authority *a, const char *name, enum key_kind kind)
{
	char path[INSTANCE_PATH_MAX];
	struct key *k;

	if (a->token != NULL)
		return pkcs11_key_generate(a->token, name, kind);
	if ((k = key_generate(kind)) == NULL ||
	    key_create_file(
		k, file_of(a, name, path), authority_passphrase(a)) == 0)
		return k;
	key_free(k);
	return NULL;
}

/* One that was put on the token would be somebody else's, too. */
static struct key *
load_own(const struct authority *a, const char *name)
{
	struct key *k;

	if (a->token == NULL)
		return load_file(a, name);
	if ((k = pkcs11_key_load(a->token, name)) != NULL &&
	    pkcs11_key_is_local(a->token, name) == -1) {
		key_free(k);
		k = NULL;
	}
	return k;
}

/* A new key is none of those that a token found in files. */
struct key *
own_key_ready(const struct authority *a, const char *name, enum key_kind kind)
{
	struct key *k = load_own(a, name);

	return k != NULL || err_kind() != ERR_ABSENT ? k : make(a, name, kind);
}

/* Has it that public half?  1, 0 if there is none or another, -1. */
static int
is_of(struct key *k, struct span spki)
{
	int rc = k != NULL	       ? span_equal(key_spki(k), spki)
	    : err_kind() == ERR_ABSENT ? 0
				       : -1;

	key_free(k);
	return rc;
}

int
own_key_destroy(const struct authority *a, const char *name, struct span spki)
{
	char path[INSTANCE_PATH_MAX];
	int rc = 0;

	if (a->token != NULL) {
		rc = is_of(pkcs11_key_load(a->token, name), spki);
		if (rc == 1)
			rc = pkcs11_key_destroy(a->token, name);
	}
	if (rc == -1 || (rc = is_of(load_file(a, name), spki)) == -1)
		return -1;
	return rc == 1 ? private_destroy(file_of(a, name, path)) : 0;
}
