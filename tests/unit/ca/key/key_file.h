#ifndef UNIT_KEY_FILE_H
#define UNIT_KEY_FILE_H

/*
 * Files in a private folder, and which keys this libcrypto can make.
 */

#include <string.h>

#include "base/err.h"
#include "base/io.h"
#include "key/key.h"
#include "tests/unit/folder.h"

FOLDER_FUNCTION char *
with_text(const char *name, mode_t mode, const char *text)
{
	char *path = in_folder(name);

	assert_int_equal(io_write_file(path, mode, span_str(text)), 0);
	return path;
}

/* Of RSA no keys are made, and this libcrypto may lack others. */
FOLDER_FUNCTION bool
can_make(enum key_kind kind)
{
	if (kind == KEY_RSA)
		return false;
	if (!key_is_available(kind))
		print_message(
		    "skipped: this libcrypto has no %s\n", key_name(kind));
	return key_is_available(kind);
}

#endif
