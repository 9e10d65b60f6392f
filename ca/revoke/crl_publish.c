/*
 * CRLs: which, what is in them, and where they go.
 */

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "db/crl.h"
#include "db/status.h"
#include "issue/template.h"
#include "revoke/crl_publish.h"
#include "x509/cert.h"
#include "x509/crl.h"

/* New blocks and renewals are looked for this often when nothing happens. */
#define LOOK_SECONDS 15

/* How many indexes a CRL of this issuer covers; 0: all. */
static uint64_t
block_size(const struct crl_publisher *p, const struct crl_facts *f)
{
	if (strcmp(f->role, "root") == 0)
		return p->root_shard;
	if (strcmp(f->role, "access") == 0)
		return p->access_shard;
	return p->issuing_shard;
}

static void
block_of(const struct crl_publisher *p, const struct crl_facts *f,
    uint64_t shard, uint64_t *first, uint64_t *last)
{
	uint64_t size = block_size(p, f);

	*first = size == 0 ? 0 : shard * size;
	*last = size == 0 ? (UINT64_C(1) << 48) - 1 : *first + size - 1;
}

static int
collect(const struct crl_listed *l, void *ctx)
{
	struct crl_array *list = ctx;
	struct crl_entry *e, *grown;

	if ((list->n & (list->n - 1)) == 0) {
		grown = xrealloc((void *)list->entries,
		    (list->n == 0 ? 1 : list->n * 2) * sizeof(*grown));
		list->entries = grown;
	}
	e = (struct crl_entry *)&list->entries[list->n++];
	memset(e, 0, sizeof(*e));
	memcpy(e->serial, l->serial, l->serial_length);
	e->serial_length = l->serial_length;
	e->when = l->since;
	e->reason = l->reason;
	e->invalidity = l->invalidity;
	return 0;
}

/* The address in the certificates is the path of the file, too. */
static int
store(struct crl_publisher *p, const struct crl_made *made, const char *url)
{
	struct crl_made m = *made;
	char *path;
	int rc;

	path = xasprintf("public%s", url + strlen(p->public_url));
	m.path = path;
	rc = db_crl_store(p->db, &m);
	free(path);
	return rc;
}

static int
make(struct crl_publisher *p, const struct crl_facts *f, struct crl_made *m,
    struct crl_array *list)
{
	struct buf url = BUF_EMPTY, der = BUF_EMPTY;
	struct crl_spec spec;
	struct cert issuer;
	int rc = -1;

	memset(&spec, 0, sizeof(spec));
	template_crl_url(&url, p->public_url, m->issuer, m->shard);
	if (cert_parse(buf_span(&f->cert), &issuer) == -1 ||
	    (spec.key = p->key(p->ctx, m->issuer)) == NULL)
		goto out;
	spec.issuer = &issuer;
	spec.number = m->number;
	spec.this_update = m->this_update;
	spec.next_update = m->next_update;
	/*
	 * The CRL of a whole issuer says so by naming no distribution point,
	 * which the root's own certificate has none of (RFC 5280 section
	 * 5.2.5).
	 */
	spec.url = block_size(p, f) == 0 ? NULL : buf_str(&url);
	spec.scope =
	    strcmp(f->role, "root") == 0 ? CRL_CA_CERTS : CRL_USER_CERTS;
	spec.list = list;
	spec.rewind = crl_array_rewind;
	spec.next = crl_array_next;
	if (crl_build(&spec, &der) == -1)
		goto out;
	m->der = buf_span(&der);
	rc = store(p, m, buf_str(&url));
out:
	buf_free(&url);
	buf_free(&der);
	return rc;
}

/*
 * The number of the last event is read before the entries: what is committed
 * in between is in this CRL already, and makes another one due.
 */
int
crl_publish(
    struct crl_publisher *p, uint32_t issuer, uint64_t shard, int64_t now)
{
	struct crl_array list = { NULL, 0, 0 };
	struct crl_facts f;
	struct crl_made m;
	uint64_t first, last;
	int rc = -1;

	memset(&f, 0, sizeof(f));
	memset(&m, 0, sizeof(m));
	if (db_begin(p->db) == -1)
		return -1;
	if (db_crl_facts(p->db, issuer, shard, &f) == -1)
		goto out;
	block_of(p, &f, shard, &first, &last);
	if (db_crl_entry_each(p->db, issuer, first, last, collect, &list) == -1)
		goto out;
	m.issuer = issuer;
	m.shard = shard;
	m.event = f.event;
	m.number = f.number + 1;
	if (now > 0 && m.number < (uint64_t)now)
		m.number = (uint64_t)now;
	m.this_update = f.now;
	m.next_update = f.now + CRL_VALIDITY;
	if (make(p, &f, &m, &list) == -1 || db_commit(p->db) == -1)
		goto out;
	log_write(LOG_NOTE, "CRL %llu of issuer %u, block %llu: %zu entries",
	    (unsigned long long)m.number, issuer, (unsigned long long)shard,
	    list.n);
	rc = 0;
out:
	if (rc == -1)
		db_rollback(p->db);
	free((void *)list.entries);
	buf_free(&f.cert);
	return rc;
}

int
crl_publish_due(struct crl_publisher *p, int64_t now)
{
	struct status_head head;
	struct crl_due *due = NULL;
	size_t n, i;
	int rc = -1;

	if (db_status_head(p->db, &head) == -1)
		return -1;
	if (head.last == p->event && now >= p->looked &&
	    now - p->looked < LOOK_SECONDS)
		return 0;
	if (db_crl_due(p->db,
		&(struct crl_rule){ p->root_shard, p->access_shard,
		    p->issuing_shard, CRL_RENEW },
		&due, &n) == -1)
		return -1;
	for (i = 0; i < n; i++)
		if (crl_publish(p, due[i].issuer, due[i].shard, now) == -1)
			goto out;
	p->event = head.last;
	p->looked = now;
	rc = (int)n;
out:
	free(due);
	return rc;
}
