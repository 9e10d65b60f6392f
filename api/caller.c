/*
 * Callers of before.
 */

#include <stdio.h>
#include <string.h>

#include "api/caller.h"
#include "base/enc.h"

#define KEPT	  4096 /* one replaces another */
#define KNOWN_MAX 65   /* a fingerprint in hexadecimal */

static struct kept {
	char known_by[KNOWN_MAX];
	struct principal principal; /* id 0: none */
} kept[KEPT];

/* Its place, and what belongs there; NULL: nginx has verified nothing. */
static struct kept *
place(const struct request *req, const char **known_by)
{
	const char *verify = request_header(req, "X-Client-Verify");
	const char *by = request_header(req, "X-Client-Known-By");
	int digit, i;
	unsigned at = 0;

	if (verify == NULL || by == NULL || strcmp(verify, "SUCCESS") != 0 ||
	    strlen(by) >= KNOWN_MAX)
		return NULL;
	for (i = 0; i < 3; i++) {
		if ((digit = hex_digit((uint8_t)by[i])) == -1)
			return NULL;
		at = at << 4 | (unsigned)digit;
	}
	*known_by = by;
	return &kept[at % KEPT];
}

bool
caller_kept(struct request *req)
{
	const char *known_by;
	const struct kept *k = place(req, &known_by);

	if (k == NULL || k->principal.id == 0 ||
	    strcmp(k->known_by, known_by) != 0)
		return false;
	req->principal = k->principal;
	return true;
}

void
caller_keep(const struct request *req)
{
	const char *known_by;
	struct kept *k = place(req, &known_by);

	if (k == NULL)
		return;
	(void)snprintf(k->known_by, sizeof(k->known_by), "%s", known_by);
	k->principal = req->principal;
}
