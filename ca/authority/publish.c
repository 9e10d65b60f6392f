/*
 * CA certificates, CRLs and delegated certificates on their way out.
 */

#include <stdio.h>
#include <string.h>

#include "authority/ca_request.h"
#include "authority/delegated.h"
#include "authority/publish.h"

/* The issuer's key for those who make CRLs and delegated certificates. */
static const struct key *
key_of(void *ctx, uint32_t id)
{
	struct issuer *i = issuer_get(ctx, id);

	if (i == NULL || (i->row.offline && issuer_is_offline(i) == -1))
		return NULL;
	return i->key;
}

int
publish_issuer(struct authority *a, int64_t issuer, struct span der)
{
	char path[64];

	if (issuer == ISSUER_ROOT)
		(void)snprintf(path, sizeof(path), "public/ca/root.cer");
	else
		(void)snprintf(path, sizeof(path), "public/ca/%lld.cer",
		    (long long)issuer);
	return db_publication_insert(a->db, path, der);
}

/* Those of today, in PEM: whom nginx lets devices and people come from. */
int
publish_roots(struct authority *a)
{
	struct buf pem = BUF_EMPTY;
	struct db_rows *r;
	int i, rc;

	if ((r = db_query(a->db, "ca_roots", NULL)) == NULL)
		return -1;
	for (i = 0; i < rows_count(r); i++)
		if (strcmp(row_text(r, i, 1), "root") == 0)
			cert_write_pem(row_bytes(r, i, 2), &pem);
	rc = db_publication_insert(a->db, PUBLISH_ROOTS, buf_span(&pem));
	buf_free(&pem);
	rows_free(r);
	return rc;
}

/* The publisher, set up once: it remembers what it has seen. */
static struct crl_publisher *
crls(struct authority *a)
{
	struct crl_publisher *p = &a->crls;

	p->serials = a->serials; /* there is none when an instance begins */
	if (p->db != NULL)
		return p;
	p->db = a->db;
	p->public_url = a->in.public_url;
	p->var = a->in.var;
	p->root_shard = profile_get(a->profiles, PROFILE_ROOT)->crl_shard;
	p->access_shard =
	    profile_get(a->profiles, PROFILE_ACCESS_CA)->crl_shard;
	p->issuing_shard =
	    profile_get(a->profiles, PROFILE_ISSUING_CA)->crl_shard;
	p->access_complete =
	    profile_get(a->profiles, PROFILE_ACCESS_CA)->crl_complete;
	p->issuing_complete =
	    profile_get(a->profiles, PROFILE_ISSUING_CA)->crl_complete;
	p->key = key_of;
	p->ctx = a;
	return p;
}

static int
crl_exists(struct authority *a, int64_t issuer, uint64_t shard)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int n;

	db_arg_int(&args, issuer);
	db_arg_int(&args, (int64_t)shard);
	if ((r = db_query(a->db, "publication_crl", &args)) == NULL)
		return -1;
	n = rows_count(r);
	rows_free(r);
	return n;
}

int
publish_crls_of(
    struct authority *a, const struct issuer *i, uint64_t first, uint64_t count)
{
	uint64_t size = issuer_crl_shard(a, i), shard, last;
	int64_t now;
	int there;

	if (authority_now(a, &now) == -1)
		return -1;
	shard = size == 0 ? 0 : first / size;
	last = size == 0 ? 0 : (first + count - 1) / size;
	for (; shard <= last; shard++) {
		if ((there = crl_exists(a, i->row.id, shard)) == -1)
			return -1;
		if (there == 0 &&
		    crl_publish(crls(a), (uint32_t)i->row.id, (int64_t)shard,
			now) == -1)
			return -1;
	}
	return 0;
}

int
publish_last_crls(struct authority *a, int64_t issuer)
{
	int64_t now;

	return authority_now(a, &now) == -1
	    ? -1
	    : crl_publish_last(crls(a), (uint32_t)issuer, now);
}

int
publish_due(struct authority *a, bool *more)
{
	bool left = false;
	int64_t now;

	do {
		if (authority_now(a, &now) == -1 ||
		    crl_publish_due(crls(a), now, &left) == -1)
			return -1;
	} while (left && more == NULL);
	if (more == NULL && a->crls.failed)
		return -1; /* the log has said why */
	if (more != NULL)
		*more = left;
	if (a->leapt)
		return 0;
	return delegated_renew(a) == -1 || ca_request_begun(a) == -1
	    ? -1
	    : ca_request_delegated(a);
}
