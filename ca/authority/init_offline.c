/*
 * The beginning of an instance whose root is offline: requests for the root,
 * the access CA and the root's OCSP signer go out; what the ceremony made of
 * them comes in, all of it or nothing.
 */

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "authority/ca_request.h"
#include "authority/ca_result.h"
#include "authority/init.h"
#include "authority/own_key.h"
#include "authority/root.h"
#include "authority/root_offline.h"
#include "base/enc.h"
#include "base/err.h"
#include "base/io.h"
#include "base/log.h"
#include "key/hash.h"
#include "x509/csr.h"

#define WISHES_MAX 16

/* All but the root itself; their indexes follow its 0. */
struct wishes {
	struct ca_wish all[WISHES_MAX];
	size_t n;
	char country[3], organisation[257];
};

static void
wishes_free(struct wishes *w)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		buf_free(&w->all[i].c.csr);
}

static int
wish_for_access(struct authority *a, struct wishes *all)
{
	struct ca_wish *w = &all->all[all->n++];
	struct requests_certificate *c = &w->c;
	const struct profile *p = profile_get(a->profiles, PROFILE_ACCESS_CA);
	struct key *key = own_key_ready(a, "access", authority_algorithm(a, p));
	int rc;

	w->role = "access";
	c->issuer_id = ISSUER_ACCESS;
	(void)snprintf(c->name, sizeof(c->name), "access");
	(void)snprintf(c->profile, sizeof(c->profile), "%s", p->name);
	(void)snprintf(c->country, sizeof(c->country), "%s", all->country);
	(void)snprintf(
	    c->organisation, sizeof(c->organisation), "%s", all->organisation);
	(void)snprintf(c->common_name, sizeof(c->common_name), "Access CA");
	rc = key == NULL ? -1 : csr_build(key, c->common_name, &c->csr);
	key_free(key);
	return rc;
}

static int
make_wishes(struct authority *a, struct wishes *w)
{
	struct db_rows *r;
	int i, rc = 0;

	memset(w, 0, sizeof(*w));
	if ((r = db_query_one(a->db, "init_body", NULL)) == NULL)
		return -1;
	ROW_COPY(w->country, r, 0, 0);
	ROW_COPY(w->organisation, r, 0, 1);
	rows_free(r);
	if (wish_for_access(a, w) == -1 ||
	    (r = db_query(a->db, "ca_ocsp_keys", NULL)) == NULL)
		return -1;
	for (i = 0; i < rows_count(r) && w->n < WISHES_MAX && rc == 0; i++)
		rc = ca_request_ocsp(&w->all[w->n++], ISSUER_ROOT, w->country,
		    w->organisation, row_int(r, i, 0), row_text(r, i, 1),
		    row_bytes(r, i, 2));
	rows_free(r);
	return rc;
}

/* ---- out */

static void
ask_for_root(
    struct authority *a, const struct wishes *w, struct requests_certificate *c)
{
	(void)snprintf(c->name, sizeof(c->name), REQUESTS_ROOT);
	(void)snprintf(c->profile, sizeof(c->profile), "%s",
	    profile_get(a->profiles, PROFILE_ROOT)->name);
	c->issuer_id = ISSUER_ROOT;
	(void)snprintf(c->country, sizeof(c->country), "%s", w->country);
	(void)snprintf(
	    c->organisation, sizeof(c->organisation), "%s", w->organisation);
	(void)snprintf(c->common_name, sizeof(c->common_name), ROOT_NAME);
}

