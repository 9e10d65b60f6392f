/*
 * The grammar of JSON as a machine of states.
 */

#include <string.h>

#include "registry/json_scan.h"

static bool
among(uint8_t c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool
in_object(const struct json_scan *j)
{
	unsigned level = j->depth - 1;

	return j->objects[level / 8] & (1u << level % 8);
}

static void
begin(struct json_scan *j, bool object)
{
	unsigned level = j->depth;

	if (level == JSON_SCAN_DEPTH) {
		j->state = SCAN_BAD;
		return;
	}
	j->objects[level / 8] &= (uint8_t) ~(1u << level % 8);
	if (object)
		j->objects[level / 8] |= (uint8_t)(1u << level % 8);
	j->depth++;
	j->state = object ? SCAN_FIRST_KEY : SCAN_FIRST_VALUE;
}

static void
end(struct json_scan *j, uint8_t c)
{
	if (j->depth == 0 || c != (in_object(j) ? '}' : ']')) {
		j->state = SCAN_BAD;
		return;
	}
	j->depth--;
	j->state = SCAN_AFTER;
}

static void
begin_string(struct json_scan *j, bool key)
{
	j->key = key;
	j->state = SCAN_STRING;
}

static void
begin_word(struct json_scan *j, uint8_t c)
{
	j->rest = c == 't' ? "rue" : c == 'f' ? "alse" : "ull";
	j->state = SCAN_WORD;
}

static void
put_value(struct json_scan *j, uint8_t c)
{
	if (c == '{' || c == '[')
		begin(j, c == '{');
	else if (j->depth == 0)
		j->state = SCAN_BAD;
	else if (c == '"')
		begin_string(j, false);
	else if (among(c, "tfn"))
		begin_word(j, c);
	else if (c == '-')
		j->state = SCAN_MINUS;
	else if (is_digit(c))
		j->state = c == '0' ? SCAN_ZERO : SCAN_DIGITS;
	else
		j->state = SCAN_BAD;
}

/* Between tokens. */
static void
put_between(struct json_scan *j, uint8_t c)
{
	if (among(c, " \t\n\r"))
		return;
	switch (j->state) {
	case SCAN_FIRST_VALUE:
	case SCAN_FIRST_KEY:
		if (c == ']' || c == '}') {
			end(j, c);
			return;
		}
		break;
	case SCAN_COLON:
		j->state = c == ':' ? SCAN_VALUE : SCAN_BAD;
		return;
	case SCAN_AFTER:
		if (c == ',' && j->depth > 0)
			j->state = in_object(j) ? SCAN_KEY : SCAN_VALUE;
		else
			end(j, c);
		return;
	default:
		break;
	}
	if (j->state == SCAN_VALUE || j->state == SCAN_FIRST_VALUE)
		put_value(j, c);
	else if (c == '"')
		begin_string(j, true);
	else
		j->state = SCAN_BAD;
}

static void
put_string(struct json_scan *j, uint8_t c)
{
	if (j->state == SCAN_ESCAPE) {
		j->hex = 4;
		j->state = among(c, "\"\\/bfnrt") ? SCAN_STRING
		    : c == 'u'			  ? SCAN_HEX
						  : SCAN_BAD;
	} else if (j->state == SCAN_HEX) {
		if (!among(c, "0123456789abcdefABCDEF"))
			j->state = SCAN_BAD;
		else if (--j->hex == 0)
			j->state = SCAN_STRING;
	} else if (c == '"')
		j->state = j->key ? SCAN_COLON : SCAN_AFTER;
	else if (c == '\\')
		j->state = SCAN_ESCAPE;
	else if (c < 0x20)
		j->state = SCAN_BAD;
}

static void
put_word(struct json_scan *j, uint8_t c)
{
	if (c != (uint8_t)*j->rest)
		j->state = SCAN_BAD;
	else if (*++j->rest == '\0')
		j->state = SCAN_AFTER;
}

/* What may follow in a number: 0 when this octet ends it, or is wrong. */
static enum json_scan_state
next_of_number(enum json_scan_state s, uint8_t c)
{
	bool whole = s == SCAN_ZERO || s == SCAN_DIGITS;

	if (is_digit(c))
		switch (s) {
		case SCAN_MINUS:
			return c == '0' ? SCAN_ZERO : SCAN_DIGITS;
		case SCAN_DIGITS:
			return SCAN_DIGITS;
		case SCAN_POINT:
		case SCAN_FRACTION:
			return SCAN_FRACTION;
		case SCAN_ZERO:
			return SCAN_BAD;
		default:
			return SCAN_E_DIGITS;
		}
	if (c == '.' && whole)
		return SCAN_POINT;
	if ((c == 'e' || c == 'E') && (whole || s == SCAN_FRACTION))
		return SCAN_E;
	if ((c == '+' || c == '-') && s == SCAN_E)
		return SCAN_E_SIGN;
	return SCAN_VALUE;
}

static void
put_number(struct json_scan *j, uint8_t c)
{
	enum json_scan_state s = j->state;

	j->state = next_of_number(s, c);
	if (j->state != SCAN_VALUE)
		return;
	if (s == SCAN_ZERO || s == SCAN_DIGITS || s == SCAN_FRACTION ||
	    s == SCAN_E_DIGITS) {
		j->state = SCAN_AFTER;
		put_between(j, c);
	} else
		j->state = SCAN_BAD;
}

void
json_scan_put(struct json_scan *j, uint8_t c)
{
	if (j->state == SCAN_BAD)
		return;
	if (j->state >= SCAN_MINUS)
		put_number(j, c);
	else if (j->state == SCAN_WORD)
		put_word(j, c);
	else if (j->state >= SCAN_STRING)
		put_string(j, c);
	else
		put_between(j, c);
}

bool
json_scan_end(const struct json_scan *j)
{
	return j->state == SCAN_AFTER && j->depth == 0;
}
