#ifndef API_TOPIC_H
#define API_TOPIC_H

/*
 * What notices are about: the first word of each topic (api/webhooks.md).  A
 * topic that never comes is refused, or whoever misspelt it would wait for
 * ever. 0, or -1 with ERR_INPUT and that code; field is whose value it is.
 */
int topic_check(const char *topic, const char *field, const char *code);

#endif
