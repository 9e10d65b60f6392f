/*
 * Hexadecimal and base64, RFC 4648.
 */

#include <endian.h>
#include <pthread.h>
#include <string.h>

#include "base/enc.h"
#include "base/err.h"

static const char alphabets[][65] = {
	[BASE64_STD] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		       "0123456789+/",
	[BASE64_URL] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		       "0123456789-_",
};
static uint8_t values[3][256];
static uint32_t places[3][4][256];
static pthread_once_t values_once = PTHREAD_ONCE_INIT;

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

/* What each letter stands for in an alphabet; 0xff for none is there. */
static void
fill_values(uint8_t value[256], const char *alphabet)
{
	uint8_t i;

	for (i = 0; i < 64; i++)
		value[(uint8_t)alphabet[i]] = i;
}

static void
fill_places(uint32_t place[4][256], const uint8_t value[256])
{
	unsigned i, k;

	for (i = 0; i < 256; i++)
		for (k = 0; k < 4; k++)
			place[k][i] = value[i] == 0xff
			    ? BASE64_NONE
			    : (uint32_t)value[i] << (18 - 6 * k);
}

static void
fill_all(void)
{
	unsigned which;

	memset(values, 0xff, sizeof(values));
	for (which = BASE64_STD; which <= BASE64_URL; which++) {
		fill_values(values[which], alphabets[which]);
		fill_values(values[BASE64_EITHER], alphabets[which]);
	}
	for (which = BASE64_STD; which <= BASE64_EITHER; which++)
		fill_places(places[which], values[which]);
}

const uint32_t (*base64_places(enum base64_alphabet which))[256]
{
	(void)pthread_once(&values_once, fill_all);
	return (const uint32_t(*)[256])places[which];
}

/* What is not a letter has its highest bits set. */
#define NO_LETTER 0xc0

static int
not_a_letter(struct span in, const uint8_t *value)
{
	size_t i = 0;

	while (i < in.n && (value[in.p[i]] & NO_LETTER) == 0)
		i++;
	return err_set(ERR_INPUT, "not a base64 letter at position %zu", i);
}

/* Letters only; n % 4 is 0, 2 or 3. */
static int
decode_letters(struct buf *out, struct span in, enum base64_alphabet which)
{
	const uint32_t(*place)[256] = base64_places(which);
	const uint8_t *value = values[which], *s = in.p;
	size_t left = in.n % 4, i;
	uint8_t *p, bad = 0;
	uint32_t bits = 0, four, all = 0;

	if (left == 1)
		return err_set(ERR_INPUT, "base64 of impossible length");
	p = buf_reserve(out, in.n / 4 * 3 + 3);
	for (i = 0; i < in.n / 4; i++, s += 4, p += 3) {
		four = place[0][s[0]] | place[1][s[1]] | place[2][s[2]] |
		    place[3][s[3]];
		all |= four;
		four = htobe32(four << 8);
		memcpy(p, &four, 4); /* one more, for which there is room */
	}
	for (i = 0, bits = 0; i < left; i++) {
		bad |= value[s[i]];
		bits = bits << 6 | value[s[i]];
	}
	if ((bad & NO_LETTER) != 0 || (all & BASE64_NONE) != 0)
		return not_a_letter(in, value);
	if ((bits & (left == 2 ? 0xfU : 0x3U)) != 0)
		return err_set(ERR_INPUT, "base64 with stray final bits");
	if (left == 2)
		p[0] = (uint8_t)(bits >> 4);
	if (left == 3) {
		p[0] = (uint8_t)(bits >> 10);
		p[1] = (uint8_t)(bits >> 2);
	}
	out->n += in.n * 3 / 4;
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
	return decode_letters(out, in, BASE64_STD);
}

int
base64url_decode(struct buf *out, struct span in)
{
	return decode_letters(out, in, BASE64_URL);
}

static void
encode(struct buf *out, struct span in, enum base64_alphabet which)
{
	const char *letter = alphabets[which];
	uint8_t *p = buf_reserve(out, in.n / 3 * 4 + 4);
	const uint8_t *s = in.p;
	size_t i, left = in.n % 3;
	uint32_t v;

	for (i = 0; i < in.n / 3; i++, s += 3, p += 4) {
		v = (uint32_t)s[0] << 16 | (uint32_t)s[1] << 8 | s[2];
		p[0] = (uint8_t)letter[v >> 18];
		p[1] = (uint8_t)letter[v >> 12 & 63];
		p[2] = (uint8_t)letter[v >> 6 & 63];
		p[3] = (uint8_t)letter[v & 63];
	}
	out->n += in.n / 3 * 4;
	if (left == 0)
		return;
	v = (uint32_t)s[0] << 16 | (left == 2 ? (uint32_t)s[1] << 8 : 0);
	p[0] = (uint8_t)letter[v >> 18];
	p[1] = (uint8_t)letter[v >> 12 & 63];
	p[2] = left == 2 ? (uint8_t)letter[v >> 6 & 63] : '=';
	p[3] = '=';
	out->n += which == BASE64_STD ? 4 : left + 1;
}

void
base64_encode(struct buf *out, struct span in)
{
	encode(out, in, BASE64_STD);
}

void
base64url_encode(struct buf *out, struct span in)
{
	encode(out, in, BASE64_URL);
}
