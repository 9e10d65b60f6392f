/*
 * Published CRLs, entry by entry, a part at a time.  They are met in the order
 * of their names, so that a name is enough to go on from; one that has been
 * replaced meanwhile is walked from its beginning.
 */

#include <stdio.h>
#include <string.h>

#include "revoke/crl_placed.h"
#include "revoke/crl_walk.h"
#include "x509/crl_read.h"

struct step {
	struct crl_walk *at;
	const struct crl_walker *walker;
	void *ctx;
	char name[sizeof(((struct crl_walk *)0)->name)];
	uint32_t issuer;
	uint64_t number, entries, done;
};

/* ISSUER/SHARD.crl; the root's, which is met first, by a name before the
 * others. */
static void
name_it(struct step *s, const char *file)
{
	const char *name = strrchr(file, '/');

	if (strcmp(name, "/root.crl") == 0) {
		(void)snprintf(s->name, sizeof(s->name), "/");
		return;
	}
	while (name > file && name[-1] != '/')
		name--;
	(void)snprintf(s->name, sizeof(s->name), "%s", name);
}

static int
visit_entry(const struct crl_entry *e, void *ctx)
{
	struct step *s = ctx;
	int rc;

	if (s->entries++ < s->done)
		return 0;
	rc = s->walker->entry(s->issuer, e, s->ctx);
	if (rc == CRL_WALK_KEPT || rc == CRL_WALK_STOP) {
		(void)snprintf(s->at->name, sizeof(s->at->name), "%s", s->name);
		s->at->number = s->number;
		s->at->entries = s->entries;
	}
	return rc == CRL_WALK_KEPT ? 0 : rc;
}

static int
visit_crl(uint32_t issuer, const char *file, const struct crl *c, void *ctx)
{
	struct step *s = ctx;
	int order, rc;

	name_it(s, file);
	order = strcmp(s->name, s->at->name);
	if (order < 0)
		return 0;
	s->issuer = issuer;
	s->number = c->number;
	s->entries = 0;
	s->done = order == 0 && c->number == s->at->number ? s->at->entries : 0;
	rc = s->walker->crl(issuer, c, s->ctx);
	return rc == 1 ? crl_each(c, visit_entry, s) : rc;
}

int
crl_walk(const char *var, struct crl_walk *at, const struct crl_walker *walker,
    void *ctx)
{
	struct step s = { .at = at, .walker = walker, .ctx = ctx };

	return crl_placed_each(var, visit_crl, &s);
}
