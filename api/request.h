#ifndef API_REQUEST_H
#define API_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "api/principal.h"
#include "base/buf.h"

/*
 * One HTTP request as handlers see it.  The adapter (api/http) fills it from
 * Kore; a unit test fills it by hand.  Everything is borrowed and lives until
 * the handler returns.
 */

enum method {
	METHOD_GET = 1 << 0, /* HEAD comes as GET; the adapter drops the body */
	METHOD_POST = 1 << 1,
	METHOD_PUT = 1 << 2,
	METHOD_DELETE = 1 << 3,
	METHOD_OTHER = 1 << 4
};

const char *method_text(enum method);

struct request_pair {
	const char *name;
	const char *value;
};

#define REQUEST_HEADERS_MAX 24
#define REQUEST_PARAMS_MAX  6
#define REQUEST_ID_MAX	    33

struct db;
struct instance;

struct request {
	char id[REQUEST_ID_MAX]; /* hex: in the log, in each problem */
	enum method method;
	const char *path;  /* as sent: undecoded, without the query */
	const char *query; /* as sent, without "?"; "" when there is none */
	struct request_pair headers[REQUEST_HEADERS_MAX];
	size_t nheaders;

	/*
	 * The body is the span for a common route.  With ROUTE_BODY_FILE it is
	 * the open file body_fd, at its start, of body_size octets, whether it
	 * was small or large, and the span is empty.
	 */
	struct span body;
	int body_fd; /* -1 when there is none */
	uint64_t body_size;

	/* What the router and api/auth have found out by then. */
	struct request_pair params[REQUEST_PARAMS_MAX]; /* decoded */
	size_t nparams;
	struct principal principal; /* id 0: no certificate */
	struct span certificate;    /* the principal's, DER */
	struct db *db;		    /* NULL in modules without a database */
	const struct instance *instance; /* where the files are */
	struct span statement; /* ROUTE_SIGNED: the JWS, verified and stored */
	struct span resumed;   /* what reply_resume() left; or empty */
	bool called;	       /* resumed since the module heard something */
	/* The caller's certificate is needed: where nginx asks again, with it.
	 */
	const char *ask_at; /* NULL: it was not, or is not to be had */
};

/* The header's value, or NULL; names compare without case. */
const char *request_header(const struct request *, const char *name);

/* The path parameter {name} of the route; never NULL for one that it has. */
const char *request_param(const struct request *, const char *name);
/* Is it the form of a UUID?  0, or -1 with ERR_ABSENT: nothing is called so. */
int request_param_uuid(const struct request *, const char *name);

/*
 * Query parameter name, percent-decoded, into text (of size octets).  1 when
 * it is there, 0 when not, -1 with ERR_INPUT when it is malformed, too long or
 * given twice.
 */
int request_query(
    const struct request *, const char *name, char *text, size_t size);

/* Refuse (ERR_INPUT) any query parameter that isn't in the NULL-ended list. */
int request_query_known(const struct request *, const char *const *names);

/* Content-Type without parameters equals this one, compared without case. */
bool request_has_type(const struct request *, const char *type);

/* Does Accept name this media type itself (no wildcard counts)? */
bool request_accepts(const struct request *, const char *type);

/* Percent-decode (RFC 3986 section 2.1; "+" stays) into a NUL-ended text. */
int request_decode(struct span, char *text, size_t size);

#endif
