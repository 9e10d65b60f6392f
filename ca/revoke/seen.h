#ifndef REVOKE_SEEN_H
#define REVOKE_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "key/hash.h"

struct db;

/*
 * What the world has seen through this process, kept outside the database so
 * that a restored one is found out (db/schema/380_restore.sql): the last status
 * event with the hash that chains the log, the first free index of each issuer,
 * the last feed and kit, how far notices are numbered.
 *
 * One small file of lines, FOLDER/seen, replaced as a whole and durable before
 * the world is shown what it says; with an HMAC by a key of this process's own
 * (FOLDER/seen.key), so that a torn or altered one is known.  Such a one counts
 * as none, which the database notices, since it knows that there was one.
 */
#define SEEN_NAME 40

struct seen_mark {
	uint32_t issuer;
	uint64_t next;
};

struct seen {
	char *path;
	uint8_t key[HASH_SIZE];
	char name[SEEN_NAME]; /* as which witness */
	uint64_t event;
	uint8_t hash[HASH_SIZE];
	uint64_t feed;
	uint8_t feed_sha256[HASH_SIZE];
	uint64_t kit;
	uint8_t kit_sha256[HASH_SIZE];
	int64_t notices;
	struct seen_mark *marks; /* by issuer */
	size_t nmarks;
	bool unwritten;	   /* something of it is not in the file */
	char identity[96]; /* of the database that was last compared with */
	int64_t spoken;	   /* clock_ms() of that */
};

/*
 * Read it, or begin one; name NULL: "follower-" and a number of its own.  -1
 * only when files cannot be read or made.
 */
int seen_open(struct seen *, const char *folder, const char *name);
void seen_free(struct seen *);
/* Durable when it returns 0; else it stays unwritten. */
int seen_write(struct seen *);

/* The first free index of an issuer: raised, never lowered.  True if it was. */
bool seen_mark(struct seen *, uint32_t issuer, uint64_t next);
/* All marks as JSON, {"3": 8192}. */
void seen_marks_json(const struct seen *, struct buf *);

/*
 * A publication that is about to be shown: a feed or a kit by its number is
 * kept first, if it is the greatest so far.  0, or -1 as seen_write().
 */
int seen_publication(struct seen *, const char *path, struct span content);

enum seen_answer { SEEN_STANDS, SEEN_WAITS, SEEN_LOST, SEEN_RESOLVED };

/*
 * Tell the database (witness_say) what was seen; what it answers, or -1.  What
 * is seen begins anew on SEEN_RESOLVED, with nothing in it.
 */
int seen_say(struct seen *, struct db *);

#endif
