/*
 * CRLs: which, what is in them, and where they go.
 */

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/crl.h"
#include "db/status.h"
#include "issue/template.h"
#include "revoke/crl_list.h"
#include "revoke/crl_placed.h"
#include "revoke/crl_publish.h"
#include "x509/cert.h"
#include "x509/crl.h"

/* New blocks and renewals are looked for this often when nothing happens. */
#define LOOK_SECONDS 15
/* What could not be made is tried again after so many. */
#define RETRY_SECONDS 5
/* Other work waits for so long while CRLs are made. */
#define TURN_MS 500
/*
 * So many octets of a CRL are in memory and in one value of the database.  A
 * block of 65,536 is one value, whatever its entries say.
 */
#define PART_OCTETS ((size_t)8 << 20)

/* One CRL in the making. */
struct making {
	struct crl_publisher *p;
	struct crl_facts facts;
	struct cert issuer;
	struct crl_made made;
	uint64_t first, last;  /* indexes that it covers */
	struct buf url, delta; /* its address, and its delta's; "": none */
	struct crl_list *list;
	struct crl_touch *touches;
	size_t ntouches;
	size_t entries;
};

static bool
is_root(const struct making *m)
{
	return strcmp(m->facts.role, "root") == 0;
}

/* How many indexes a CRL of this issuer covers; 0: all. */
static uint64_t
block_size(const struct making *m)
{
	if (is_root(m))
		return m->p->root_shard;
	if (strcmp(m->facts.role, "access") == 0)
		return m->p->access_shard;
	return m->p->issuing_shard;
}

static bool
is_sharded(const struct making *m)
{
	return m->made.shard != CRL_COMPLETE && block_size(m) != 0;
}

/*
 * A root's few CAs are no matter for deltas; a complete one is for those who
 * want one file, and small.
 */
static void
set_scope(struct making *m)
{
	uint64_t size = block_size(m), shard = (uint64_t)m->made.shard;

	m->first = is_sharded(m) ? shard * size : 0;
	m->last = is_sharded(m) ? m->first + size - 1 : (UINT64_C(1) << 48) - 1;
	if (m->made.shard == CRL_COMPLETE) {
		template_complete_url(
		    &m->url, m->p->public_url, m->made.issuer);
		return;
	}
	template_crl_url(&m->url, m->p->public_url, m->made.issuer, shard);
	if (!is_root(m))
		template_delta_url(
		    &m->delta, m->p->public_url, m->made.issuer, shard);
}

/* The address in the certificates is the path of the file, too. */
static char *
path_of(const struct making *m, struct buf *url)
{
	return xasprintf("public%s", buf_str(url) + strlen(m->p->public_url));
}

static int
take_number(struct making *m, int64_t now)
{
	char *path = path_of(m, &m->url);
	uint64_t least = crl_number_placed(m->p->var, path) + 1;
	int rc;

	if (now > 0 && least < (uint64_t)now)
		least = (uint64_t)now;
	rc = db_crl_number_take(
	    m->p->db, m->made.issuer, m->made.shard, least, &m->made.number);
	free(path);
	return rc;
}

/* Issuer, scope and number: all that is settled before its transaction. */
static int
begin(struct making *m, int64_t now)
{
	struct db *db = m->p->db;

	if (db_crl_facts(db, m->made.issuer, m->made.shard, &m->facts) == -1 ||
	    cert_parse(buf_span(&m->facts.cert), &m->issuer) == -1)
		return -1;
	set_scope(m);
	return take_number(m, now);
}

/* The log's last event, and what it says of the block: of one moment. */
static int
read_block(struct making *m)
{
	struct db *db = m->p->db;
	struct crl_facts f;

	if (db_crl_snapshot(db) == -1 ||
	    db_crl_facts(db, m->made.issuer, m->made.shard, &f) == -1)
		return -1;
	buf_free(&f.cert);
	m->made.event = f.event;
	m->made.this_update = f.now;
	m->made.next_update = f.now + CRL_VALIDITY;
	m->facts.base_number = f.base_number;
	m->facts.base_event = f.base_event;
	m->list = crl_list_new(m->p->serials, m->made.issuer);
	if (db_crl_row_each(db, m->made.issuer, m->first, m->last, crl_list_add,
		m->list) == -1)
		return -1;
	return m->delta.n == 0 || f.base_number == 0
	    ? 0
	    : db_crl_touched(db, m->made.issuer, m->first, m->last,
		  f.base_event, &m->touches, &m->ntouches);
}

/*
 * The CRL of a whole issuer says so by naming no distribution point, which the
 * root's own certificate has none of (RFC 5280 section 5.2.5).
 */
static int
spec_of(struct making *m, struct crl_spec *spec)
{
	memset(spec, 0, sizeof(*spec));
	if ((spec->key = m->p->key(m->p->ctx, m->made.issuer)) == NULL)
		return -1;
	spec->issuer = &m->issuer;
	spec->number = m->made.number;
	spec->this_update = m->made.this_update;
	spec->next_update = m->made.next_update;
	spec->url = is_sharded(m) ? buf_str(&m->url) : NULL;
	spec->scope = is_root(m) ? CRL_CA_CERTS : CRL_USER_CERTS;
	spec->freshest = m->delta.n > 0 ? buf_str(&m->delta) : NULL;
	spec->list = m->list;
	spec->rewind = crl_list_rewind;
	spec->next = crl_list_next;
	return 0;
}

/* A CRL on its way into the database, part by part. */
struct output {
	struct making *m;
	char *path;
	int64_t next_update;
	bool delta;
	bool begun;
	int64_t publication;
	struct buf part;
};

