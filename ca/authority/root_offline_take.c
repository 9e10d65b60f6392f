/*
 * A root's successor that a ceremony made, taken: the root, both links, and the
 * end of the old root's issuing.
 */

#include <stdlib.h>

#include "authority/ca_request.h"
#include "authority/ca_result.h"
#include "authority/root.h"
#include "authority/root_offline_inside.h"
#include "authority/single.h"
#include "base/err.h"
#include "base/log.h"

static int
not_asked_for(const char *why)
{
	return err_set_code(ERR_DENIED, "RESULT_NOT_ASKED_FOR", "%s", why);
}

/* The result with that serial number, which must be a link by that root. */
static int
find_link(struct authority *a, const struct results *res, struct issuer *by,
    struct span spki, struct single *s)
{
	struct template_spec spec = { .profile = profile_get(
					  a->profiles, PROFILE_ROOT_LINK),
		.issuer = &by->cert,
		.issuer_id = (uint32_t)by->row.id,
		.public_url = a->in.public_url,
		.crl_shard = issuer_crl_shard(a, by),
		.common_name = ROOT_NAME };
	struct template_row row = { .index = (uint64_t)s->range.first,
		.serial = span_of(s->serial, SERIAL_SIZE) };
	struct key *key = NULL, *subject = NULL;
	char *country = issuer_name_part(by->cert.subject.country),
	     *organisation = issuer_name_part(by->cert.subject.organisation);
	size_t i;
	int rc = -1;

	spec.country = country;
	spec.organisation = organisation;
	s->by = by;
	s->profile = spec.profile;
	serial_make(a->serials, (uint32_t)by->row.id, row.index, s->serial);
	for (i = 0; i < res->n; i++)
		if (cert_parse(buf_span(&res->certificates[i].der), &s->cert) ==
			0 &&
		    span_equal(s->cert.serial, row.serial))
			break;
	if (i == res->n)
		err_set_code(ERR_INPUT, "RESULT_MISSING",
		    "the folder has not both links between the roots");
	else if ((key = key_from_spki(by->cert.spki)) != NULL &&
	    (subject = key_from_spki(spki)) != NULL) {
		spec.issuer_key = key;
		row.key = key_kind(subject);
		row.point = key_point(subject);
		s->der = buf_span(&res->certificates[i].der);
		rc = ca_result_check(a, s->der, &spec, &row, &s->cert);
		s->not_before = s->cert.not_before;
	}
	key_free(key);
	key_free(subject);
	free(country);
	free(organisation);
	return rc;
}

/* The two certificates of a link, each in its issuer's range. */
struct links {
	struct single old_with_new, new_with_old;
};

static int
store_links(struct authority *a, struct db_rows *r, const struct results *res,
    struct links *l)
{
	struct issuer *old = issuer_get(a, row_int(r, 0, OLD));
	struct issuer *made = issuer_get(a, row_int(r, 0, NEW));

	if (old == NULL || made == NULL ||
	    db_range_reserve(
		a->db, made->row.id, 1, 0, false, &l->old_with_new.range) == -1)
		return -1;
	l->new_with_old.range = (struct range){ .id = row_int(r, 0, RANGE),
		.issuer = old->row.id,
		.first = row_int(r, 0, RANGE_FIRST),
		.count = 1 };
	if (find_link(a, res, made, old->cert.spki, &l->old_with_new) == -1 ||
	    find_link(a, res, old, made->cert.spki, &l->new_with_old) == -1 ||
	    single_store(a, &l->old_with_new) == -1 ||
	    single_store(a, &l->new_with_old) == -1)
		return -1;
	return root_link_store(
	    a, old->row.id, made->row.id, &l->old_with_new, &l->new_with_old);
}

/* From now on they are asked for, and answered by the same results. */
static int
ask_for_ocsp(struct authority *a, const struct root_wish *w)
{
	struct db_rows *keys = root_offline_keys(a, w->id);
	int i, rc = 0;

	if (keys == NULL)
		return -1;
	for (i = 0; i < rows_count(keys) && rc == 0; i++) {
		struct ca_wish one = { .role = NULL };

		rc = ca_request_ocsp(&one, w->id, w->country, w->organisation,
		    row_int(keys, i, 0), row_text(keys, i, 1),
		    row_bytes(keys, i, 2));
		if (rc == 0)
			rc = ca_request_store(a, w->id, &one);
		buf_free(&one.c.csr);
	}
	rows_free(keys);
	return rc;
}

static int
take(struct authority *a, struct db_rows *r, const struct results *res)
{
	struct issuer *old = issuer_get(a, row_int(r, 0, OLD));
	struct root_wish w = { .id = row_int(r, 0, NEW),
		.algorithm = row_text(r, 0, ALGORITHM) };
	struct links *l = xcalloc(1, sizeof(*l));
	struct db_args args = DB_ARGS_EMPTY, retire = DB_ARGS_EMPTY;
	char *country = NULL, *organisation = NULL;
	int rc = -1;

	if (old == NULL)
		goto out;
	w.country = country = issuer_name_part(old->cert.subject.country);
	w.organisation = organisation =
	    issuer_name_part(old->cert.subject.organisation);
	db_arg_int(&args, row_int(r, 0, REQUEST));
	db_arg_int(&retire, old->row.id);
	if (db_exec(a->db, "root_retire_do", &retire) != -1 &&
	    root_offline_store(a, &w, buf_span(&res->root)) == 0 &&
	    store_links(a, r, res, l) == 0 && ask_for_ocsp(a, &w) == 0 &&
	    db_exec(a->db, "root_succession_done_do", &args) != -1)
		rc = 0;
out:
	free(l);
	free(country);
	free(organisation);
	return rc;
}

int
root_offline_take(struct authority *a, const struct results *res, int64_t *made)
{
	struct db_rows *r = root_offline_find(a, 0);
	int rc;

	if (r == NULL)
		return -1;
	if (rows_count(r) == 0)
		rc = not_asked_for("the folder's root is none of the "
				   "register's, and no successor is asked for");
	else {
		*made = row_int(r, 0, NEW);
		rc = take(a, r, res);
		if (rc == 0)
			log_write(LOG_NOTE,
			    "root %lld of a ceremony is taken; root %lld is "
			    "retired",
			    (long long)*made, (long long)row_int(r, 0, OLD));
	}
	rows_free(r);
	return rc;
}
