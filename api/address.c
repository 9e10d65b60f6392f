/*
 * Which addresses others may have us connect to.
 */

#include <arpa/inet.h>
#include <netinet/in.h>

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "api/address.h"

struct block {
	uint8_t first[16];
	unsigned bits;
};

static const struct block special4[] = {
	{ { 0 }, 8 },		  /* this network */
	{ { 10 }, 8 },		  /* private */
	{ { 100, 64 }, 10 },	  /* shared, RFC 6598 */
	{ { 127 }, 8 },		  /* loopback */
	{ { 169, 254 }, 16 },	  /* link local */
	{ { 172, 16 }, 12 },	  /* private */
	{ { 192, 0, 0 }, 24 },	  /* protocol assignments */
	{ { 192, 0, 2 }, 24 },	  /* documentation */
	{ { 192, 88, 99 }, 24 },  /* 6to4 relays */
	{ { 192, 168 }, 16 },	  /* private */
	{ { 198, 18 }, 15 },	  /* benchmarks */
	{ { 198, 51, 100 }, 24 }, /* documentation */
	{ { 203, 0, 113 }, 24 },  /* documentation */
	{ { 224 }, 3 },		  /* multicast, reserved, broadcast */
};

/* Of 2000::/3; what is outside of it is not global unicast. */
static const struct block special6[] = {
	{ { 0x20, 0x01 }, 23 },		    /* Teredo and the like */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 }, /* documentation */
	{ { 0x20, 0x02 }, 16 },		    /* 6to4: one in another */
	{ { 0x3f, 0xff }, 20 },		    /* documentation */
};

static const struct block global6 = { { 0x20 }, 3 };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool
is_in(const uint8_t *address, const struct block *b)
{
	unsigned whole = b->bits / 8, rest = b->bits % 8;
	uint8_t mask = (uint8_t)(0xff00 >> rest);

	return memcmp(address, b->first, whole) == 0 &&
	    (rest == 0 || (address[whole] & mask) == b->first[whole]);
}

static bool
is_in_any(const uint8_t *address, const struct block *blocks, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (is_in(address, &blocks[i]))
			return true;
	return false;
}

static bool
four_is_public(const uint8_t *address)
{
	return !is_in_any(address, special4, COUNT(special4));
}

static bool
six_is_public(const uint8_t *address)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (memcmp(address, mapped, sizeof(mapped)) == 0)
		return four_is_public(address + 12);
	return is_in(address, &global6) &&
	    !is_in_any(address, special6, COUNT(special6));
}

bool
address_is_public(const struct sockaddr *sa)
{
	struct sockaddr_in four;
	struct sockaddr_in6 six;

	if (sa->sa_family == AF_INET) {
		memcpy(&four, sa, sizeof(four));
		return four_is_public((const uint8_t *)&four.sin_addr);
	}
	if (sa->sa_family == AF_INET6) {
		memcpy(&six, sa, sizeof(six));
		return six_is_public(six.sin6_addr.s6_addr);
	}
	return false;
}

bool
address_url_is_public(const char *url)
{
	const char *host = strstr(url, "://");
	uint8_t address[16];
	char text[64];
	size_t n;

	if (host == NULL)
		return false;
	host += 3;
	if (*host == '[') {
		n = strcspn(++host, "]");
		(void)snprintf(text, sizeof(text), "%.*s",
		    (int)(n < sizeof(text) ? n : 0), host);
		return inet_pton(AF_INET6, text, address) == 1 &&
		    six_is_public(address);
	}
	n = strcspn(host, ":/");
	(void)snprintf(
	    text, sizeof(text), "%.*s", (int)(n < sizeof(text) ? n : 0), host);
	return strcmp(text, "localhost") != 0 &&
	    (inet_pton(AF_INET, text, address) != 1 || four_is_public(address));
}
