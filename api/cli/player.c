/*
 * Devices, played from the files that `assay device` keeps.
 */

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/cli/player.h"
#include "base/enc.h"
#include "base/err.h"
#include "base/io.h"
#include "key/hash.h"
#include "x509/cert.h"

#define PEM_MOST (64 * 1024)

/* Every certificate of a PEM file, in its order. */
static int
read_chain(const char *path, struct player *p)
{
	struct buf pem = BUF_EMPTY;
	struct span text;
	int rc = -1;

	if (io_read_file(path, PEM_MOST, &pem) == -1)
		goto out;
	text = buf_span(&pem);
	while (p->nchain < PLAYER_CHAIN_MAX &&
	    cert_read_pem(&text, &p->chain[p->nchain]) == 0)
		p->nchain++;
	if (p->nchain == 0) {
		err_set(ERR_INPUT, "%s: %s", path, err_text());
		goto out;
	}
	rc = 0;
out:
	buf_free(&pem);
	return rc;
}

int
player_open(const struct cli *cli, const char *id, const char *key_file,
    const char *chain_file, struct player *p)
{
	char *key, *chain;
	int rc = -1;

	memset(p, 0, sizeof(*p));
	if (id == NULL && (key_file == NULL || chain_file == NULL))
		return cli_usage("a device needs an id, or a key and a chain");
	(void)snprintf(p->id, sizeof(p->id), "%s", id != NULL ? id : "");
	key =
	    key_file != NULL ? xstrdup(key_file) : cli_device(cli, id, ".key");
	chain = chain_file != NULL ? xstrdup(chain_file)
				   : cli_device(cli, id, ".crt");
	if ((p->key = key_load(key, NULL)) != NULL)
		rc = read_chain(chain, p);
	free(key);
	free(chain);
	return rc;
}

void
player_free(struct player *p)
{
	size_t i;

	key_free(p->key);
	for (i = 0; i < PLAYER_CHAIN_MAX; i++)
		buf_free(&p->chain[i]);
	memset(p, 0, sizeof(*p));
}

/* Is this the certificate file of the key? */
static bool
is_of_key(const char *path, struct span key_sha256)
{
	struct player p = { .nchain = 0 };
	struct cert c;
	bool is;

	is = read_chain(path, &p) == 0 &&
	    cert_parse(buf_span(&p.chain[0]), &c) == 0 &&
	    span_equal(span_of(c.spki_sha256, 32), key_sha256);
	player_free(&p);
	return is;
}

/* "ID.crt" gives "ID". */
static bool
take_id(const char *name, char id[64])
{
	size_t n = strlen(name);

	if (n < 5 || n - 4 >= 64 || strcmp(name + n - 4, ".crt") != 0)
		return false;
	memcpy(id, name, n - 4);
	id[n - 4] = '\0';
	return true;
}

static int
search(const struct cli *cli, struct span key_sha256, char id[64])
{
	char *folder = xasprintf("%s/devices", cli->var), *path;
	DIR *dir = opendir(folder);
	struct dirent *entry;
	bool found = false;

	if (dir == NULL) {
		err_set(ERR_ABSENT, "could not open %s: %s", folder,
		    strerror(errno));
		free(folder);
		return -1;
	}
	while (!found && (entry = readdir(dir)) != NULL) {
		if (!take_id(entry->d_name, id))
			continue;
		path = xasprintf("%s/%s", folder, entry->d_name);
		found = is_of_key(path, key_sha256);
		free(path);
	}
	(void)closedir(dir);
	free(folder);
	return found ? 0
		     : err_set(ERR_ABSENT,
			   "the TrE of that terminal is not among "
			   "%s/devices: say --tre",
			   cli->var);
}

int
player_find_tre(
    const struct cli *cli, const struct player *terminal, char id[64])
{
	struct cert c;

	if (cert_parse(buf_span(&terminal->chain[0]), &c) == -1)
		return -1;
	if ((c.present & CERT_TRE_BINDING) == 0)
		return err_set(ERR_ABSENT,
		    "that certificate is bound to no TrE: say --tre");
	return search(cli, c.binding.key_sha256, id);
}

void
player_leaf_sha256(const struct player *p, uint8_t digest[32])
{
	hash_sha256(buf_span(&p->chain[0]), digest);
}

int
player_sign(const struct player *p, struct span message, struct buf *out)
{
	uint8_t signature[KEY_SIGNATURE_MAX];
	size_t n;

	if (key_sign(p->key, message, signature, &n) == -1)
		return -1;
	base64_encode(out, span_of(signature, n));
	return 0;
}
