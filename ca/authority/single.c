/*
 * Reserve, commit, sign, store, commit: for one certificate.
 */

#include <stdlib.h>
#include <string.h>

#include "authority/restore.h"
#include "authority/single.h"
#include "base/err.h"
#include "base/log.h"
#include "db/certificate.h"
#include "issue/lint.h"

static int
reserve(
    struct authority *a, struct issuer *by, bool to_the_end, struct single *s)
{
	memset(s, 0, sizeof(*s));
	s->by = by;
	if (by->row.offline)
		return issuer_is_offline(by);
	if (db_begin(a->db) == -1)
		return -1;
	if (db_range_reserve(a->db, by->row.id, 1, 0, to_the_end, &s->range) ==
	    -1) {
		db_rollback(a->db);
		return -1;
	}
	return db_commit(a->db) == -1 ? -1 : restore_mark(a);
}

int
single_reserve(struct authority *a, struct issuer *by, struct single *s)
{
	return reserve(a, by, false, s);
}

int
single_reserve_retired(struct authority *a, struct issuer *by, struct single *s)
{
	return reserve(a, by, true, s);
}

int
single_build(struct authority *a, struct template_spec *spec,
    const struct subject_key *key, struct single *s)
{
	struct template_row row = { .index = (uint64_t)s->range.first,
		.key = key->kind,
		.point = key->point };
	struct template *t = NULL;
	int64_t now;
	int rc = -1;

	if (authority_now(a, &now) == -1)
		return -1;
	s->profile = spec->profile;
	spec->issuer = &s->by->cert;
	spec->issuer_key = s->by->key;
	spec->issuer_id = (uint32_t)s->by->row.id;
	spec->public_url = a->in.public_url;
	spec->crl_shard = issuer_crl_shard(a, s->by);
	profile_dates(spec->profile, now, &spec->not_before, &spec->not_after);
	/* the last of a CA's certificates end with it */
	if (spec->not_after > s->by->cert.not_after)
		spec->not_after = s->by->cert.not_after;
	s->not_before = spec->not_before;

	serial_make(a->serials, (uint32_t)s->by->row.id,
	    (uint64_t)s->range.first, s->serial);
	row.serial = span_of(s->serial, SERIAL_SIZE);
	if ((t = template_new(spec)) == NULL ||
	    template_build(t, &row, s->space, sizeof(s->space), &s->der) ==
		-1 ||
	    cert_parse(s->der, &s->cert) == -1)
		goto out;
	rc = 0;
out:
	template_free(t);
	return rc;
}

int
single_insert(struct authority *a, const struct single *s)
{
	struct certificate c = {
		.issuer = s->by->row.id,
		.index = s->range.first,
		.profile = s->profile->name,
		.serial = span_of(s->serial, SERIAL_SIZE),
		.der = s->der,
		.der_sha256 = span_of(s->cert.sha256, 32),
		.spki_sha256 = span_of(s->cert.spki_sha256, 32),
		.not_before = s->not_before,
	};

	return db_certificate_insert(a->db, &c);
}

int
single_store(struct authority *a, const struct single *s)
{
	if (single_insert(a, s) == -1)
		return -1;
	return db_range_issued(a->db, &s->range, 0);
}

/* If it was lint, the body must hear of it. */
static int
alarm(struct authority *a, const char *text)
{
	struct db_args args = DB_ARGS_EMPTY;

	log_write(LOG_ALARM, "lint: %s", text);
	db_arg_text(&args, "authority");
	db_arg_text(&args, err_code());
	db_arg_text(&args, text);
	return db_exec(a->db, "lint_alarm", &args) == -1 ? -1 : 0;
}

void
single_give_up(struct authority *a, const struct range *range)
{
	char *text = lint_has_failed() ? xstrdup(err_text()) : NULL;

	single_void(a, range);
	if (text != NULL && alarm(a, text) == -1) {
		log_err("raise an alarm");
		(void)err_set_code(ERR_INTERNAL, "LINT_FAILED", "%s", text);
	}
	free(text);
}

void
single_void(struct authority *a, const struct range *range)
{
	struct err kept;

	err_keep(&kept);
	db_rollback(a->db);
	/* If this fails too, a later turn finds the range reserved. */
	if (db_begin(a->db) == -1 || db_range_void(a->db, range) == -1 ||
	    db_commit(a->db) == -1) {
		log_err("make an index range void");
		db_rollback(a->db);
		a->leftovers = true;
	}
	(void)err_again(&kept);
}
