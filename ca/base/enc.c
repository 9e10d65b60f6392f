/*
 * Hexadecimal and base64, RFC 4648.
 */

#include <string.h>

#include "base/enc.h"
#include "base/err.h"

static const char std[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* The value of a digit, and one more; 0: it is none. */
static const uint8_t hex_digits[256] = { ['0'] = 1,
	['1'] = 2,
	['2'] = 3,
	['3'] = 4,
	['4'] = 5,
	['5'] = 6,
	['6'] = 7,
	['7'] = 8,
	['8'] = 9,
	['9'] = 10,
	['a'] = 11,
	['b'] = 12,
	['c'] = 13,
	['d'] = 14,
	['e'] = 15,
	['f'] = 16,
	['A'] = 11,
	['B'] = 12,
	['C'] = 13,
	['D'] = 14,
	['E'] = 15,
	['F'] = 16 };

int
hex_digit(uint8_t c)
{
	return hex_digits[c] - 1;
}

int
hex_decode(struct buf *out, struct span in)
{
	uint8_t *p;
	size_t i;
	unsigned hi, lo;

	if (in.n % 2 != 0)
		return err_set(ERR_INPUT, "odd number of hexadecimal digits");
	p = buf_reserve(out, in.n / 2);
	for (i = 0; i < in.n; i += 2) {
		hi = hex_digits[in.p[i]];
		lo = hex_digits[in.p[i + 1]];
		if (hi == 0 || lo == 0)
			return err_set(ERR_INPUT,
			    "not a hexadecimal digit at position %zu", i);
		*p++ = (uint8_t)((hi - 1) << 4 | (lo - 1));
	}
	out->n += in.n / 2;
	return 0;
}

void
hex_encode(struct buf *out, struct span in)
{
	static const char digit[] = "0123456789abcdef";
	uint8_t *p = buf_reserve(out, in.n * 2);
	size_t i;

	for (i = 0; i < in.n; i++) {
		*p++ = (uint8_t)digit[in.p[i] >> 4];
		*p++ = (uint8_t)digit[in.p[i] & 15];
	}
	out->n += in.n * 2;
}

/* What each letter stands for in an alphabet; 0xff for none. */
static void
fill_values(uint8_t value[256], const char *alphabet)
{
	uint8_t i;

	memset(value, 0xff, 256);
	for (i = 0; i < 64; i++)
		value[(uint8_t)alphabet[i]] = i;
}

/* Letters only; n % 4 is 0, 2 or 3. */
static int
decode_letters(struct buf *out, struct span in, const char *alphabet)
{
	uint8_t value[256], v;
	uint32_t bits = 0;
	size_t i, mark = out->n;
	int have = 0;

	fill_values(value, alphabet);
	if (in.n % 4 == 1)
		return err_set(ERR_INPUT, "base64 of impossible length");
	(void)buf_reserve(out, in.n / 4 * 3 + 3);
	for (i = 0; i < in.n; i++) {
		if ((v = value[in.p[i]]) == 0xff) {
			out->n = mark;
			return err_set(ERR_INPUT,
			    "not a base64 letter at position %zu", i);
		}
		bits = bits << 6 | v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out->p[out->n++] = (uint8_t)(bits >> have);
		}
	}
	if ((bits & ((1U << have) - 1)) != 0) {
		out->n = mark;
		return err_set(ERR_INPUT, "base64 with stray final bits");
	}
	return 0;
}

int
base64_decode(struct buf *out, struct span in)
{
	if (in.n % 4 != 0)
		return err_set(ERR_INPUT, "base64 without its padding");
	if (in.n > 0 && in.p[in.n - 1] == '=')
		in.n--;
	if (in.n % 4 == 3 && in.p[in.n - 1] == '=')
		in.n--;
	return decode_letters(out, in, std);
}

int
base64url_decode(struct buf *out, struct span in)
{
	return decode_letters(out, in, url);
}

static void
encode(struct buf *out, struct span in, const char *alphabet, bool pad)
{
	uint32_t v;
	size_t i, k, left;
	char four[4];

	for (i = 0; i < in.n; i += 3) {
		left = in.n - i < 3 ? in.n - i : 3;
		v = (uint32_t)in.p[i] << 16;
		v |= left > 1 ? (uint32_t)in.p[i + 1] << 8 : 0;
		v |= left > 2 ? (uint32_t)in.p[i + 2] : 0;
		for (k = 0; k < 4; k++)
			four[k] = alphabet[v >> (18 - 6 * k) & 63];
		if (left < 3)
			memset(four + left + 1, '=', 3 - left);
		buf_put(out, four, pad ? 4 : left + 1);
	}
}

void
base64_encode(struct buf *out, struct span in)
{
	encode(out, in, std, true);
}

void
base64url_encode(struct buf *out, struct span in)
{
	encode(out, in, url, false);
}
