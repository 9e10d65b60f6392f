#ifndef UNIT_FOLDER_H
#define UNIT_FOLDER_H

/*
 * A private folder for a test program.  make_folder() and remove_folder() are
 * a fixture of cmocka's, or part of one.
 */

#include <stdio.h>
#include <stdlib.h>

#include <ftw.h>

#define FOLDER_FUNCTION __attribute__((unused)) static

static char folder[32];

FOLDER_FUNCTION int
make_folder(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/assay-unit.XXXXXX");
	return mkdtemp(folder) == NULL ? -1 : 0;
}

FOLDER_FUNCTION int
remove_one(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st;
	(void)type;
	(void)f;
	return remove(path);
}

/* A folder and all that is in it. */
FOLDER_FUNCTION int
remove_tree(const char *path)
{
	return nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

FOLDER_FUNCTION int
remove_folder(void **state)
{
	(void)state;
	return remove_tree(folder);
}

/* The path of a name in it; one of four at a time. */
FOLDER_FUNCTION char *
in_folder(const char *name)
{
	static char paths[4][128];
	static int at;

	at = (at + 1) % 4;
	(void)snprintf(paths[at], sizeof(paths[at]), "%s/%s", folder, name);
	return paths[at];
}

#endif