static int
write_requests(struct authority *a, const char *path, const struct wishes *w)
{
	struct requests_certificate all[WISHES_MAX + 1] = { 0 };
	struct requests r = { .root_id = ISSUER_ROOT,
		.certificates = all,
		.n = w->n + 1,
		.has_crl = true };
	struct buf text = BUF_EMPTY;
	size_t i;
	int rc = -1;

	if (authority_now(a, &r.made) == -1)
		return -1;
	r.number = r.made;
	(void)snprintf(r.root_algorithm, sizeof(r.root_algorithm), "%s",
	    a->in.root_algorithm);
	(void)snprintf(
	    r.public_url, sizeof(r.public_url), "%s", a->in.public_url);
	r.crl_number = (uint64_t)r.made;
	r.this_update = r.made;
	r.next_update = r.made + (int64_t)a->in.root_crl_days * 86400;
	ask_for_root(a, w, &all[0]);
	for (i = 0; i < w->n; i++)
		all[i + 1] = w->all[i].c;
	/* Nothing else has a serial number yet: these are reserved by that. */
	for (i = 0; i < r.n; i++) {
		serial_make(a->serials, ISSUER_ROOT, i, all[i].serial);
		all[i].serial_length = SERIAL_SIZE;
	}
	if (requests_write(&r, &text) == 0)
		rc = io_write_file(path, 0644, buf_span(&text));
	buf_free(&text);
	return rc;
}

/* ---- in */

static int
store_all(struct authority *a, struct wishes *w, const struct results *res)
{
	const struct root_wish root = { .id = ISSUER_ROOT,
		.country = w->country,
		.organisation = w->organisation,
		.algorithm = a->in.root_algorithm };
	struct buf passed_over = BUF_EMPTY; /* nothing is: all is new */
	size_t i;

	if (root_offline_store(a, &root, buf_span(&res->root)) == -1)
		return -1;
	for (i = 0; i < w->n; i++)
		if (ca_request_store(a, ISSUER_ROOT, &w->all[i]) == -1)
			return -1;
	if (ca_result_store(a, res, &passed_over) == -1)
		return -1;
	return ca_result_whole(a, res, ISSUER_ROOT);
}

/*
 * What is taken, and not what somebody has looked at before: a folder on a
 * stick need not give the same twice.
 */
static int
check_root(const struct results *res, const char *root_sha256)
{
	struct buf hex = BUF_EMPTY;
	uint8_t digest[HASH_SIZE];
	int rc = 0;

	hash_sha256(buf_span(&res->root), digest);
	hex_encode(&hex, span_of(digest, sizeof(digest)));
	if (strcasecmp(buf_str(&hex), root_sha256) != 0)
		rc = err_set_code(ERR_DENIED, "ROOT_OTHER",
		    "root.cer has the SHA-256 %s: it is of another ceremony",
		    buf_str(&hex));
	buf_free(&hex);
	return rc;
}

static int
take(struct authority *a, struct wishes *w, const char *folder,
    const char *root_sha256)
{
	struct results res;
	int rc = -1;

	if (results_read(folder, &res) == -1)
		goto out;
	if (res.root.n == 0)
		err_set_code(ERR_INPUT, "RESULT_MISSING",
		    "the folder %s has no root.cer", folder);
	else if (check_root(&res, root_sha256) == 0 && db_begin(a->db) == 0) {
		rc = store_all(a, w, &res);
		if (rc == 0)
			rc = db_commit(a->db);
		if (rc == -1) {
			db_rollback(a->db);
			issuer_forget_all(a);
		}
	}
	if (rc == 0)
		log_write(LOG_NOTE, "the root of a ceremony is taken");
out:
	results_free(&res);
	return rc;
}

int
init_offline(struct authority *a, const char *folder, const char *root_sha256)
{
	char path[INSTANCE_PATH_MAX];
	struct wishes w;
	int64_t id;
	int rc = -1;

	if (db_issuer_find(a->db, "root", 0, &id) == 0)
		return 0;
	if (err_kind() != ERR_ABSENT || init_delegated(a) == -1)
		return -1;
	if (make_wishes(a, &w) == -1)
		goto out;
	instance_path(&a->in, path, "requests.json");
	if (folder != NULL)
		rc = take(a, &w, folder, root_sha256);
	else if (access(path, F_OK) == 0)
		rc = INIT_WAITS; /* it may be on its way to the ceremony */
	else if ((rc = write_requests(a, path, &w)) == 0)
		rc = INIT_WAITS;
out:
	wishes_free(&w);
	return rc;
}
