/*
 * Callers of before.
 */

#include <stdio.h>
#include <string.h>

#include "api/caller.h"
#include "base/clock.h"
#include "base/enc.h"
#include "key/hash.h"

#define KEPT	     4096 /* one replaces another */
#define CERTIFICATES 256  /* likewise */
#define KNOWN_MAX    65	  /* a fingerprint in hexadecimal */

static struct kept {
	char known_by[KNOWN_MAX];
	struct principal principal; /* id 0: none */
} kept[KEPT];

static struct certificate {
	char known_by[KNOWN_MAX]; /* "": none */
	uint8_t sha256[HASH_SIZE];
	int64_t ends;
} certificates[CERTIFICATES];

/* Its place of so many, and what belongs there; -1: nginx has verified nothing.
 */
static int
place(const struct request *req, const char **known_by, int places)
{
	const char *verify = request_header(req, "X-Client-Verify");
	const char *by = request_header(req, "X-Client-Known-By");
	int digit, i;
	unsigned at = 0;

	if (verify == NULL || by == NULL || strcmp(verify, "SUCCESS") != 0 ||
	    strlen(by) >= KNOWN_MAX)
		return -1;
	for (i = 0; i < 3; i++) {
		if ((digit = hex_digit((uint8_t)by[i])) == -1)
			return -1;
		at = at << 4 | (unsigned)digit;
	}
	*known_by = by;
	return (int)(at % (unsigned)places);
}

bool
caller_kept(struct request *req)
{
	const char *known_by;
	int at = place(req, &known_by, KEPT);

	if (at == -1 || kept[at].principal.id == 0 ||
	    strcmp(kept[at].known_by, known_by) != 0 ||
	    clock_now() > kept[at].principal.ends)
		return false;
	req->principal = kept[at].principal;
	return true;
}

void
caller_keep(const struct request *req)
{
	const char *known_by;
	int at = place(req, &known_by, KEPT);

	if (at == -1)
		return;
	(void)snprintf(kept[at].known_by, KNOWN_MAX, "%s", known_by);
	kept[at].principal = req->principal;
}

bool
caller_certificate_kept(const struct request *req, uint8_t sha256[HASH_SIZE])
{
	const char *known_by;
	int at = place(req, &known_by, CERTIFICATES);

	if (at == -1 || strcmp(certificates[at].known_by, known_by) != 0 ||
	    clock_now() > certificates[at].ends)
		return false;
	memcpy(sha256, certificates[at].sha256, HASH_SIZE);
	return true;
}

void
caller_certificate_keep(
    const struct request *req, const uint8_t sha256[HASH_SIZE], int64_t ends)
{
	const char *known_by;
	int at = place(req, &known_by, CERTIFICATES);

	if (at == -1)
		return;
	(void)snprintf(certificates[at].known_by, KNOWN_MAX, "%s", known_by);
	memcpy(certificates[at].sha256, sha256, HASH_SIZE);
	certificates[at].ends = ends;
}
