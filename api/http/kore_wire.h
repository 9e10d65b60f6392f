#ifndef API_HTTP_KORE_WIRE_H
#define API_HTTP_KORE_WIRE_H

/* The worker ends: what has been received by then is answered. */
void kore_wire_finish(void);

#endif
