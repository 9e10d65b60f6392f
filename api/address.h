#ifndef API_ADDRESS_H
#define API_ADDRESS_H

#include <sys/socket.h>

#include <stdbool.h>

/*
 * Is it an address of the Internet at large?  Not loopback, private, link
 * local (where clouds keep their secrets), shared, multicast, for
 * documentation, or one that carries another address inside (IANA's
 * special-purpose registries, RFC 6890).  What is no IP address is not.
 */
bool address_is_public(const struct sockaddr *);

/*
 * The same of a URL's host where that is an address; a name may turn out to be
 * anything, and is public here.
 */
bool address_url_is_public(const char *url);

#endif
