/*
 * The settings of a profile, each by its name in conf/profiles.cnf.
 */

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "issue/profile_inside.h"
#include "x509/cert.h"

/* A word of the file and what it stands for. */
struct word {
	const char *text;
	unsigned value;
};

static const struct word usages[] = {
	{ "digitalSignature", KU_DIGITAL_SIGNATURE },
	{ "keyCertSign", KU_KEY_CERT_SIGN },
	{ "cRLSign", KU_CRL_SIGN },
	{ NULL, 0 },
};

static const struct word purposes[] = {
	{ "clientAuth", EKU_CLIENT_AUTH },
	{ "serverAuth", EKU_SERVER_AUTH },
	{ "OCSPSigning", EKU_OCSP_SIGNING },
	{ "receiptSigning", EKU_RECEIPT_SIGNING },
	{ "feedSigning", EKU_FEED_SIGNING },
	{ "requestSigning", EKU_REQUEST_SIGNING },
	{ "cmcRA", EKU_CMC_RA },
	{ NULL, 0 },
};

static const struct word policies[] = {
	{ "level", CERT_POLICY_LEVEL },
	{ "all levels", CERT_POLICY_ALL_LEVELS },
	{ NULL, 0 },
};

static const struct word alt_names[] = {
	{ "hardwareModuleName", ALT_NAME_HARDWARE },
	{ "hosts", ALT_NAME_HOSTS },
	{ NULL, 0 },
};

static const struct word yes_no[] = {
	{ "yes", true },
	{ "no", false },
	{ NULL, 0 },
};

static int
find_word(const struct word *words, const char *text, size_t n, unsigned *value)
{
	for (; words->text != NULL; words++)
		if (strlen(words->text) == n &&
		    memcmp(words->text, text, n) == 0) {
			*value = words->value;
			return 0;
		}
	return err_set(ERR_INPUT, "\"%.*s\" is not one of the words for it",
	    (int)(n < 80 ? n : 80), text);
}

static int
get_word(const struct word *words, const char *text, unsigned *value)
{
	return find_word(words, text, strlen(text), value);
}

static struct span
trimmed(const char *text, size_t n)
{
	while (n > 0 && text[n - 1] == ' ')
		n--;
	return span_of(text, n);
}

/* Words between commas, as a set. */
static int
get_words(const struct word *words, const char *text, unsigned *set)
{
	unsigned one = 0;
	size_t n;

	for (*set = 0;; text += n + 1) {
		text += strspn(text, " ");
		n = strcspn(text, ",");
		while (n > 0 && text[n - 1] == ' ')
			n--;
		if (find_word(words, text, n, &one) == -1)
			return -1;
		*set |= one;
		n += strspn(text + n, " ");
		if (text[n] == '\0')
			return 0;
	}
}

static int
get_duration(const char *text, int64_t *seconds)
{
	static const struct {
		const char *unit;
		int64_t seconds;
	} units[] = { { " days", DAY }, { " hours", 3600 },
		{ " minutes", 60 } };
	char *end;
	long n;

	n = strtol(text, &end, 10);
	if (end == text || *text == '-' || *text == '+' || n > 36500 * 24L)
		goto bad;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(end, units[i].unit) == 0) {
			*seconds = n * units[i].seconds;
			return 0;
		}
bad:
	return err_set(
	    ERR_INPUT, "it must be \"N days\", \"N hours\" or \"N minutes\"");
}

static int
set_validity(struct profile *p, const char *text)
{
	if (strcmp(text, "endless") == 0) {
		p->validity = PROFILE_ENDLESS;
		return 0;
	}
	return get_duration(text, &p->validity);
}

static int
set_backdate(struct profile *p, const char *text)
{
	return get_duration(text, &p->backdate);
}

/* Algorithms between commas; the first is that of keys made here. */
static int
set_key(struct profile *p, const char *text)
{
	enum key_kind kind = KEY_P256;
	size_t n;

	for (p->keys = 0;; text += n + 1) {
		text += strspn(text, " ");
		n = strcspn(text, ",");
		if (key_by_name(trimmed(text, n), &kind) == -1)
			return -1;
		if (p->keys == 0)
			p->key = kind;
		p->keys |= 1u << kind;
		if (text[n] == '\0')
			return 0;
	}
}

