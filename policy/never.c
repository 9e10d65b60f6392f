/*
 * What never enters, by its name: the labels, and the shapes of what stands
 * behind them.
 */

#include <ctype.h>
#include <string.h>

#include "base/err.h"
#include "policy/never.h"
#include "policy/never_inside.h"

static const char *const kinds[] = {
	[NEVER_NOTHING] = "nothing",
	[NEVER_IMSI] = "an IMSI",
	[NEVER_MSISDN] = "an MSISDN",
	[NEVER_ICCID] = "an ICCID",
	[NEVER_KEY] = "a subscriber's key (Ki)",
	[NEVER_OP] = "an operator's secret (OP, OPc)",
	[NEVER_CODE] = "a code of a card (PIN, PUK, ADM)",
	[NEVER_VECTOR] = "authentication data",
	[NEVER_PROFILE] = "profile data",
};

/*
 * As they are spelled without case and without what parts their words.  One
 * that is also a word of other trades counts only whole and, in a text, with
 * a ':', '=', '>' or quote behind it.
 */
#define L(text) text, sizeof(text) - 1
static const struct never_label labels[] = {
	{ L("adm"), NEVER_CODE, SHAPE_ADM, true },
	{ L("adm1"), NEVER_CODE, SHAPE_ADM, false },
	{ L("adm2"), NEVER_CODE, SHAPE_ADM, false },
	{ L("admcode"), NEVER_CODE, SHAPE_ADM, false },
	{ L("admkey"), NEVER_CODE, SHAPE_ADM, false },
	{ L("akaparameter"), NEVER_PROFILE, SHAPE_NAME, false },
	{ L("algoparameter"), NEVER_PROFILE, SHAPE_NAME, false },
	{ L("authenticationkey"), NEVER_KEY, SHAPE_KEY, false },
	{ L("authenticationvector"), NEVER_VECTOR, SHAPE_NAME, false },
	{ L("authkey"), NEVER_KEY, SHAPE_KEY, false },
	{ L("autn"), NEVER_VECTOR, SHAPE_KEY, false },
	{ L("auts"), NEVER_VECTOR, SHAPE_AUTS, false },
	{ L("boundprofilepackage"), NEVER_PROFILE, SHAPE_NAME, false },
	{ L("bpp"), NEVER_PROFILE, SHAPE_NAME, true },
	{ L("cardidentifier"), NEVER_ICCID, SHAPE_ICCID, false },
	{ L("chv1"), NEVER_CODE, SHAPE_PIN, false },
	{ L("chv2"), NEVER_CODE, SHAPE_PIN, false },
	{ L("ck"), NEVER_VECTOR, SHAPE_KEY, true },
	{ L("iccid"), NEVER_ICCID, SHAPE_ICCID, false },
	{ L("iccidnumber"), NEVER_ICCID, SHAPE_ICCID, false },
	{ L("iccids"), NEVER_ICCID, SHAPE_ICCID, false },
	{ L("ik"), NEVER_VECTOR, SHAPE_KEY, true },
	{ L("imsi"), NEVER_IMSI, SHAPE_IMSI, false },
	{ L("imsinumber"), NEVER_IMSI, SHAPE_IMSI, false },
	{ L("imsis"), NEVER_IMSI, SHAPE_IMSI, false },
	{ L("imsivalue"), NEVER_IMSI, SHAPE_IMSI, false },
	{ L("k"), NEVER_KEY, SHAPE_KEY, true },
	{ L("kasme"), NEVER_VECTOR, SHAPE_KEY, false },
	{ L("kausf"), NEVER_VECTOR, SHAPE_KEY, false },
	{ L("ki"), NEVER_KEY, SHAPE_KEY, false },
	{ L("kic"), NEVER_KEY, SHAPE_KEY, false },
	{ L("kik"), NEVER_KEY, SHAPE_KEY, false },
	{ L("kikey"), NEVER_KEY, SHAPE_KEY, false },
	{ L("kivalue"), NEVER_KEY, SHAPE_KEY, false },
	{ L("milenagekey"), NEVER_KEY, SHAPE_KEY, false },
	{ L("msisdn"), NEVER_MSISDN, SHAPE_MSISDN, false },
	{ L("msisdns"), NEVER_MSISDN, SHAPE_MSISDN, false },
	{ L("op"), NEVER_OP, SHAPE_KEY, true },
	{ L("opc"), NEVER_OP, SHAPE_KEY, false },
	{ L("opckey"), NEVER_OP, SHAPE_KEY, false },
	{ L("opcvalue"), NEVER_OP, SHAPE_KEY, false },
	{ L("pin"), NEVER_CODE, SHAPE_PIN, true },
	{ L("pin1"), NEVER_CODE, SHAPE_PIN, true },
	{ L("pin2"), NEVER_CODE, SHAPE_PIN, true },
	{ L("pincode"), NEVER_CODE, SHAPE_PIN, false },
	{ L("pincodes"), NEVER_CODE, SHAPE_PIN, false },
	{ L("profile"), NEVER_PROFILE, SHAPE_NAME, true },
	{ L("profiledata"), NEVER_PROFILE, SHAPE_NAME, false },
	{ L("profileelement"), NEVER_PROFILE, SHAPE_NAME, false },
	{ L("profileelements"), NEVER_PROFILE, SHAPE_NAME, false },
	{ L("profileheader"), NEVER_PROFILE, SHAPE_NAME, false },
	{ L("profilepackage"), NEVER_PROFILE, SHAPE_NAME, false },
	{ L("puk"), NEVER_CODE, SHAPE_PUK, false },
	{ L("puk1"), NEVER_CODE, SHAPE_PUK, false },
	{ L("puk2"), NEVER_CODE, SHAPE_PUK, false },
	{ L("pukcode"), NEVER_CODE, SHAPE_PUK, false },
	{ L("pukcodes"), NEVER_CODE, SHAPE_PUK, false },
	{ L("rand"), NEVER_VECTOR, SHAPE_KEY, true },
	{ L("simkey"), NEVER_KEY, SHAPE_KEY, false },
	{ L("simprofile"), NEVER_PROFILE, SHAPE_NAME, false },
	{ L("simserial"), NEVER_ICCID, SHAPE_ICCID, false },
	{ L("simserialnumber"), NEVER_ICCID, SHAPE_ICCID, false },
	{ L("sqn"), NEVER_VECTOR, SHAPE_SQN, false },
	{ L("subscriberidentity"), NEVER_IMSI, SHAPE_IMSI, false },
	{ L("subscriberkey"), NEVER_KEY, SHAPE_KEY, false },
	{ L("subscriptionprofile"), NEVER_PROFILE, SHAPE_NAME, false },
	{ L("suci"), NEVER_IMSI, SHAPE_IMSI, false },
	{ L("supi"), NEVER_IMSI, SHAPE_IMSI, false },
	{ L("topc"), NEVER_OP, SHAPE_KEY, false },
	{ L("tuakkey"), NEVER_KEY, SHAPE_KEY, false },
	{ L("upp"), NEVER_PROFILE, SHAPE_NAME, true },
	{ L("usimkey"), NEVER_KEY, SHAPE_KEY, false },
	{ L("usimprofile"), NEVER_PROFILE, SHAPE_NAME, false },
	{ L("xres"), NEVER_VECTOR, SHAPE_RES, false },
};

