#ifndef CLI_TLS_H
#define CLI_TLS_H

#include "registry/instance.h"

/*
 * Have nginx's own certificate as status/tls/tls.pem has it, where the
 * authority has renewed it and the follower placed it.  1: it has changed, so
 * that nginx must read it again; 0: it hasn't, or is not for nginx's key; -1.
 */
int tls_follow(const struct instance *);

#endif
