/*
 * UUIDs: names that nobody else makes.
 */

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "key/hash.h"
#include "key/uuid.h"

static void
write_text(uint8_t u[16], unsigned version, char text[UUID_TEXT])
{
	u[6] = (uint8_t)((u[6] & 0x0f) | version << 4);
	u[8] = (uint8_t)((u[8] & 0x3f) | 0x80);
	(void)snprintf(text, UUID_TEXT,
	    "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
	    "%02x%02x%02x%02x%02x%02x",
	    u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10],
	    u[11], u[12], u[13], u[14], u[15]);
}

void
uuid_make(char text[UUID_TEXT])
{
	uint8_t u[16];

	hash_random(u, sizeof(u));
	write_text(u, 4, text);
}

void
uuid_make_at(char text[UUID_TEXT], int64_t when)
{
	uint64_t ms = (uint64_t)when * 1000;
	uint8_t u[16];
	int i;

	hash_random(u, sizeof(u));
	for (i = 0; i < 6; i++)
		u[i] = (uint8_t)(ms >> (40 - 8 * i));
	write_text(u, 7, text);
}

bool
uuid_valid(const char *s)
{
	static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	size_t i;

	for (i = 0; i < sizeof(shape); i++)
		if (shape[i] == 'x' ? s[i] == '\0' ||
			    strchr("0123456789abcdef", s[i]) == NULL
				    : s[i] != shape[i])
			return false;
	return true;
}
