#ifndef API_CLI_PLAYER_H
#define API_CLI_PLAYER_H

#include "api/cli/cli.h"
#include "key/key.h"

/*
 * A device played by this program, for tests and demos: its key and what it
 * shows of its certificates (leaf, issuer, ...), from VAR/devices/ID.key and
 * ID.crt, as `assay device` makes them, or from other files.
 */
#define PLAYER_CHAIN_MAX 3

struct player {
	char id[64];
	struct key *key;
	struct buf chain[PLAYER_CHAIN_MAX]; /* DER */
	size_t nchain;
};

/*
 * id may be NULL when both files are named; a file that is NULL is the id's.
 * Free in either case.
 */
int player_open(const struct cli *, const char *id, const char *key_file,
    const char *chain_file, struct player *);
void player_free(struct player *);

/*
 * The id of the TrE in VAR/devices whose key the terminal's certificate is
 * bound to.  ERR_ABSENT when there is none.
 */
int player_find_tre(
    const struct cli *, const struct player *terminal, char id[64]);

/* Its leaf's SHA-256. */
void player_leaf_sha256(const struct player *, uint8_t digest[32]);
/* Its signature over the message, base64, appended. */
int player_sign(const struct player *, struct span message, struct buf *);

#endif