#define NLABELS (sizeof(labels) / sizeof(labels[0]))

const char *
never_kind(enum never kind)
{
	return kinds[kind];
}

int
never_refuse(enum never kind, const char *where)
{
	if (kind == NEVER_NOTHING)
		return 0;
	return err_set_code(ERR_INPUT, NEVER_REFUSED,
	    "%.120s is refused: it has %s in it, and no Ki, OPc, IMSI or "
	    "profile data is ever accepted here: leave it out",
	    where, never_kind(kind));
}

/* By letter: where its labels begin. */
uint32_t never_lengths[26];
static size_t first[26];

static void __attribute__((constructor)) index_labels(void)
{
	size_t i, l;

	for (i = NLABELS; i-- > 0;) {
		l = (size_t)(labels[i].text[0] - 'a');
		first[l] = i;
		never_lengths[l] |= UINT32_C(1) << labels[i].n;
	}
}

const struct never_label *
never_label_of(const char *word, size_t n)
{
	size_t i;

	for (i = first[word[0] - 'a'];
	     i < NLABELS && labels[i].text[0] == word[0]; i++)
		if (labels[i].n == n && memcmp(labels[i].text, word, n) == 0)
			return &labels[i];
	return NULL;
}

/* The words of a name, as many as matter: "usimKi_value" has three. */
#define WORDS 8

