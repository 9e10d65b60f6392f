#ifndef BASE_ENC_H
#define BASE_ENC_H

#include <stdint.h>

#include "base/buf.h"

/*
 * Text encodings, read strictly: a wrong letter, wrong padding, a trailing
 * octet or non-zero left-over bits are refused (RFC 4648 section 3.5).
 * Each returns 0, or -1 with ERR_INPUT; what was appended then is undone.
 */
int hex_decode(struct buf *, struct span);
int hex_digit(uint8_t); /* its value, of either case; -1: it is none */
int base64_decode(struct buf *, struct span);	 /* section 4, padded */
int base64url_decode(struct buf *, struct span); /* section 5, unpadded */

void hex_encode(struct buf *, struct span); /* lower case */
void base64_encode(struct buf *, struct span);
void base64url_encode(struct buf *, struct span);

/*
 * What a letter of base64 stands for at each of four places in 24 bits, by
 * octet; of what is none BASE64_NONE, a bit that no letter has.  For who reads
 * less strictly than that.
 */
enum base64_alphabet { BASE64_STD, BASE64_URL, BASE64_EITHER };
#define BASE64_NONE UINT32_C(0x80000000)
const uint32_t (*base64_places(enum base64_alphabet))[256];

#endif
