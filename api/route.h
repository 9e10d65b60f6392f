#ifndef API_ROUTE_H
#define API_ROUTE_H

#include "api/reply.h"
#include "api/request.h"

/*
 * Routes and the router.  Each resource file api/NOUN.c exports
 *
 *	const struct route NOUN_routes[] = { { METHOD_GET, "/v1/...", ... },
 *		ROUTE_END };
 *
 * and api/routes.c lists the tables.  The router finds the route (404; 405
 * with Allow), asks api/auth who calls (401, 403 with the roles it takes),
 * checks length and type of the body (413, 415), begins a transaction in the
 * principal's name, verifies and stores in it the statement of a signed act,
 * calls the handler, and commits if it returned 0; else it rolls back and
 * answers with the error slot as a problem.
 */

enum route_flag {
	/* Anybody, without a certificate. */
	ROUTE_PUBLIC = 1 << 0,
	/* Must carry Assay-Statement, a signature over the body. */
	ROUTE_SIGNED = 1 << 1,
	/* The body arrives as a file (request.h: body_fd). */
	ROUTE_BODY_FILE = 1 << 2,
	/* The body may have any media type; else it must be JSON. */
	ROUTE_ANY_TYPE = 1 << 3,
	/* The handler begins and commits what it needs by itself. */
	ROUTE_NO_TRANSACTION = 1 << 4,
	/*
	 * Who calls may be what the same certificate was found to be before:
	 * the handler has that looked at again, in its transaction.
	 */
	ROUTE_CALLER_KEPT = 1 << 5
};

#define ROUTE_BODY_DEFAULT (64 * 1024)

struct route {
	enum method method;
	/*
	 * "{name}" stands for one segment, decoded, 1 to 128 octets, no
	 * control characters; "{name*}" at the end for all that follows, at
	 * least one octet, undecoded.
	 */
	const char *path;
	unsigned roles; /* who may: set of enum role; ROUTE_PUBLIC: 0 */
	unsigned flags;
	uint64_t max_body; /* 0: ROUTE_BODY_DEFAULT for POST and PUT */
	/* 0, or -1 with err_set(). */
	int (*handler)(struct request *, struct reply *);
	const char *summary; /* one line, as openapi.yaml has it */
};

#define ROUTE_END                                                              \
	{                                                                      \
		.path = NULL                                                   \
	}

/*
 * Find the route for req->method and req->path and fill req->params.  NULL
 * with ERR_ABSENT, or with code METHOD_NOT_ALLOWED and Allow in the reply.
 */
const struct route *route_find(
    const struct route *const *tables, struct request *, struct reply *);

/*
 * What the module does around handlers; each may be NULL.  -1 with err_set()
 * refuses the request.
 */
struct route_guard {
	/* Who calls, and may it?  Before the body is looked at. */
	int (*caller)(const struct route *, struct request *);
	/* The body is there: whose signature is on it; a transaction. */
	int (*begin)(const struct route *, struct request *);
	/* After the handler, if begin was well; rc is the handler's. */
	int (*end)(const struct route *, struct request *, int rc);
	/* After a failure: all of it once more? */
	bool (*again)(const struct route *, const struct request *);
	/*
	 * Nothing that comes in is kept: what never enters (policy/never.h) is
	 * looked for only in what is refused, since that is logged.
	 */
	bool keeps_nothing;
};

/*
 * Answer the request from these tables, whatever happens: reply holds an
 * answer afterwards.  Where nginx asks first (X-Ask-First: METHOD, which no
 * client's request has behind nginx), nothing is done but to judge whether
 * who calls may do that at this address: 200, 401, or 403 with X-Problem.
 */
void route_serve(const struct route *const *tables, const struct route_guard *,
    struct request *, struct reply *);

#endif
