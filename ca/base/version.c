/*
 * Which version these programs are of.
 */

#include <stdio.h>
#include <string.h>

#include "base/version.h"
#include "version_text.h"

const char *
version(void)
{
	return VERSION;
}

bool
version_asked(int argc, char **argv, const char *program)
{
	if (argc != 2 || strcmp(argv[1], "--version") != 0)
		return false;
	printf("%s %s\n", program, VERSION);
	return true;
}
