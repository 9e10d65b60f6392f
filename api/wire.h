#ifndef API_WIRE_H
#define API_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "api/request.h"

/*
 * A request of HTTP/1.1 as nginx writes it (conf/nginx.conf.in), and as nothing
 * else: lines end in CR LF, the length is said in one way, and nothing stands
 * behind the end.  What HTTP allows beside is refused, since nginx never sends
 * it.
 */

#define WIRE_HEAD_MAX	8192
#define WIRE_TARGET_MAX 2000
#define WIRE_BODY_MAX	65536
#define WIRE_MAX	(WIRE_HEAD_MAX + WIRE_BODY_MAX)

/* What comes of it; any other value is the status to refuse it with. */
#define WIRE_MORE  0
#define WIRE_WHOLE 1

struct wire {
	bool head; /* HEAD: the answer goes without its body */
	bool ends; /* the connection ends with the answer */
};

/*
 * n octets of which all are there, or not yet.  When they are a whole request,
 * NULs are written into them, and what *to has lies in them; else they are left
 * as they are.
 */
int wire_read(char *octets, size_t n, struct request *to, struct wire *);

#endif