static int
set_constraints(struct profile *p, const char *text)
{
	if (strlen(text) != 5 || memcmp(text, "CA, ", 4) != 0 ||
	    text[4] < '0' || text[4] > '9')
		return err_set(ERR_INPUT, "it must be \"CA, N\"");
	p->ca = true;
	p->path_length = text[4] - '0';
	return 0;
}

static int
set_usage(struct profile *p, const char *text)
{
	return get_words(usages, text, &p->key_usage);
}

static int
set_purposes(struct profile *p, const char *text)
{
	return get_words(purposes, text, &p->purposes);
}

static int
set_policy(struct profile *p, const char *text)
{
	unsigned policy = 0;

	if (get_word(policies, text, &policy) == -1)
		return -1;
	p->policy = (enum profile_policy)policy;
	return 0;
}

static int
set_alt_name(struct profile *p, const char *text)
{
	unsigned alt_name = 0;

	if (get_word(alt_names, text, &alt_name) == -1)
		return -1;
	p->alt_name = (enum profile_alt_name)alt_name;
	return 0;
}

static int
get_number(const char *text, uint64_t *number)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (end == text || *end != '\0' || n < 0 || n > 1 << 24)
		return err_set(ERR_INPUT, "it must be a number to 16777216");
	*number = (uint64_t)n;
	return 0;
}

static int
set_shard(struct profile *p, const char *text)
{
	return get_number(text, &p->crl_shard);
}

static int
set_complete(struct profile *p, const char *text)
{
	return get_number(text, &p->crl_complete);
}

static int
set_crl_validity(struct profile *p, const char *text)
{
	return get_duration(text, &p->crl_validity);
}

/* Every setting there is: by a function, or a yes or no at an offset. */
static const struct setting {
	const char *name;
	int (*set)(struct profile *, const char *);
	size_t flag;
} settings[] = {
	{ "validity", set_validity, 0 },
	{ "backdate", set_backdate, 0 },
	{ "key", set_key, 0 },
	{ "basicConstraints", set_constraints, 0 },
	{ "keyUsage", set_usage, 0 },
	{ "extendedKeyUsage", set_purposes, 0 },
	{ "certificatePolicies", set_policy, 0 },
	{ "subjectAltName", set_alt_name, 0 },
	{ "crl_shard", set_shard, 0 },
	{ "crl_complete", set_complete, 0 },
	{ "crl_validity", set_crl_validity, 0 },
	{ "nameConstraints", NULL, offsetof(struct profile, name_constraints) },
	{ "excludeOtherNames", NULL, offsetof(struct profile, no_other_names) },
	{ "crlDistributionPoints", NULL, offsetof(struct profile, crl_point) },
	{ "OCSP", NULL, offsetof(struct profile, ocsp) },
	{ "caIssuers", NULL, offsetof(struct profile, issuer_url) },
	{ "noCheck", NULL, offsetof(struct profile, ocsp_nocheck) },
};

static int
set_flag(struct profile *p, size_t offset, const char *text)
{
	unsigned yes = 0;

	if (get_word(yes_no, text, &yes) == -1)
		return -1;
	*(bool *)((char *)p + offset) = yes;
	return 0;
}

int
profile_set(const char *name, const char *value, void *arg)
{
	struct profile *p = arg;
	int rc = -1;

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		if (strcmp(name, settings[i].name) != 0)
			continue;
		rc = settings[i].set != NULL
		    ? settings[i].set(p, value)
		    : set_flag(p, settings[i].flag, value);
		if (rc == -1)
			err_set(ERR_INPUT, "[%s] %s = %s: %s", p->name, name,
			    value, err_text());
		return rc;
	}
	return err_set(
	    ERR_INPUT, "[%s] %s: there is no such setting", p->name, name);
}
