/*
 * From the log to the index, from the publications to the files.
 */

#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "db/status.h"
#include "revoke/follow.h"
#include "revoke/place.h"
#include "revoke/status.h"

#define BATCH 10000

/*
 * Ids of publications are drawn before their transactions commit, so one may
 * appear a little after a greater one.
 */
#define LOOK_BACK 1000

static int
apply(const struct status_event *e, void *ctx)
{
	struct follow *f = ctx;

	return status_apply(f->index, e);
}

static int
follow_events(struct follow *f, uint64_t last)
{
	uint64_t had = status_told(f->index);

	if (last < had)
		return err_set(ERR_CONFLICT,
		    "the database knows %llu status events, but %llu have been "
		    "told to the world: it was restored to an earlier moment",
		    (unsigned long long)last, (unsigned long long)had);
	while (status_last_event(f->index) < last)
		if (db_status_each(f->db, status_last_event(f->index), BATCH,
			apply, f) == -1)
			return -1;
	return 0;
}

struct placing {
	struct follow *follow;
	bool for_workers;
};

static int
put(int64_t id, const char *path, void *ctx)
{
	struct placing *p = ctx;
	struct buf content = BUF_EMPTY;
	int64_t made;
	int rc = 0;

	if (!place_wants(p->follow->place, id, path))
		return 0;
	if (db_publication_get(p->follow->db, id, &content, &made) == -1 ||
	    place_put(p->follow->place, id, path, buf_span(&content), made) ==
		-1) {
		rc = err_kind() == ERR_DENIED ? 0 : -1;
		log_err("place a publication");
	} else if (strncmp(path, "public/crl/", 11) != 0 &&
	    strncmp(path, "public/feed/", 12) != 0 &&
	    strncmp(path, "public/kit/", 11) != 0)
		p->for_workers = true;
	buf_free(&content);
	return rc;
}

static int
follow_publications(struct follow *f, int64_t newest)
{
	struct placing p = { .follow = f };
	int rc;

	if (newest == f->publication)
		return 0;
	rc = db_publication_each(f->db, f->publication - LOOK_BACK, put, &p);
	if (p.for_workers)
		status_set_placed(f->index);
	if (rc == 0)
		f->publication = newest;
	return rc;
}

int
follow_step(struct follow *f, int64_t now)
{
	struct status_head head;

	if (db_status_head(f->db, &head) == -1 ||
	    follow_events(f, head.last) == -1 ||
	    follow_publications(f, head.publication) == -1)
		return -1;
	status_set_checked(f->index, now);
	return 0;
}
