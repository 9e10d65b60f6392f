/*
 * The key of this api host that signs answers of CMP.
 */

#include "api/cmp_signer.h"

static struct key *key;

int
cmp_signer_open(const char *path)
{
	key = key_load(path, NULL);
	return key != NULL ? 0 : -1;
}

void
cmp_signer_close(void)
{
	key_free(key);
	key = NULL;
}

const struct key *
cmp_signer_key(void)
{
	return key;
}