static int
output_begin(struct output *o)
{
	struct making *m = o->m;

	o->begun = true;
	if (o->delta)
		return db_crl_place(m->p->db, o->path, buf_span(&o->part),
		    o->next_update, &o->publication);
	m->made.path = o->path;
	m->made.der = buf_span(&o->part);
	return db_crl_store(m->p->db, &m->made, &o->publication);
}

static int
output_flush(struct output *o)
{
	int rc = o->begun
	    ? db_crl_place_more(o->m->p->db, o->publication, buf_span(&o->part))
	    : output_begin(o);

	buf_clear(&o->part);
	return rc;
}

static int
output_put(void *arg, struct span s)
{
	struct output *o = arg;

	if (o->part.n + s.n > PART_OCTETS && output_flush(o) == -1)
		return -1;
	buf_put_span(&o->part, s);
	return 0;
}

static int
output_write(struct output *o, const struct crl_spec *spec)
{
	int rc = crl_write(spec, output_put, o);

	if (rc == 0)
		rc = output_flush(o);
	buf_free(&o->part);
	free(o->path);
	return rc;
}

static int
make_complete(struct making *m)
{
	struct output o = { .m = m, .path = path_of(m, &m->url) };
	struct crl_spec spec;

	if (spec_of(m, &spec) == -1) {
		free(o.path);
		return -1;
	}
	if (output_write(&o, &spec) == -1)
		return -1;
	m->entries = crl_list_given(m->list);
	return 0;
}

/*
 * The same number and the same moment (RFC 5280 section 5.2.4).  The first one
 * of a block has nothing to go back to but the complete one beside it.
 */
static int
make_delta(struct making *m)
{
	struct output o = { .m = m,
		.path = path_of(m, &m->delta),
		.next_update = m->made.this_update + CRL_DELTA_VALIDITY,
		.delta = true };
	struct crl_spec spec;

	crl_list_touch(m->list, m->touches, m->ntouches);
	if (spec_of(m, &spec) == -1) {
		free(o.path);
		return -1;
	}
	spec.freshest = NULL;
	spec.base_number =
	    m->facts.base_number != 0 ? m->facts.base_number : m->made.number;
	spec.next_update = o.next_update;
	return output_write(&o, &spec);
}

static int
make(struct making *m)
{
	if (db_begin(m->p->db) == -1)
		return -1;
	if (read_block(m) == 0 && make_complete(m) == 0 &&
	    (m->delta.n == 0 || make_delta(m) == 0))
		return db_commit(m->p->db);
	db_rollback(m->p->db);
	return -1;
}

int
crl_publish(
    struct crl_publisher *p, uint32_t issuer, int64_t shard, int64_t now)
{
	struct making m = { .p = p };
	int rc = -1;

	m.made.issuer = issuer;
	m.made.shard = shard;
	if (begin(&m, now) == 0 && make(&m) == 0) {
		log_write(LOG_NOTE,
		    "CRL %llu of issuer %u, block %lld: %zu entr%s, %llu in "
		    "its delta",
		    (unsigned long long)m.made.number, issuer, (long long)shard,
		    m.entries, m.entries == 1 ? "y" : "ies",
		    (unsigned long long)(m.delta.n > 0 ? crl_list_given(m.list)
						       : 0));
		rc = 0;
	}
	crl_list_free(m.list);
	free(m.touches);
	buf_free(&m.url);
	buf_free(&m.delta);
	buf_free(&m.facts.cert);
	return rc;
}

/* Is it time to look for what is due? */
static bool
is_time(const struct crl_publisher *p, uint64_t event, int64_t now)
{
	int64_t gone = now - p->looked;

	if (gone < 0)
		return true;
	if (p->failed)
		return gone >= RETRY_SECONDS;
	return event != p->event || gone >= LOOK_SECONDS;
}

static int
find_due(const struct crl_publisher *p, struct crl_due **due, size_t *n)
{
	return db_crl_due(p->db,
	    &(struct crl_rule){ p->root_shard, p->access_shard,
		p->issuing_shard, CRL_RENEW, p->access_complete,
		p->issuing_complete },
	    due, n);
}

static int
look(struct crl_publisher *p, int64_t now)
{
	struct status_head head;

	if (db_status_head(p->db, &head) == -1)
		return -1;
	if (!is_time(p, head.last, now))
		return 0;
	free(p->due);
	p->due = NULL;
	p->ndue = p->at = 0;
	if (find_due(p, &p->due, &p->ndue) == -1)
		return -1;
	p->event = head.last;
	p->looked = now;
	p->failed = false;
	return 0;
}

int
crl_publish_due(struct crl_publisher *p, int64_t now, bool *more)
{
	int64_t end = clock_ms() + TURN_MS;

	if (look(p, now) == -1)
		return -1;
	for (; p->at < p->ndue && clock_ms() < end; p->at++) {
		if (crl_publish(
			p, p->due[p->at].issuer, p->due[p->at].shard, now) == 0)
			continue;
		if (db_lost(p->db))
			return -1;
		log_err("make a CRL");
		p->failed = true;
	}
	*more = p->at < p->ndue;
	return 0;
}

int
crl_publish_last(struct crl_publisher *p, uint32_t issuer, int64_t now)
{
	struct crl_due *due = NULL;
	size_t n = 0, i;
	int rc = find_due(p, &due, &n);

	for (i = 0; i < n && rc == 0; i++)
		if (due[i].issuer == issuer)
			rc = crl_publish(p, issuer, due[i].shard, now);
	free(due);
	return rc;
}

void
crl_publish_end(struct crl_publisher *p)
{
	free(p->due);
	p->due = NULL;
	p->ndue = p->at = 0;
}
