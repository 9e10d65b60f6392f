/*
 * Versions of firmware.
 */

#include <stdint.h>
#include <string.h>

#include "policy/firmware.h"

#define PARTS  8
#define DIGITS 9 /* of one number */

/* false: it is no version. */
static bool
read_parts(const char *s, uint32_t parts[PARTS])
{
	int n, digits;

	memset(parts, 0, PARTS * sizeof(parts[0]));
	if (strlen(s) > FIRMWARE_MAX)
		return false;
	for (n = 0; n < PARTS; n++) {
		for (digits = 0; *s >= '0' && *s <= '9'; s++, digits++)
			if (digits < DIGITS)
				parts[n] = parts[n] * 10 + (uint32_t)(*s - '0');
		if (digits == 0 || digits > DIGITS)
			return false;
		if (*s == '\0')
			return true;
		if (*s++ != '.')
			return false;
	}
	return false;
}

bool
firmware_valid(const char *s)
{
	uint32_t parts[PARTS];

	return read_parts(s, parts);
}

bool
firmware_at_least(const char *a, const char *b)
{
	uint32_t x[PARTS], y[PARTS];
	int i;

	if (!read_parts(a, x) || !read_parts(b, y))
		return false;
	for (i = 0; i < PARTS; i++)
		if (x[i] != y[i])
			return x[i] > y[i];
	return true;
}
