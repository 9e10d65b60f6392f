#ifndef KEY_UUID_H
#define KEY_UUID_H

#include <stdbool.h>

/* UUIDs (RFC 9562) in their text form, lower case, with a NUL. */
#define UUID_TEXT 37

/* A random one, version 4 (section 5.4). */
void uuid_make(char text[UUID_TEXT]);
/* Is it the form of one, of whatever version? */
bool uuid_valid(const char *);

#endif
