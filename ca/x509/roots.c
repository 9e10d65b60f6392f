/*
 * Roots to trust, and links from one to another.
 */

#include <string.h>

#include "base/err.h"
#include "x509/path.h"
#include "x509/roots.h"

static int
read_all(struct span text, struct roots *r)
{
	if (text.n > 0 && text.p[0] == 0x30) {
		buf_put_span(&r->der[r->n++], text);
		return 0;
	}
	for (; r->n < ROOTS_MOST; r->n++)
		if (cert_read_pem(&text, &r->der[r->n]) == -1)
			return err_kind() == ERR_ABSENT && r->n > 0 ? 0 : -1;
	return err_set(ERR_INPUT, "these are more than %d roots", ROOTS_MOST);
}

static bool
is_self_signed(const struct cert *c)
{
	return c->authority_key_id.n == 0 ||
	    span_equal(c->authority_key_id, c->subject_key_id);
}

/* Is it a root's key, certified by this one? */
static bool
links(const struct cert *c, const struct path_ca *by)
{
	const struct cert *up = path_ca_cert(by);

	return c->ca && c->path_length >= 1 &&
	    (c->key_usage & KU_KEY_CERT_SIGN) != 0 &&
	    span_equal(c->subject.der, c->issuer.der) &&
	    span_equal(c->issuer.der, up->subject.der) &&
	    span_equal(c->authority_key_id, up->subject_key_id) &&
	    cert_verify(c, path_ca_key(by)) == 0;
}

/* Believe each that a believed one certifies, until there are no more. */
static size_t
believe(struct path_ca *const *all, size_t n, bool *good)
{
	size_t i, j, count = 0, before;

	for (i = 0; i < n; i++)
		count += good[i] = is_self_signed(path_ca_cert(all[i]));
	do {
		before = count;
		for (i = 0; i < n; i++)
			for (j = 0; j < n && !good[i]; j++)
				if (good[j] &&
				    links(path_ca_cert(all[i]), all[j])) {
					good[i] = true;
					count++;
				}
	} while (count > before);
	return count;
}

/* One of those that are trusted, or linked to already? */
static bool
is_there(const struct cert *c, struct path_ca *const *all, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (span_equal(c->spki, path_ca_cert(all[i])->spki))
			return true;
	return false;
}

static bool
is_linked(const struct cert *c, struct path_ca *const *all, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (links(c, all[i]))
			return true;
	return false;
}

/* How many of these are believed in one more round. */
static size_t
link_round(
    struct roots *r, struct path_ca **all, const struct buf *der, size_t n)
{
	size_t before = r->n;

	for (size_t i = 0; i < n && r->n < ROOTS_MOST; i++) {
		struct path_ca *ca = path_ca_new(buf_span(&der[i]));

		if (ca == NULL || is_there(path_ca_cert(ca), all, r->n) ||
		    !is_linked(path_ca_cert(ca), all, r->n)) {
			path_ca_free(ca);
			continue;
		}
		buf_put_span(&r->der[r->n], buf_span(&der[i]));
		all[r->n++] = ca;
	}
	return r->n - before;
}

int
roots_link(struct roots *r, const struct buf *der, size_t n)
{
	struct path_ca *all[ROOTS_MOST] = { NULL };
	int rc = -1;

	for (size_t i = 0; i < r->n; i++)
		if ((all[i] = path_ca_new(buf_span(&r->der[i]))) == NULL)
			goto out;
	while (link_round(r, all, der, n) > 0)
		;
	rc = 0;
out:
	for (size_t i = 0; i < ROOTS_MOST; i++)
		path_ca_free(all[i]);
	return rc;
}

int
roots_read(struct span text, struct roots *r)
{
	struct path_ca *all[ROOTS_MOST] = { NULL };
	bool good[ROOTS_MOST] = { false };
	size_t i;
	int rc = -1;

	memset(r, 0, sizeof(*r));
	if (read_all(text, r) == -1)
		return -1;
	for (i = 0; i < r->n; i++)
		if ((all[i] = path_ca_new(buf_span(&r->der[i]))) == NULL)
			goto out;
	if (believe(all, r->n, good) == r->n)
		rc = 0;
	else
		(void)err_set_code(ERR_DENIED, "ROOT_LINK",
		    "a certificate among the roots is neither self-signed nor "
		    "a link by one that is: put the root that signed it there, "
		    "too, if you trust that");
out:
	for (i = 0; i < r->n; i++)
		path_ca_free(all[i]);
	return rc;
}

void
roots_free(struct roots *r)
{
	for (size_t i = 0; i < ROOTS_MOST; i++)
		buf_free(&r->der[i]);
	r->n = 0;
}
