/*
 * A root's private key: in a file, or on a token.
 */

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "ceremony/ceremony.h"
#include "ceremony/run_key.h"

int
run_key_load(struct run_key *k, const struct script_key *s, const char *script)
{
	char *path;

	memset(k, 0, sizeof(*k));
	if (s->file == NULL) {
		if ((k->token = pkcs11_open(s->token)) != NULL)
			k->key = pkcs11_key_load(k->token, s->label);
	} else {
		path = ceremony_path(script, s->file);
		k->key = key_load(path, s->passphrase);
		free(path);
	}
	return k->key != NULL ? 0 : -1;
}

static struct key *
make_file(const struct script_key *s, const char *script, enum key_kind kind)
{
	struct key *key = key_generate(kind);
	char *path = ceremony_path(script, s->file);

	if (key != NULL && key_create_file(key, path, s->passphrase) == -1) {
		key_free(key);
		key = NULL;
	}
	free(path);
	return key;
}

int
run_key_ready(struct run_key *k, const struct script_key *s, const char *script,
    enum key_kind kind)
{
	if (run_key_load(k, s, script) == 0)
		return key_kind(k->key) == kind
		    ? 0
		    : err_set_code(ERR_CONFLICT, "CEREMONY_CONFLICT",
			  "there is a key already, of %s, where the script "
			  "makes one of %s",
			  key_name(key_kind(k->key)), key_name(kind));
	if (err_kind() != ERR_ABSENT)
		return -1;
	k->made = true;
	k->key = s->file != NULL
	    ? make_file(s, script, kind)
	    : pkcs11_key_generate(k->token, s->label, kind);
	return k->key != NULL ? 0 : -1;
}

void
run_key_close(struct run_key *k)
{
	key_free(k->key);
	if (k->token != NULL)
		pkcs11_close(k->token);
	memset(k, 0, sizeof(*k));
}
