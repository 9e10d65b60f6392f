#ifndef API_HTTP_KORE_REPLY_H
#define API_HTTP_KORE_REPLY_H

#include "api/reply.h"

struct http_request;

/* As the answer to that request; what is in it is copied or mapped. */
void kore_reply_send(struct http_request *, const struct reply *);

#endif
