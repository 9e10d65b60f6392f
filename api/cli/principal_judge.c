/*
 * A certificate that the server has sent is looked at before it is kept, under
 * the root that is trusted here.  One that is newer than that root's successor
 * leads to it by links, which come with the answer.
 */

#include <string.h>

#include "api/cli/offline.h"
#include "api/cli/principal.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/err.h"
#include "x509/path.h"
#include "x509/roots.h"

/* Twice as many as lead somewhere: each root has one back, too. */
#define LINKS_MOST ((size_t)2 * ROOTS_MOST)

/* What the server has sent of links, base64, for what it is worth. */
static int
add_links(json_t *links, struct roots *roots)
{
	struct buf der[LINKS_MOST] = { BUF_EMPTY };
	size_t i, n = json_array_size(links);
	const char *text;
	int rc = 0;

	if (n > LINKS_MOST)
		n = LINKS_MOST;
	for (i = 0; i < n; i++) {
		text = json_string_value(json_array_get(links, i));
		if (text == NULL ||
		    base64_decode(&der[i], span_str(text)) == -1)
			buf_clear(&der[i]);
	}
	if (n > 0)
		rc = roots_link(roots, der, n);
	for (i = 0; i < n; i++)
		buf_free(&der[i]);
	return rc;
}

/* A path leads to one root: another's answer is that it isn't its own. */
static const char *
judge_path(
    const struct path_question *q, const struct roots *roots, struct cert *leaf)
{
	const char *code = "CHAIN_UNTRUSTED";
	struct path_ca *root;
	size_t i;

	for (i = 0; i < roots->n && code != NULL &&
	     strcmp(code, "CHAIN_UNTRUSTED") == 0;
	     i++) {
		if ((root = path_ca_new(buf_span(&roots->der[i]))) == NULL)
			continue;
		code = path_judge(q, root, NULL, 0, leaf);
		path_ca_free(root);
	}
	return code;
}

static bool
is_whose(const struct cert *c, const struct principal_whose *w)
{
	if (w->subject.n > 0)
		return span_equal(c->subject.der, w->subject);
	return !c->subject.foreign &&
	    span_equal(c->subject.common_name, span_str(w->handle)) &&
	    span_equal(c->subject.unit, span_str(w->role));
}

int
principal_judge(struct cli *cli, struct span leaf, struct span issuer,
    json_t *links, const struct principal_whose *whose)
{
	struct path_question q = { .leaf = leaf,
		.issuer = issuer,
		.presented = 2,
		.role = PATH_ACCESS,
		.now = clock_now() };
	struct roots roots = { .n = 0 };
	struct cert c;
	const char *code;
	int rc = -1;

	if (offline_roots(cli, &roots) == -1 || add_links(links, &roots) == -1)
		goto out;
	if ((code = judge_path(&q, &roots, &c)) != NULL)
		err_set_code(ERR_DENIED, code,
		    "the certificate that the server has sent for %s is not "
		    "kept: %s",
		    whose->handle, path_sentence(code));
	else if (c.purposes != EKU_CLIENT_AUTH || !is_whose(&c, whose))
		err_set_code(ERR_DENIED, "NAME_MISMATCH",
		    "the certificate that the server has sent for %s is not "
		    "kept: it is somebody else's, or for another role or "
		    "purpose",
		    whose->handle);
	else
		rc = 0;
out:
	roots_free(&roots);
	return rc;
}
