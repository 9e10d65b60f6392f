/*
 * A root's private key: in a file, or on a token.
 */

#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/err.h"
#include "base/io.h"
#include "ceremony/run_key.h"
#include "x509/pem.h"

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

void
run_key_close(struct run_key *k)
{
	key_free(k->key);
	if (k->token != NULL)
		pkcs11_close(k->token);
	memset(k, 0, sizeof(*k));
}

/* ---- before the ceremony */

static int
conflict(const char *why)
{
	return err_set_code(ERR_CONFLICT, "CEREMONY_CONFLICT", "%s", why);
}

/*
 * One that is there is of an interrupted attempt, or was put there; on a token
 * it was made there in either case.
 */
static int
check_found(const struct run_key *k, const struct script *s)
{
	if (key_kind(k->key) != s->algorithm)
		return conflict("there is a key already, of another algorithm "
				"than the script's");
	return k->token == NULL
	    ? 0
	    : pkcs11_key_is_local(k->token, s->root_key.label);
}

static int
make(struct run_key *k, const struct script *s, const char *script, bool *made)
{
	*made = false;
	if (run_key_load(k, &s->root_key, script) == 0)
		return check_found(k, s);
	if (err_kind() != ERR_ABSENT)
		return -1;
	*made = true;
	k->key = s->root_key.file != NULL
	    ? make_file(&s->root_key, script, s->algorithm)
	    : pkcs11_key_generate(k->token, s->root_key.label, s->algorithm);
	return k->key != NULL ? 0 : -1;
}

static int
put_public(const struct ceremony *c, const char *script, const struct key *key)
{
	struct buf pem = BUF_EMPTY;
	char *path;
	int rc;

	if (c->in.root_key.n > 0)
		return span_equal(buf_span(&c->in.root_key), key_spki(key))
		    ? 0
		    : conflict("there is another public key already: nothing "
			       "was overwritten");
	path = ceremony_root_public(&c->script, script);
	pem_write("PUBLIC KEY", key_spki(key), &pem);
	rc = io_create_file(path, 0644, buf_span(&pem));
	buf_free(&pem);
	free(path);
	return rc;
}

static void
say(const struct key *key, bool made, struct buf *text)
{
	uint8_t digest[HASH_SIZE];

	hash_sha256(key_spki(key), digest);
	buf_printf(text, "root key: %s, %s\nroot-key ", key_name(key_kind(key)),
	    made ? "made now" : "was there already");
	hex_encode(text, span_of(digest, sizeof(digest)));
	buf_putc(text, '\n');
}

int
run_key_make(const struct ceremony *c, const char *script, struct buf *text)
{
	struct run_key k;
	bool made;
	int rc;

	if (!c->script.new_root)
		return ceremony_refuse("the script makes no new root");
	rc = make(&k, &c->script, script, &made);
	if (rc == 0)
		rc = put_public(c, script, k.key);
	if (rc == 0)
		say(k.key, made, text);
	run_key_close(&k);
	return rc;
}
