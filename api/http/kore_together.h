#ifndef API_HTTP_KORE_TOGETHER_H
#define API_HTTP_KORE_TOGETHER_H

struct connection;

/*
 * What is queued for this connection goes out with what the others of these
 * moments are answered, if the module wants that; else it is Kore's to send.
 * NULL: it is gone.
 */
void kore_together_send(struct connection *);

#endif
