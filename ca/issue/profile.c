/*
 * Certificate profiles, read from conf/profiles.cnf.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "issue/profile_inside.h"
#include "x509/conf.h"
#include "x509/der.h"

struct profiles {
	struct profile all[PROFILE_KINDS];
};

static const char *const names[PROFILE_KINDS] = {
	[PROFILE_ROOT] = "root",
	[PROFILE_ROOT_LINK] = "root_link",
	[PROFILE_ACCESS_CA] = "access_ca",
	[PROFILE_ISSUING_CA] = "issuing_ca",
	[PROFILE_DELEGATED_CA] = "delegated_ca",
	[PROFILE_ACCESS] = "access",
	[PROFILE_TLS_SERVER] = "tls_server",
	[PROFILE_OCSP_SIGNER] = "ocsp_signer",
	[PROFILE_ROOT_OCSP_SIGNER] = "root_ocsp_signer",
	[PROFILE_RECEIPT_SIGNER] = "receipt_signer",
	[PROFILE_FEED_SIGNER] = "feed_signer",
	[PROFILE_REQUEST_SIGNER] = "request_signer",
	[PROFILE_CMP_SIGNER] = "cmp_signer",
	[PROFILE_TRE] = "tre",
	[PROFILE_TERMINAL] = "terminal",
};

static int
load_one(const struct conf *conf, enum profile_kind kind, struct profile *p)
{
	const char *why;

	*p = (struct profile){ .kind = kind, .path_length = -1 };
	(void)snprintf(p->name, sizeof(p->name), "%s", names[kind]);
	if (conf_each(conf, p->name, profile_set, p) != 0)
		return -1;
	if ((why = profile_breach(p)) != NULL)
		return err_set(ERR_INPUT, "[%s]: %s", p->name, why);
	return 0;
}

/* conf is taken; NULL: whoever read it has said why. */
static struct profiles *
load(struct conf *conf, const char *path)
{
	struct profiles *all = NULL;
	int kind;

	if (conf == NULL)
		return NULL;
	all = xcalloc(1, sizeof(*all));
	for (kind = 0; kind < PROFILE_KINDS; kind++)
		if (load_one(conf, (enum profile_kind)kind, &all->all[kind]) ==
		    -1) {
			err_set(ERR_INPUT, "%s: %s", path, err_text());
			profiles_free(all);
			all = NULL;
			break;
		}
	conf_free(conf);
	return all;
}

struct profiles *
profiles_load(const char *path)
{
	return load(conf_open(path), path);
}

struct profiles *
profiles_parse(struct span text, const char *name)
{
	return load(conf_parse(text, name), name);
}

void
profiles_free(struct profiles *all)
{
	free(all);
}

const struct profile *
profile_get(const struct profiles *all, enum profile_kind kind)
{
	return &all->all[kind];
}

const struct profile *
profile_find(const struct profiles *all, const char *name)
{
	for (int kind = 0; kind < PROFILE_KINDS; kind++)
		if (strcmp(names[kind], name) == 0)
			return &all->all[kind];
	err_set(ERR_ABSENT, "there is no certificate profile \"%.60s\"", name);
	return NULL;
}

void
profile_dates(const struct profile *p, int64_t now, int64_t *not_before,
    int64_t *not_after)
{
	*not_before = now - p->backdate;
	/* the last second counts (RFC 5280 4.1.2.5) */
	*not_after = p->validity == PROFILE_ENDLESS
	    ? DER_TIME_END
	    : *not_before + p->validity - 1;
}
