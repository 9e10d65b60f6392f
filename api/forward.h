#ifndef API_FORWARD_H
#define API_FORWARD_H

#include "api/reply.h"
#include "api/request.h"
#include "db/conn.h"
#include "registry/fields.h"

/*
 * What most handlers end with: run the named statement, whose one column of
 * one row is JSON that SQL has made, and reply with it.  No row is ERR_ABSENT.
 * 0, or -1 with the error that the database gave.
 */
int forward(struct request *, struct reply *, int status, const char *name,
    const struct db_args *);

/*
 * A SHA-256 of the body, 64 hex digits, as the next parameter, a bytea; it must
 * stay in sha256 until the statement has run.
 */
void forward_hash(
    struct db_args *, struct fields *, const char *name, uint8_t sha256[32]);

/* forward() for a reader with the one path parameter that it names, as $1. */
int forward_named(
    struct request *, struct reply *, const char *name, const char *param);

/*
 * The same for an act without terms: the body is {} and nothing else, the path
 * parameter is $1.
 */
int forward_act(struct request *, struct reply *, int status, const char *name,
    const char *param);

/* The same for an act whose only term is the reason for it, $2. */
int forward_reason(struct request *, struct reply *, int status,
    const char *name, const char *param);

/*
 * The same for what a supplier says of a thing (201): $1 the path parameter, $2
 * the text of the field, $3 the SHA-256 of files in "evidence", a JSON array.
 */
int forward_claim(struct request *, struct reply *, const char *name,
    const char *param, const char *field);

/*
 * A list, newest first, 100 at most, by these queries (8 at most, ended by
 * NULL): each that was given is $1, $2, ... in their order, NULL when it
 * wasn't.  No other query is taken.  One named "kind=tre|terminal" takes these
 * words alone, "state" those of the list's entity in policy/states.txt; one
 * that names a thing ("organisation", "model") is ERR_ABSENT where the caller
 * may see none of that name.  "next" of the answer is what to give as ?before=
 * for the next hundred.
 */
int forward_search(struct request *, struct reply *, const char *list,
    const char *const *queries);

/*
 * A list, newest first, 100 at most: ?state= is $1, ?before= (the last that
 * the caller has, by its handle or number) is $2; NULL when they aren't there.
 * No other query is taken.
 */
int forward_list(struct request *, struct reply *, const char *name);

#endif
