#ifndef API_HTTP_KORE_REPLY_H
#define API_HTTP_KORE_REPLY_H

#include <stdbool.h>

#include "api/reply.h"
#include "api/request.h"

struct http_request;

/* As the answer to that request; what is in it is copied or mapped. */
void kore_reply_send(struct http_request *, const struct reply *);

/* As octets of HTTP/1.1, without its body to HEAD; no file. */
void kore_reply_write(struct buf *, const struct reply *, bool head);

/* The log's line, if the module wants one. */
void kore_reply_log(const char *method, const struct request *,
    const struct reply *, int64_t began);

#endif
