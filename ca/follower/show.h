#ifndef FOLLOWER_SHOW_H
#define FOLLOWER_SHOW_H

/*
 * What the index says, for people and for monitors: on standard output, one
 * "name value" a line.  0, or -1 with err_set().
 */

/* event, checked (RFC 3339), behind (seconds since then). */
int show_index(const char *folder);

/* state, reason, since, event of one certificate. */
int show_certificate(const char *folder, const char *issuer, const char *index);

#endif
