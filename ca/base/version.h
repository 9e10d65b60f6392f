#ifndef BASE_VERSION_H
#define BASE_VERSION_H

#include <stdbool.h>

/* What the Makefile says that this is (VERSION). */
const char *version(void);

/* Is that all that was asked for: PROGRAM --version?  Then it is printed. */
bool version_asked(int argc, char **argv, const char *program);

#endif
