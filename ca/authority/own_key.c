/*
 * The authority's own keys: in files, or on the configured token.
 */

#include <stdio.h>

#include "authority/own_key.h"
#include "base/err.h"
#include "key/pkcs11.h"

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

struct key *
own_key_load(const struct authority *a, const char *name)
{
	char path[INSTANCE_PATH_MAX];

	if (a->token != NULL)
		return pkcs11_key_load(a->token, name);
	return key_load(file_of(a, name, path), authority_passphrase(a));
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

struct key *
own_key_ready(const struct authority *a, const char *name, enum key_kind kind)
{
	struct key *k = own_key_load(a, name);

	return k != NULL || err_kind() != ERR_ABSENT ? k : make(a, name, kind);
}
