#ifndef KEY_UUID_H
#define KEY_UUID_H

#include <stdbool.h>
#include <stdint.h>

/* UUIDs (RFC 9562) in their text form, lower case, with a NUL. */
#define UUID_TEXT 37

/* A random one, version 4 (section 5.4). */
void uuid_make(char text[UUID_TEXT]);
/*
 * A random one behind the time, in seconds, version 7 (section 5.7): those of
 * one time stand together in an index.
 */
void uuid_make_at(char text[UUID_TEXT], int64_t when);
/* Is it the form of one, of whatever version? */
bool uuid_valid(const char *);

#endif