static size_t
split(struct span name, char all[64], size_t begin[WORDS + 1])
{
	size_t i, n = 0, words = 0;
	bool fresh = true;
	uint8_t c, before = 0;

	for (i = 0; i < name.n && n < 63; i++, before = c) {
		c = name.p[i];
		if (!isalnum(c)) {
			fresh = true;
			continue;
		}
		if ((isupper(c) && islower(before)) ||
		    (isdigit(c) && isalpha(before)))
			fresh = true;
		if (fresh && words < WORDS)
			begin[words++] = n;
		fresh = false;
		all[n++] = (char)tolower(c);
	}
	begin[words] = n;
	return words;
}

enum never
never_name(struct span name)
{
	const struct never_label *l;
	size_t begin[WORDS + 1], words, i, j;
	char all[64] = "";

	words = split(name, all, begin);
	if ((l = never_label(all, begin[words])) != NULL)
		return l->kind;
	for (i = 0; i < words; i++)
		for (j = i + 1; j <= words && j <= i + 3; j++) {
			l = never_label(all + begin[i], begin[j] - begin[i]);
			if (l != NULL && !l->common)
				return l->kind;
		}
	return NEVER_NOTHING;
}

static bool
is_digits(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (s[i] < '0' || s[i] > '9')
			return false;
	return true;
}

bool
never_is_hex(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!isxdigit((unsigned char)s[i]))
			return false;
	return true;
}

/* An ICCID may have an F behind it, as it has in its file on the card. */
static bool
is_iccid(const char *s, size_t n)
{
	if (n == 20 && s[n - 1] == 'f')
		n--;
	return n >= 18 && n <= 20 && s[0] == '8' && s[1] == '9' &&
	    is_digits(s, n);
}

bool
never_is_short(enum never_shape shape)
{
	return shape == SHAPE_PIN || shape == SHAPE_PUK || shape == SHAPE_ADM ||
	    shape == SHAPE_MSISDN || shape == SHAPE_RES;
}

bool
never_fits(enum never_shape shape, const char *s, size_t n)
{
	switch (shape) {
	case SHAPE_IMSI:
		return (n == 14 || n == 15) && is_digits(s, n);
	case SHAPE_MSISDN:
		return n >= 9 && n <= 15 && is_digits(s, n);
	case SHAPE_ICCID:
		return is_iccid(s, n);
	case SHAPE_KEY:
		return (n == 32 || n == 64) && never_is_hex(s, n);
	case SHAPE_AUTS:
		return n == 28 && never_is_hex(s, n);
	case SHAPE_RES:
		return (n == 8 || n == 16 || n == 32) && never_is_hex(s, n);
	case SHAPE_SQN:
		return n == 12 && never_is_hex(s, n);
	case SHAPE_PIN:
		return n >= 4 && n <= 8 && is_digits(s, n);
	case SHAPE_PUK:
		return n == 8 && is_digits(s, n);
	case SHAPE_ADM:
		return (n == 8 && is_digits(s, n)) ||
		    (n == 16 && never_is_hex(s, n));
	case SHAPE_NAME:
		return false;
	}
	return false;
}
