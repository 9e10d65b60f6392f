/*
 * Several JSON Web Signatures at once.
 */

#include "base/enc.h"
#include "key/jws.h"
#include "key/key.h"

int
jws_end_many(const struct key *key, struct buf *const *begun, size_t n)
{
	static _Thread_local uint8_t signatures[KEY_MANY][KEY_RAW_MAX];
	struct key_signed s[KEY_MANY];
	size_t i;

	for (i = 0; i < n; i++)
		s[i] =
		    (struct key_signed){ buf_span(begun[i]), signatures[i], 0 };
	if (key_sign_raw_many(key, s, n) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		buf_putc(begun[i], '.');
		base64url_encode(begun[i], span_of(s[i].signature, s[i].n));
	}
	return 0;
}
