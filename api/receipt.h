#ifndef API_RECEIPT_H
#define API_RECEIPT_H

#include "api/reply.h"
#include "api/request.h"

/* Reply with the bundle of a decision, or of what was said of a standing. */
int receipt_reply_bundle(struct request *, struct reply *, const char *id);

#endif
