#ifndef KEY_WEAK_H
#define KEY_WEAK_H

#include "base/buf.h"

/*
 * RSA keys that can be broken; point: RSAPublicKey (RFC 8017 appendix A.1.1).
 * For the files of ca/key only.
 */

/* The modulus, big-endian without leading zero; -1 when it is no such key. */
int weak_rsa_modulus(struct span point, struct span *modulus);

/*
 * KEY_NOT_ALLOWED, with the rule and what to do, when its modulus has a small
 * factor, is the work of a faulty generator (ROCA, CVE-2017-15361), the product
 * of two primes that lie close together (Fermat), or has a single prime.
 */
int weak_rsa_judge(struct span point);

#endif
