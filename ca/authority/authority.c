/*
 * What the parts of assay-authority share.
 */

#include <string.h>

#include "authority/authority.h"
#include "authority/desk.h"
#include "authority/feed.h"
#include "authority/issuer.h"
#include "authority/kept.h"
#include "authority/kit.h"
#include "authority/lot.h"
#include "authority/own_key.h"
#include "base/err.h"
#include "issue/template_cut.h"
#include "key/hash.h"
#include "key/key.h"
#include "key/pkcs11.h"
#include "key/private.h"
#include "x509/oid.h"

/* Keys are loaded when first used; that they cannot be must show now. */
static int
check_passphrase(const struct authority *a)
{
	struct buf secret = BUF_EMPTY;
	int rc = 0;

	if (authority_passphrase(a) != NULL)
		rc = private_passphrase(authority_passphrase(a), &secret);
	buf_wipe(&secret);
	return rc;
}

/* "": it is not said. */
static const char *
algorithm_of(const struct authority *a, const struct profile *p)
{
	switch (p->kind) {
	case PROFILE_ROOT:
		return a->in.root_algorithm;
	case PROFILE_ACCESS_CA:
		return a->in.access_algorithm;
	case PROFILE_ISSUING_CA:
		return a->in.issuer_algorithm;
	default:
		return "";
	}
}

/* Said wrongly, it must show when the authority starts. */
static int
check_algorithms(const struct authority *a)
{
	const struct profile *p;
	enum key_kind kind = KEY_P256;

	for (int i = PROFILE_ROOT; i <= PROFILE_ISSUING_CA; i++) {
		p = profile_get(a->profiles, (enum profile_kind)i);
		if (algorithm_of(a, p)[0] != '\0' &&
		    (key_by_name(span_str(algorithm_of(a, p)), &kind) == -1 ||
			profile_check_key(p, kind) == -1))
			return err_set(ERR_INPUT,
			    "the algorithm of %s in assay.cnf: %s", p->name,
			    err_text());
	}
	return 0;
}

/* What a thread kept for itself. */
static void
thread_ends(void)
{
	hash_forget();
	key_forget();
	template_cut_forget();
}

int
authority_open(struct authority *a, const char *conf)
{
	char path[INSTANCE_PATH_MAX], conninfo[INSTANCE_CONNINFO_MAX];

	memset(a, 0, sizeof(*a));
	if (instance_open(conf, &a->in) == -1 ||
	    oid_set_arc(a->in.oid_arc) == -1)
		return -1;
	if (check_passphrase(a) == -1 || own_key_open(a) == -1)
		return -1;
	a->profiles =
	    profiles_load(instance_share(&a->in, path, "conf/profiles.cnf"));
	if (a->profiles == NULL || check_algorithms(a) == -1)
		return -1;
	a->pool = pool_new(a->in.authority_threads, thread_ends);
	a->db = db_open(instance_conninfo(&a->in, "assay_authority", conninfo));
	return 0;
}

int
authority_load_serials(struct authority *a)
{
	char path[INSTANCE_PATH_MAX];

	a->serials = serial_key_load(
	    instance_path(&a->in, path, "authority/serial.key"));
	return a->serials == NULL ? -1 : 0;
}

void
authority_close(struct authority *a)
{
	pool_free(a->pool);
	lot_forget_all(a);
	desk_forget_all(a);
	issuer_forget_all(a);
	kit_forget(a);
	kept_forget(a);
	feed_forget(a);
	crl_publish_end(&a->crls);
	seen_free(&a->seen);
	pkcs11_close(a->token);
	serial_key_free(a->serials);
	profiles_free(a->profiles);
	db_close(a->db);
}

const char *
authority_passphrase(const struct authority *a)
{
	return a->in.passphrase_file[0] == '\0' ? NULL : a->in.passphrase_file;
}

enum key_kind
authority_algorithm(const struct authority *a, const struct profile *p)
{
	const char *name = algorithm_of(a, p);
	enum key_kind kind = p->key;

	if (name[0] != '\0')
		(void)key_by_name(span_str(name), &kind);
	return kind;
}

int
authority_now(struct authority *a, int64_t *now)
{
	struct db_rows *r = db_query_one(a->db, "authority_now", NULL);

	if (r == NULL)
		return -1;
	*now = row_time(r, 0, 0);
	rows_free(r);
	return 0;
}
