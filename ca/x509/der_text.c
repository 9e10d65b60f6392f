/*
 * Strings and times of DER: their alphabets and their calendar.
 */

#include <string.h>

#include "base/err.h"
#include "x509/der.h"

/* PrintableString, X.680 section 41.4 */
bool
der_is_printable(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    (c >= '0' && c <= '9') ||
	    (c != '\0' && strchr(" '()+,-./:=?", c) != NULL);
}

/* RFC 3629: shortest form, no surrogates, at most U+10FFFF. */
static size_t
utf8_length(struct span s)
{
	uint32_t c = s.p[0], least;
	size_t n;

	if (c < 0x80)
		return c < 0x20 || c == 0x7f ? 0 : 1;
	if ((c & 0xe0) == 0xc0)
		n = 2, c &= 0x1f, least = 0x80;
	else if ((c & 0xf0) == 0xe0)
		n = 3, c &= 0x0f, least = 0x800;
	else if ((c & 0xf8) == 0xf0)
		n = 4, c &= 0x07, least = 0x10000;
	else
		return 0;
	if (n > s.n)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s.p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s.p[i] & 0x3f);
	}
	if (c < least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) ||
	    (c >= 0x80 && c < 0xa0))
		return 0;
	return n;
}

bool
der_is_utf8(struct span s)
{
	size_t i, n;

	for (i = 0; i < s.n; i += n) {
		n = 1; /* as nearly all are */
		if (s.p[i] >= 0x20 && s.p[i] < 0x7f)
			continue;
		if ((n = utf8_length(span_of(s.p + i, s.n - i))) == 0)
			return false;
	}
	return true;
}

/* n digits as a number, or -1 */
static int
digits(const uint8_t *p, int n)
{
	int value = 0;

	for (int i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		value = value * 10 + (p[i] - '0');
	}
	return value;
}

/* Days since 1970 of a date in the proleptic Gregorian calendar. */
static int64_t
days_from_civil(int64_t y, int m, int d)
{
	int64_t era, yoe, doy;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void
civil_from_days(int64_t z, int *y, int *m, int *d)
{
	int64_t era, doe, yoe, doy, mp;

	z += 719468;
	era = (z >= 0 ? z : z - 146096) / 146097;
	doe = z - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	*d = (int)(doy - (153 * mp + 2) / 5 + 1);
	*m = (int)(mp < 10 ? mp + 3 : mp - 9);
	*y = (int)(yoe + era * 400 + (*m <= 2));
}

static int
bad_time(const char *why)
{
	return err_set_code(ERR_INPUT, "DER_MALFORMED",
	    "bad DER: a time %s (RFC 5280 4.1.2.5)", why);
}

/* MMDDHHMMSSZ of a year */
static int
get_rest(int year, const uint8_t *p, int64_t *when)
{
	int month = digits(p, 2), day = digits(p + 2, 2);
	int hour = digits(p + 4, 2), minute = digits(p + 6, 2);
	int second = digits(p + 8, 2);
	int y, m, d;
	int64_t days;

	if (year < 0 || month < 1 || month > 12 || day < 1 || day > 31 ||
	    hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
	    second > 59 || p[10] != 'Z')
		return bad_time("isn't in seconds and Z");
	days = days_from_civil(year, month, day);
	civil_from_days(days, &y, &m, &d);
	if (m != month || d != day)
		return bad_time("has a day that its month lacks");
	*when = days * 86400 + hour * 3600 + minute * 60 + second;
	return 0;
}

int
der_get_generalized_time(struct span *in, int64_t *when)
{
	struct span c;

	if (der_get(in, DER_GENERALIZED_TIME, &c) == -1)
		return -1;
	if (c.n != 15)
		return bad_time("isn't in seconds and Z");
	return get_rest(digits(c.p, 4), c.p + 4, when);
}

int
der_get_time(struct span *in, int64_t *when)
{
	struct span c;
	int year;

	if (!der_next_is(*in, DER_UTC_TIME)) {
		if (der_get_generalized_time(in, when) == -1)
			return -1;
		if (*when < INT64_C(2524608000))
			return bad_time("before 2050 must be UTCTime");
		return 0;
	}
	if (der_get(in, DER_UTC_TIME, &c) == -1)
		return -1;
	if (c.n != 13 || (year = digits(c.p, 2)) == -1)
		return bad_time("isn't in seconds and Z");
	return get_rest(year < 50 ? 2000 + year : 1900 + year, c.p + 2, when);
}

static void
put_digits(uint8_t *p, int n, int value)
{
	while (n-- > 0) {
		p[n] = (uint8_t)('0' + value % 10);
		value /= 10;
	}
}

static void
write_time(int64_t when, uint8_t text[15])
{
	int64_t days = when / 86400, rest = when % 86400;
	int y, m, d;

	if (rest < 0)
		days--, rest += 86400;
	civil_from_days(days, &y, &m, &d);
	put_digits(text, 4, y);
	put_digits(text + 4, 2, m);
	put_digits(text + 6, 2, d);
	put_digits(text + 8, 2, (int)(rest / 3600));
	put_digits(text + 10, 2, (int)(rest / 60 % 60));
	put_digits(text + 12, 2, (int)(rest % 60));
	text[14] = 'Z';
}

void
der_put_generalized_time(struct der *w, int64_t when)
{
	uint8_t text[15];

	write_time(when, text);
	der_put_tlv(w, DER_GENERALIZED_TIME, span_of(text, 15));
}

void
der_put_time(struct der *w, int64_t when)
{
	uint8_t text[15];

	if (when >= INT64_C(2524608000)) {
		der_put_generalized_time(w, when);
		return;
	}
	write_time(when, text);
	der_put_tlv(w, DER_UTC_TIME, span_of(text + 2, 13));
}
