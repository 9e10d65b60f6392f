#ifndef CLI_ROOTS_H
#define CLI_ROOTS_H

#include "registry/instance.h"

/*
 * Have nginx's list of client CAs as public/ca/roots.pem has it, which the
 * follower places there.  1: it has changed, so that nginx must read it again;
 * 0: it hasn't, or there is none; -1, where something else lies there, too.
 */
int roots_follow(const struct instance *);

#endif
